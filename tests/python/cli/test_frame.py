"""The frame of the command line: quick, documented, the same options everywhere, plain errors."""

from __future__ import annotations

import re
import resource
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer

from daimm_cli.cli import frame, main, sections
from daimm_cli.cli.context import Context
from daimm_cli.commands.options import OfferOptions
from tests.python.cli.conftest import Person

ROOT = Path(main.__file__).resolve().parent
SECONDS = 0.25
SHARED = {"--json", "--yes", "--account", "--profile", "--rpc", "--home"}


def commands() -> Iterator[tuple[str, Any]]:
    """Every command by what one types, groups left out."""
    for name, entry in sections.entries().items():
        loaded = frame.load(entry)
        if entry.group:
            yield from ((f"{name} {child}", command) for child, command in loaded.commands.items())
        else:
            yield name, loaded


ALL = dict(commands())
MEANT = frame.thing(lambda _context, text: int(text, 16), "What is meant.", "THING")


def test_help_takes_under_a_quarter_second_of_work() -> None:
    code = "import sys; from daimm_cli.cli.main import run; sys.exit(run(['--help']))"

    def cpu() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    assert min(cpu() for _ in range(5)) < SECONDS


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        ("['--help']", ["typer", "rich", "web3", "eth_account", "pydantic"]),
        ("['--version']", ["typer", "rich", "web3", "eth_account", "pydantic"]),
        ("['model', '--help']", ["web3", "eth_account", "coincurve", "pydantic"]),
        ("['account', 'list']", ["web3", "onnx"]),
    ],
)
def test_nothing_is_imported_before_a_command_needs_it(
    arguments: str, absent: list[str], tmp_path: Path
) -> None:
    code = (
        f"import sys; from daimm_cli.cli.main import run; run({arguments}); "
        f"print(*[name for name in {absent} if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={"DAIMM_HOME": str(tmp_path), "DAIMM_ACCOUNTS": str(tmp_path), "PATH": ""},
        cwd=ROOT.parent,
    )
    told = ran.stderr.strip()
    assert told in ("", "No accounts yet.\nNext: daimm account new seller")


@pytest.mark.parametrize("typed", ["balance", "model list", "offer list", "order list"])
def test_looking_imports_nothing_heavy(typed: str, seller: Person) -> None:
    code = (
        "import sys; from daimm_cli.cli.main import run; status = run(sys.argv[1:]); "
        "heavy = {'cffi', 'eth_abi', 'eth_account', 'pydantic', 'rich', 'web3', 'yaml'}; "
        "print(*heavy & {*sys.modules}, file=sys.stderr); sys.exit(status)"
    )
    command = [sys.executable, "-c", code, *typed.split(), "--json"]
    ran = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        env={**seller.settings, "PATH": ""},
        cwd=ROOT.parent,
    )
    assert ran.stderr.splitlines()[-1] == ""


@pytest.mark.parametrize("typed", ALL)
def test_every_command_has_help_an_example_and_the_shared_options(typed: str) -> None:
    command = ALL[typed]
    examples = re.findall(r"^  (daimm .*)$", command.help.split("\b\n")[-1], re.MULTILINE)
    assert examples
    assert all(example.startswith(f"daimm {typed}") for example in examples), examples
    options = {name for parameter in command.params for name in parameter.opts}
    assert options >= SHARED
    for parameter in command.params:
        assert parameter.help, f"{typed} {parameter.opts}"


@pytest.mark.parametrize("typed", ALL)
def test_examples_parse(typed: str) -> None:
    command = ALL[typed]
    for line in re.findall(r"^  (daimm .*)$", command.help.split("\b\n")[-1], re.MULTILINE):
        words = shlex.split(line)[1 + len(typed.split()) :]
        command.make_context(typed, words)


NAMED = re.compile(
    r"""(?:`|hint=f?"|next\(f?"|then )daimm ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?(?=[ `"',.{])"""
)


def test_every_command_that_a_text_names_exists() -> None:
    unknown = []
    for file in sorted(ROOT.rglob("*.py")):
        for first, second in NAMED.findall(file.read_text()):
            entry = sections.entries().get(first)
            if entry is None or (entry.group and second and f"{first} {second}" not in ALL):
                unknown.append(f"{file.relative_to(ROOT)}: daimm {first} {second}".strip())
    assert unknown == []


def test_the_root_help_is_the_same_either_way(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["--help"]) == 0
    quick = capsys.readouterr().out
    assert main.run(["--json", "--help"]) == 0
    assert capsys.readouterr().out.strip() == quick.strip()
    assert all(f"\n  {name} " in quick for name in sections.entries())


def test_shared_options_stand_before_or_after_the_command(seller: Person) -> None:
    before = seller("--json", "account", "list").json
    assert before == seller("account", "list", "--json").json
    assert [info["alias"] for info in before] == ["seller"]


def test_errors_are_json_where_json_was_asked_for(seller: Person) -> None:
    told = seller.type("store", "cid", "missing", "--json")
    assert told.status == 2
    assert '"error": "There is no file' in told.err


