"""How fast an artifact is sealed, checked and opened, beside `cp` and `age` on the same file.

    python -m bench.artifact                 # 1 GiB, best of 3, table on stderr, JSON on stdout
    python -m bench.artifact --size 256MiB --rounds 1 --output bench/artifact.json

Every file is flushed to the disk before the clock stops, but for the plain `cp`. Memory is the
peak of all processes together above what their interpreters and imports take; it fails above
100 MB. MB = 10^6 bytes.
"""

import argparse
import contextlib
import functools
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyrage

from tools.running import find

ROOT = Path(__file__).resolve().parent.parent
LIMIT_MB = 100
OURS = ("seal", "check", "unseal")
WRITES = {"seal": ("sealed", "list"), "check": (), "unseal": ("opened",)}
_UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_HELPER = """
import multiprocessing.connection
import daimm_cli.artifact.kernel
import cryptography.hazmat.primitives.ciphers.aead
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmRSS")))
"""


def parse_size(text: str) -> int:
    found = re.fullmatch(r"(\d+)([KMG]iB)?", text)
    if not found:
        raise argparse.ArgumentTypeError("a size is a number of bytes, or 64MiB, or 1GiB")
    return int(found[1]) * _UNITS[found[2] or ""]


def status_kb(pid: int | str, field: str) -> int:
    """A field of /proc/<pid>/status in KiB, 0 where the process is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(rf"{field}:\s+(\d+)", text)
    return int(found[1]) if found else 0


def one_operation(operation: str, directory: Path, processes: int | None) -> dict[str, Any]:
    """Runs in a process of its own; the parent watches the helpers' memory."""
    import cryptography.hazmat.primitives.ciphers.aead
    import cryptography.hazmat.primitives.kdf.hkdf  # noqa: F401

    from daimm_cli.artifact import pipeline

    key, line, nonce = bytes(16), bytes(33), bytes(16)
    files = directory / "sealed", directory / "list"
    expect = None
    if operation != "seal":
        record = json.loads((directory / "artifact.json").read_text())
        expect = pipeline.Artifact(
            nonce,
            record["size"],
            record["leaf_size"],
            bytes.fromhex(record["combined"]),
            bytes.fromhex(record["plaintext"]),
        )
    before = status_kb("self", "VmRSS")
    started = time.perf_counter()
    if operation == "seal":
        source = directory / "model"
        made = pipeline.seal(source, *files, key, line, nonce=nonce, processes=processes)
    elif operation == "check":
        made = pipeline.check(*files, line, expect=expect, processes=processes)
    else:
        assert expect
        opened = directory / "opened"
        pipeline.unseal(*files, opened, key, line, expect, processes=processes)
    seconds = time.perf_counter() - started
    peak = status_kb("self", "VmHWM")
    if operation == "seal":
        artifact = made.artifact
        record = {
            "size": artifact.size,
            "leaf_size": artifact.leaf_size,
            "combined": artifact.combined_root.hex(),
            "plaintext": artifact.plaintext_root.hex(),
        }
        (directory / "artifact.json").write_text(json.dumps(record))
    return {"seconds": seconds, "cpu": cpu_seconds(), "above_kb": peak - before}


def touch_memory(size: int) -> None:
    """Make the kernel hold free pages for `size` bytes of page cache, before every measurement.

    A virtual machine whose host takes idle memory back pays for each page it touches anew, up to
    3 s per GiB here; without this, whoever runs first pays for all.
    """
    touch = (
        f"import mmap; m = mmap.mmap(-1, {size}); m[::4096] = bytes(len(range(0, {size}, 4096)))"
    )
    subprocess.run([sys.executable, "-c", touch], check=True)


def cpu_seconds() -> float:
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def measure_ours(operation: str, directory: Path, processes: int | None) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.artifact", "--one", operation, "--in", str(directory)]
    if processes:
        command += ["--processes", str(processes)]
    for name in WRITES[operation]:
        (directory / name).unlink(missing_ok=True)
    touch_memory((directory / "model").stat().st_size)
    return measure_process(command)


def measure_process(command: list[str]) -> dict[str, float]:
    """Run what prints {"seconds", "cpu", "above_kb"}; its helpers' memory is added to its own."""
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    with watching(child.pid) as peaks:
        output, _ = child.communicate()
    if child.returncode:
        raise SystemExit(f"{' '.join(command[2:])} failed: see above")
    result: dict[str, float] = json.loads(output)
    above = result.pop("above_kb") + helpers_kb(child.pid, peaks)
    return {**result, "memory_mb": above * 1024 / 1e6, "processes": len(peaks.keys() | {child.pid})}


@contextlib.contextmanager
def watching(pid: int) -> Iterator[dict[int, int]]:
    """The peaks in KiB of a process and its children, by id, looked at every 10 ms.

    The last look counts: a child that has just been made shows its parent's memory for a moment.
    """
    peaks: dict[int, int] = {}
    finished = threading.Event()

    def watch() -> None:
        children = Path(f"/proc/{pid}/task/{pid}/children")
        while not finished.wait(0.01):
            try:
                found = [pid, *(int(child) for child in children.read_text().split())]
            except OSError:
                return
            for each in found:
                peaks[each] = status_kb(each, "VmHWM") or peaks.get(each, 0)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        finished.set()
        watcher.join()


