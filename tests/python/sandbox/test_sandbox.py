"""Each attack on the sandbox, and what comes of it; some work without it, and are tried so, too."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from daimm_cli.base.errors import DaimmError
from daimm_cli.sandbox import sandbox
from daimm_cli.sandbox.sandbox import BrokeOff, Limits, run

HERE = Path(__file__).parent
ATTACKS = HERE / "attacks.py"
QUICK = Limits(processor=3, wait=30, output=1 << 20)
LACKING = sandbox.lacking()
boxed = pytest.mark.skipif(bool(LACKING), reason=LACKING)


def tried(*what: str | Path, unsafe: bool = False, limits: Limits = QUICK) -> list[str]:
    """What an attack says came of it."""
    return [line.decode() for line in run(ATTACKS, what, limits=limits, unsafe=unsafe)]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("the seed")
    return path


@boxed
def test_no_file_is_read_but_what_was_given(secret: Path) -> None:
    outside = [str(secret), "/etc/passwd", "/proc/self/environ", "/dev/null", "/proc/1/root"]
    assert tried("read", *outside) == ["ENOENT"] * 5
    assert tried("read", secret) == ["b'the seed'"]
    assert tried("read", str(secret), unsafe=True) == ["b'the seed'"]


@boxed
def test_a_link_in_a_given_folder_leads_nowhere(secret: Path, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / "link").symlink_to(secret)
    (given / "up").symlink_to("..")
    command: list[str | Path] = [given, "link", "up/secret", "../secret"]
    script = tmp_path / "reading.py"
    script.write_text(
        "import os, sys\n"
        "for name in sys.argv[2:]:\n"
        "    print(os.path.exists(os.path.join(sys.argv[1], name)))\n"
    )
    assert list(run(script, command, limits=QUICK)) == [b"False"] * 3
    assert list(run(script, command, limits=QUICK, unsafe=True)) == [b"True"] * 3


@boxed
def test_of_pythons_own_folder_only_what_runs_it_is_seen(tmp_path: Path) -> None:
    """It may lie in a home, with other programs and other people's environments beside it."""
    script = tmp_path / "looking.py"
    script.write_text(
        "import os, sys\n"
        "for folder in sys.argv[1:]:\n"
        "    print(*sorted(os.listdir(folder)) if os.path.isdir(folder) else ())\n"
    )
    prefix = Path(sys.base_prefix)
    seen = [line.split() for line in run(script, [str(prefix), f"{prefix}/bin"], limits=QUICK)]
    program = Path(getattr(sys, "_base_executable", sys.executable)).name.encode()
    assert set(seen[0]) <= {b"bin", b"lib", b"lib64", b"local"}
    assert seen[1] == [program]
    assert {"bin", "lib"} < {each.name for each in prefix.iterdir()}


@boxed
def test_it_knows_nothing_of_who_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAIMM_PASSWORD_FILE", "/somewhere")
    names, places, itself = tried("look")
    assert "DAIMM" not in names
    assert "home" not in places
    assert "proc" not in places
    assert itself == "2 65534 65534"


@boxed
def test_nothing_is_written_anywhere_so_no_disk_fills(secret: Path) -> None:
    writable, *given = tried("write", secret)
    assert writable == "[]"
    assert given == ["EROFS", "ENOSYS", "ENOSYS"]
    assert secret.read_text() == "the seed"


@boxed
def test_no_family_of_sockets_is_there() -> None:
    assert set(tried("sockets")) == {"ENOSYS"}
    assert "done" in tried("sockets", unsafe=True)


@boxed
def test_system_calls_that_reach_out_do_not_exist() -> None:
    """ptrace, io_uring, bpf, keys, mounts, shared memory, pidfds, signals, and what is unknown."""
    said = dict(line.split("\t") for line in tried("calls"))
    assert len(said) > 50
    assert {name for name, came in said.items() if came != "ENOSYS"} == set()


@boxed
def test_no_process_and_no_namespace_is_made() -> None:
    assert tried("forks") == ["ENOSYS"]
    assert set(tried("clones")) == {"ENOSYS"}