def test_an_interruption_is_one_word(seller: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("daimm_cli.store.local.LocalStore.contents", interrupted)
    ran = seller.type("store", "list")
    assert (ran.status, ran.err) == (130, "Error: Interrupted.\n")


def test_a_fault_of_ours_is_said_to_be_one(seller: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("daimm_cli.store.local.LocalStore.contents", broken)
    ran = seller.type("store", "list")
    assert ran.status == 70
    assert "fault in daimm" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_fault(closed: str, tmp_path: Path) -> None:
    command = f"{sys.executable} -m daimm_cli account new x {closed}"
    environment = {"DAIMM_HOME": str(tmp_path), "DAIMM_ACCOUNTS": str(tmp_path), "PATH": ""}
    ran = subprocess.run(
        ["/bin/bash", "-c", command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment,
        cwd=ROOT.parent,
    )
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert ran.stderr == "" if "2>" in closed else "Nobody is at the terminal" in ran.stderr


def test_a_group_alone_shows_its_commands_unabridged(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["order"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert "..." not in shown.out.replace("[ARGS]...", "")
    assert all(f"\n  {name.split()[1]} " in shown.out for name in ALL if name.startswith("order "))


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("daimm kee", ["keeper"]),
        ("daimm order ref", ["refund"]),
        ("daimm buy --max-p", ["--max-price"]),
    ],
)
def test_a_shell_completes(typed: str, offered: list[str]) -> None:
    environment = {
        "_DAIMM_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(typed.split()) - 1),
    }
    ran = subprocess.run(
        [sys.executable, "-m", "daimm_cli"],
        capture_output=True,
        text=True,
        env=environment,
        cwd=ROOT.parent,
    )
    assert ran.stdout.split() == offered


def test_an_empty_option_is_refused(seller: Person) -> None:
    for name in ("account", "profile", "rpc", "home"):
        assert f"--{name} is empty" in seller.refused("withdraw", "--yes", f"--{name}", "")


def test_a_wrong_option_is_named_as_it_was_typed(seller: Person) -> None:
    assert "--rpc must be like http://127.0.0.1:8545" in seller.refused("balance", "--rpc", "foo")
    assert "--max-gas is no amount" in seller.refused("balance", "--max-gas", "x")
    seller.settings["DAIMM_MAX_GAS"] = "x"
    assert "DAIMM_MAX_GAS is no amount" in seller.refused("balance")


def test_the_next_command_has_the_options_that_were_typed(seller: Person, model_file: Path) -> None:
    options = ("--profile", "local", "--account", "seller", "--rpc", seller.settings["DAIMM_RPC"])
    publish = ("model", "publish", model_file, "--license", "MIT", "--price", "10", "--yes")
    told = seller(*publish, *options, "--max-gas", "1").err
    chain = f"--profile local --rpc {seller.settings['DAIMM_RPC']}"
    assert f"Next: daimm {chain} buy 0x" in told
    assert "(as a buyer), then daimm --account seller" in told
    step = told.strip().rpartition("then ")[2]
    assert seller(*step.split()[1:], "--yes").out == "No order waits for its key.\n"
    told = seller.refused("offer", "show", "0x12345678", "--account", "seller")
    assert "Next: daimm --account seller model list" in told
    secret = f"{seller.settings['DAIMM_RPC']}/?TOKEN"
    told = seller.type("offer", "show", "0x12345678", "--rpc", secret).err
    assert "Next: daimm --rpc URL model list" in told


def test_what_is_no_number_is_said_in_plain_words(seller: Person) -> None:
    assert "'MODEL': it must be a whole number." in seller.refused("model", "show", "three")
    too_low = seller.refused("model", "list", "--limit", "-1")
    assert "'--limit': it must be greater than or equal to 0." in too_low
    assert "'MODEL': it must be from 1 to 4294967295." in seller.refused("model", "show", "0")


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m daimm_cli store cid {ROOT / 'main.py'}"
    script = f"{command} | true; echo ${{PIPESTATUS[0]}}"
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() in ("0", str(main.BROKEN_PIPE))
    assert ran.stderr == ""


def test_a_dataclass_stands_for_its_fields() -> None:
    app = frame.App()
    seen: list[OfferOptions] = []

    @app.command("try", "daimm try --price 3")
    def attempt(context: Context, terms: OfferOptions) -> None:
        """Try."""
        seen.append(terms)

    typer.main.get_command(app.typer)(["--price", "3", "--supply", "7"], standalone_mode=False)
    assert (seen[0].price, seen[0].supply, seen[0].token) == ("3", "7", None)


def test_a_thing_is_typed_as_an_id() -> None:
    app, seen = frame.App(), []

    @app.command("try", "daimm try 0x2a")
    def attempt(
        context: Context, one: Annotated[int, MEANT], other: Annotated[int | None, MEANT] = None
    ) -> None:
        """Try."""
        seen.append((one, other))

    command = typer.main.get_command(app.typer)
    command(["0x2a"], standalone_mode=False)
    command(["0x2a", "0x2b"], standalone_mode=False)
    assert seen == [(42, None), (42, 43)]