def helpers_kb(pid: int, peaks: dict[int, int]) -> int:
    """What a process's children held above their interpreters and imports, all together."""
    return sum(max(0, peak - _idle_helper_kb()) for each, peak in peaks.items() if each != pid)


@functools.cache
def _idle_helper_kb() -> int:
    done = subprocess.run(
        [sys.executable, "-c", _HELPER], cwd=ROOT, check=True, capture_output=True
    )
    return int(done.stdout)


def measure_command(command: list[str], written: Path, *, flush: bool) -> dict[str, float]:
    written.unlink(missing_ok=True)
    touch_memory(written.with_name("model").stat().st_size)
    before, started = cpu_seconds(), time.perf_counter()
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    if flush:
        with written.open("rb") as file:
            os.fsync(file.fileno())
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "cpu": cpu_seconds() - before}


def operations(directory: Path, processes: int | None) -> dict[str, Callable[[], dict[str, float]]]:
    model, copy = directory / "model", directory / "copy"
    cp = ["cp", str(model), str(copy)]
    found: dict[str, Callable[[], dict[str, float]]] = {
        "cp": lambda: measure_command(cp, copy, flush=False),
        "cp + flush": lambda: measure_command(cp, copy, flush=True),
    }
    if age := find("age"):
        identity, encrypted = directory / "identity", directory / "encrypted"
        secret = pyrage.x25519.Identity.generate()
        identity.write_text(str(secret))
        encrypt = [str(age), "-r", str(secret.to_public()), "-o", str(encrypted), str(model)]
        decrypt = [str(age), "-d", "-i", str(identity), "-o", str(copy), str(encrypted)]
        found["age"] = lambda: measure_command(encrypt, encrypted, flush=True)
        found["age -d"] = lambda: measure_command(decrypt, copy, flush=True)
    for operation in OURS:
        found[operation] = lambda name=operation: measure_ours(  # type: ignore[misc]
            name, directory, processes
        )
    return found


def write_model(path: Path, size: int) -> None:
    """Random bytes, so that nothing on the way can compress or share them."""
    with path.open("wb") as file:
        left = size
        while left:
            left -= file.write(os.urandom(min(left, 1 << 20)))
        file.flush()
        os.fsync(file.fileno())


def run(size: int, rounds: int, processes: int | None, place: Path | None) -> dict[str, Any]:
    """Best round of each operation; the rounds take turns, so that a noisy moment hits all."""
    best: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="daimm-bench-", dir=place) as name:
        directory = Path(name)
        write_model(directory / "model", size)
        todo = operations(directory, processes)
        for _ in range(rounds):
            for operation, measure in todo.items():
                found = measure()
                memory = max(found.get("memory_mb", 0), best.get(operation, {}).get("memory_mb", 0))
                if operation not in best or found["seconds"] < best[operation]["seconds"]:
                    best[operation] = found
                if operation in OURS:
                    best[operation]["memory_mb"] = memory
    for found in best.values():
        found["mb_per_s"] = size / found["seconds"] / 1e6
        found["times_cp"] = found["seconds"] / best["cp + flush"]["seconds"]
        if "age" in best:
            found["times_age"] = found["seconds"] / best["age"]["seconds"]
    rounded = {
        operation: {field: round(value, 3) for field, value in found.items()}
        for operation, found in best.items()
    }
    return {"bytes": size, "rounds": rounds, "cores": os.cpu_count(), "operations": rounded}


def table(result: dict[str, Any]) -> str:
    lines = [
        f"{result['bytes'] / 1e6:,.0f} MB, best of {result['rounds']}, {result['cores']} cores",
        f"{'':12}{'s':>8}{'MB/s':>8}{'CPU s':>8}{'x cp+flush':>12}{'x age':>8}{'memory MB':>11}",
    ]
    for operation, found in result["operations"].items():
        age = f"{found['times_age']:8.2f}" if "times_age" in found else f"{'-':>8}"
        memory = f"{found['memory_mb']:11.1f}" if "memory_mb" in found else f"{'-':>11}"
        lines.append(
            f"{operation:12}{found['seconds']:8.2f}{found['mb_per_s']:8.0f}{found['cpu']:8.2f}"
            f"{found['times_cp']:12.2f}{age}{memory}"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--size", type=parse_size, default=1 << 30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, help="default: one more than cores")
    parser.add_argument("--output", type=Path, help="write the JSON here too")
    parser.add_argument("--in", dest="place", type=Path, help="directory to work in")
    parser.add_argument("--one", choices=OURS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        print(json.dumps(one_operation(options.one, options.place, options.processes)))
        return
    result = run(options.size, options.rounds, options.processes, options.place)
    print(table(result), file=sys.stderr)
    text = json.dumps(result, indent=2)
    print(text)
    if options.output:
        options.output.write_text(text + "\n")
    worst = max(result["operations"][name]["memory_mb"] for name in OURS)
    if worst > LIMIT_MB:
        raise SystemExit(f"{worst:.0f} MB of memory, more than the {LIMIT_MB} that are allowed")


if __name__ == "__main__":
    main(sys.argv[1:])