@boxed
@pytest.mark.skipif(platform.machine() != "x86_64", reason="other ABIs are of x86_64")
def test_other_abis_numbers_are_no_way_around_the_filter() -> None:
    with pytest.raises(BrokeOff, match=r"signal 31"):  # SIGSYS
        said = tried("foreign")
        assert said == []


@boxed
def test_threads_end_long_before_the_machine_does() -> None:
    error, count = tried("threads")
    assert error == "RuntimeError"
    assert int(count) < 300


@boxed
def test_nobody_outside_gets_a_signal() -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        assert tried("signals", str(bystander.pid)) == ["ENOSYS"] * 4
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


@boxed
def test_memory_is_bounded() -> None:
    assert tried("memory") == ["MemoryError"]


@boxed
def test_open_files_are_bounded() -> None:
    error, count = tried("files")
    assert error == "EMFILE"
    assert int(count) < 128


@boxed
@pytest.mark.parametrize("attack", ["spin", "ignore"])
def test_processor_time_of_all_threads_is_bounded(attack: str) -> None:
    started = time.monotonic()
    limits = Limits(processor=1, wait=20)
    with pytest.raises(BrokeOff, match=r"over 1 s of processor time|signal 9"):
        tried(attack, limits=limits)
    assert time.monotonic() - started < 15


@boxed
def test_who_says_nothing_for_too_long_is_stopped() -> None:
    said = run(ATTACKS, ["wait"], limits=Limits(wait=1))
    assert next(said) == b"begun"
    with pytest.raises(BrokeOff, match="said nothing for 1 s"):
        next(said)


@boxed
@pytest.mark.parametrize("descriptor", ["1", "2"])
def test_who_says_too_much_is_stopped(descriptor: str) -> None:
    with pytest.raises(BrokeOff, match="said more than 1,048,576 bytes"):
        tried("flood", descriptor)


def sleepers() -> set[int]:
    """Processes of the attack that waits."""
    found = set()
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = each.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"wait" in words and any(b"attacks.py" in word for word in words):
            found.add(int(each.parent.name))
    return found


def ended(processes: set[int]) -> bool:
    until = time.monotonic() + 10
    while processes & sleepers() and time.monotonic() < until:
        time.sleep(0.02)
    return not processes & sleepers()


@boxed
def test_it_ends_with_its_reader() -> None:
    before = sleepers()
    said = run(ATTACKS, ["wait"])
    assert next(said) == b"begun"
    mine = sleepers() - before
    assert mine
    said.close()
    assert ended(mine)


@boxed
def test_it_ends_with_a_process_that_is_killed() -> None:
    before = sleepers()
    code = (
        "import sys; from pathlib import Path; from daimm_cli.sandbox.sandbox import run\n"
        "for line in run(Path(sys.argv[1]), ['wait']): print(line, flush=True)"
    )
    words = [sys.executable, "-c", code, str(ATTACKS)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, cwd=HERE.parents[2]) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"b'begun'\n"
        mine = sleepers() - before - {parent.pid}
        assert mine
        parent.kill()
    assert ended(mine)


# Models


def looping() -> onnx.ModelProto:
    """A model that never ends."""
    going = helper.make_tensor_value_info("going", TensorProto.BOOL, [])
    body = helper.make_graph(
        [helper.make_node("Identity", ["going_in"], ["going"])],
        "body",
        [
            helper.make_tensor_value_info("count", TensorProto.INT64, []),
            helper.make_tensor_value_info("going_in", TensorProto.BOOL, []),
        ],
        [going],
    )
    body.input.append(helper.make_tensor_value_info("x_in", TensorProto.FLOAT, [1]))
    body.node.append(helper.make_node("Add", ["x_in", "x_in"], ["x_out"]))
    body.output.append(helper.make_tensor_value_info("x_out", TensorProto.FLOAT, [1]))
    forever = helper.make_tensor("forever", TensorProto.INT64, [], [2**63 - 1])
    true = helper.make_tensor("true", TensorProto.BOOL, [], [True])
    loop = helper.make_node("Loop", ["forever", "true", "x"], ["y"], body=body)
    return model([loop], [forever, true])


def huge(elements: int) -> onnx.ModelProto:
    """A model that makes so many numbers of one."""
    shape = helper.make_tensor("shape", TensorProto.INT64, [1], [elements])
    return model([helper.make_node("Expand", ["x", "shape"], ["y"])], [shape])


def outside(location: str) -> onnx.ModelProto:
    """A model whose weights are, it says, in another file."""
    weight = TensorProto(name="w", data_type=TensorProto.UINT8, dims=[8])
    weight.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "0"), ("length", "8")):
        weight.external_data.add(key=key, value=value)
    return model([helper.make_node("Identity", ["w"], ["y"])], [weight], TensorProto.UINT8)


def model(
    nodes: list[onnx.NodeProto], stored: list[TensorProto], kind: int = TensorProto.FLOAT
) -> onnx.ModelProto:
    port = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, "attack", [port("x", TensorProto.FLOAT, [1])], [port("y", kind, None)], stored
    )
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, ir_version=8, opset_imports=opset)


def ran(made: onnx.ModelProto, folder: Path, *, unsafe: bool = False) -> list[bytes]:
    path = folder / "model.onnx"
    path.write_bytes(made.SerializeToString())
    packages = ("numpy", "onnxruntime")
    return list(run(HERE / "onnx_run.py", [path], packages=packages, limits=QUICK, unsafe=unsafe))


@boxed
def test_a_model_that_never_ends_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(BrokeOff, match="over 3 s of processor time"):
        ran(looping(), tmp_path)


@boxed
@pytest.mark.parametrize("elements", [3 * 2**28, 2**36])
def test_a_tensor_that_is_too_large_breaks_the_model_alone(tmp_path: Path, elements: int) -> None:
    with pytest.raises(BrokeOff, match="ONNXRuntimeError"):
        ran(huge(elements), tmp_path)
    assert ran(huge(3), tmp_path) == [str(bytes(12)).encode()]


@boxed
def test_a_model_reads_no_file_as_its_weights(tmp_path: Path, secret: Path) -> None:
    """A runtime that gets a model as bytes looks for its weights below the folder that it is in."""
    location = str(secret.relative_to("/"))
    assert ran(outside(location), tmp_path, unsafe=True) == [b"b'the seed'"]
    for where in (location, "given/0/onnx_run.py", "../" * 9 + location, str(secret)):
        with pytest.raises(BrokeOff):
            assert ran(outside(where), tmp_path) == []


# Where it is missing


def test_without_bubblewrap_nothing_runs_and_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DaimmError) as refused:
        tried("look")
    assert "apt install bubblewrap" in str(refused.value)
    assert "--unsafe" in str(refused.value)
    assert tried("look", unsafe=True)


def test_a_system_without_namespaces_for_users_is_told_from_a_bad_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in {
        "bwrap": 'echo "bwrap: Creating new namespace failed: Operation not permitted" >&2; exit 1',
        "prlimit": 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"',
    }.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{text}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(DaimmError, match=r"Creating new namespace failed.*--unsafe") as refused:
        tried("look")
    assert not isinstance(refused.value, BrokeOff)


def test_another_system_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(DaimmError, match="none for this system"):
        tried("look")


def test_a_package_that_is_not_there_is_named() -> None:
    with pytest.raises(DaimmError, match="needs nowhere: install daimm with its 'run' extra"):
        list(run(ATTACKS, ["look"], packages=["nowhere"], unsafe=True))


def test_numbers_go_in_and_out_line_by_line(tmp_path: Path) -> None:
    script = tmp_path / "doubling.py"
    script.write_text("import sys\nfor line in sys.stdin: print(2 * int(line), flush=True)\n")
    said = run(script, [], feed=(b"%d\n" % n for n in range(3)), unsafe=bool(LACKING))
    assert list(said) == [b"0", b"2", b"4"]


def test_what_does_not_read_its_input_breaks_nothing_else(tmp_path: Path) -> None:
    script = tmp_path / "deaf.py"
    script.write_text("print('done', flush=True)\n")
    endless = (bytes(1 << 20) for _ in range(1 << 20))
    assert list(run(script, [], feed=endless, unsafe=bool(LACKING))) == [b"done"]
