"""A large artifact all the way: sealed, pushed, fetched, checked, opened, beside `cp` of the file.

    python -m bench.scale                    # 4 GiB, table on stderr, JSON into bench/scale.json
    python -m bench.scale --gib 0.25 --in /mnt/disk --output /tmp/scale.json

Each step is a process of its own. Its memory is its peak (VmHWM) above what it held after its
imports, and that of its helpers above theirs; it fails above 100 MB. Everything is flushed to the
disk. MB = 10^6 bytes. Needs three times the size on the disk, and leaves nothing there.

With `ipfs` on PATH (or built by `make kubo`) the files go to a real daemon, and `ipfs add` and
`ipfs cat` of the same file are timed beside it. Without it they go to the tests' scripted daemon
and gateway on loopback, in Python: the other half of the work of push and fetch, in one process.
"""

from __future__ import annotations

import argparse
import contextlib
import filecmp
import json
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bench.artifact import (
    LIMIT_MB,
    ROOT,
    cpu_seconds,
    measure_command,
    measure_process,
    status_kb,
    touch_memory,
    write_model,
)
from tools import kubo as real

STEPS = ("seal", "push", "fetch", "fetch raw", "fetch car", "check", "unseal")
_SERVERS = ROOT / "tests" / "python" / "store" / "servers.py"
_GIB = 1 << 30
_ROOM = 3.2


@dataclass(frozen=True)
class Peer:
    """Who takes the files and gives them back. gateways: URLs by the format they serve."""

    name: str
    api: str
    gateways: dict[str, str]


# One step, in a process of its own


def one_step(step: str, directory: Path, api: str, gateway: str) -> dict[str, float]:
    """Seconds, CPU seconds and KiB above the imports of one step in `directory`."""
    work = _prepared(step, directory, api, gateway)
    before = status_kb("self", "VmRSS")
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    above = status_kb("self", "VmHWM") - before
    return {"seconds": seconds, "cpu": cpu_seconds(), "above_kb": above}


def _prepared(step: str, directory: Path, api: str, gateway: str) -> Callable[[], object]:
    """The step's work, with all that it imports."""
    import cryptography.hazmat.primitives.ciphers.aead
    import cryptography.hazmat.primitives.kdf.hkdf  # noqa: F401

    from daimm_cli.artifact import pipeline
    from daimm_cli.store.gateway import Gateway
    from daimm_cli.store.kubo import Kubo
    from daimm_cli.store.local import LocalStore

    key, line = bytes(16), bytes(33)
    mine, theirs = LocalStore(directory / "mine"), LocalStore(directory / "theirs")
    note = directory / "artifact.json"
    if step == "seal":

        def seal() -> None:
            mine.put_bytes(b"makes the folders")
            files = mine.directory / "ciphertext", mine.directory / "digests"
            sealed = pipeline.seal(directory / "model", *files, key, line)
            for path, dag in zip(files, (sealed.ciphertext, sealed.digests), strict=True):
                mine.adopt(path, dag)
            artifact = sealed.artifact
            record = {
                "cids": [sealed.ciphertext.cid, sealed.digests.cid],
                "nonce": artifact.file_nonce.hex(),
                "sizes": [artifact.size, artifact.leaf_size],
                "roots": [artifact.combined_root.hex(), artifact.plaintext_root.hex()],
            }
            note.write_text(json.dumps(record))

        return seal

    record = json.loads(note.read_text())
    cids = record["cids"]
    nonce, roots = bytes.fromhex(record["nonce"]), map(bytes.fromhex, record["roots"])
    artifact = pipeline.Artifact(nonce, *record["sizes"], *roots)
    if step == "push":
        kubo = Kubo(api)
        kubo.version()

        def push() -> None:
            for cid in cids:
                kubo.push(mine, cid)

        return push
    if step.startswith("fetch"):
        source: Kubo | Gateway = Kubo(api) if step == "fetch" else Gateway(gateway)
        Kubo(api).version()
        return lambda: [theirs.receive(source, cid, max_size=1 << 62) for cid in cids]
    files = theirs.path(cids[0]), theirs.path(cids[1])
    if step == "check":
        return lambda: pipeline.check(*files, line, expect=artifact)
    return lambda: pipeline.unseal(*files, directory / "opened", key, line, artifact)


# The other side


def serve(directory: Path) -> None:
    """A scripted daemon and two gateways over its blocks, until standard input ends."""
    servers = SimpleNamespace(**runpy.run_path(str(_SERVERS)))
    blocks = servers.Folder(directory)
    with (
        servers.serving(servers.Daemon(blocks=blocks)) as daemon,
        servers.serving(servers.GatewayOf(blocks, "raw")) as raw,
        servers.serving(servers.GatewayOf(blocks, "car")) as car,
    ):
        print(json.dumps([daemon.url, raw.url, car.url]), flush=True)
        sys.stdin.read()


@contextlib.contextmanager
def peer(directory: Path) -> Iterator[tuple[Peer, real.LocalDaemon | None]]:
    """A real daemon where there is one, else the scripted one."""
    if real.find() is not None:
        with real.LocalDaemon() as daemon:
            gateways = dict.fromkeys(("raw", "car"), daemon.gateway)
            yield Peer(daemon.run("version").strip(), daemon.api, gateways), daemon
        return
    command = [sys.executable, "-m", "bench.scale", "--serve", str(directory / "blocks")]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        api, raw, car = json.loads(process.stdout.readline())
        yield Peer("scripted daemon on loopback", api, {"raw": raw, "car": car}), None
        process.communicate()


# The run


def run(size: int, place: Path | None = None) -> dict[str, Any]:
    """All steps in turn, each once. Raises SystemExit where the disk has too little room."""
    where = place or Path(tempfile.gettempdir())
    free, needed = shutil.disk_usage(where).free, int(_ROOM * size) + (64 << 20)
    print(f"{where}: {free / 1e9:.1f} GB free, {needed / 1e9:.1f} GB needed", file=sys.stderr)
    if free < needed:
        raise SystemExit("The disk has no room for that: name another place with --in.")
    with tempfile.TemporaryDirectory(prefix="daimm-scale-", dir=where) as name:
        directory = Path(name)
        write_model(directory / "model", size)
        with peer(directory) as (other, daemon):
            steps = _measured(directory, other)
            found = _beside(directory, daemon) if daemon else {}
    for measures in (*steps.values(), *found.values()):
        measures["mb_per_s"] = size / measures["seconds"] / 1e6
        measures["times_cp"] = measures["seconds"] / steps["cp + flush"]["seconds"]
    if found:
        steps["push"]["times_ipfs_add"] = steps["push"]["seconds"] / found["ipfs add"]["seconds"]
        steps["fetch"]["times_ipfs_cat"] = steps["fetch"]["seconds"] / found["ipfs cat"]["seconds"]
    return {
        "bytes": size,
        "cores": os.cpu_count(),
        "peer": other.name,
        "steps": {step: _rounded(measures) for step, measures in {**steps, **found}.items()},
    }


def _measured(directory: Path, other: Peer) -> dict[str, dict[str, float]]:
    size = (directory / "model").stat().st_size
    copying = ["cp", str(directory / "model"), str(directory / "copy")]

    def copied() -> dict[str, float]:
        measures = measure_command(copying, directory / "copy", flush=True)
        (directory / "copy").unlink()
        return measures

    steps = {"cp + flush": copied()}
    for step in STEPS:
        if step.startswith("fetch"):
            shutil.rmtree(directory / "theirs", ignore_errors=True)
        touch_memory(size)
        gateway = other.gateways.get(step.removeprefix("fetch").strip(), "")
        command = [sys.executable, "-m", "bench.scale", "--one", step, "--in", str(directory)]
        steps[step] = measure_process([*command, "--api", other.api, "--gateway", gateway])
        print(f"{step}: {steps[step]['seconds']:.1f} s", file=sys.stderr)
        if step == "push":
            shutil.rmtree(directory / "mine")
        if step == "fetch car":  # nobody needs the daemon's copy any more
            shutil.rmtree(directory / "blocks", ignore_errors=True)
    if not filecmp.cmp(directory / "model", directory / "opened", shallow=False):
        raise SystemExit("What was opened is not what was sealed.")
    (directory / "opened").unlink()
    shutil.rmtree(directory / "theirs")
    again = copied()  # the machine may be busier now than it was
    steps["cp + flush"] = min(steps["cp + flush"], again, key=lambda each: each["seconds"])
    return steps


def _beside(directory: Path, daemon: real.LocalDaemon) -> dict[str, dict[str, float]]:
    """`ipfs add` and `ipfs cat` of the plain file, through the same daemon and its profile."""
    touch_memory((directory / "model").stat().st_size)
    started = time.perf_counter()
    cid = daemon.run("add", "--quieter", str(directory / "model")).strip()
    added = time.perf_counter() - started
    started = time.perf_counter()
    with (directory / "copy").open("wb") as copy:
        daemon.run("cat", cid, output=copy)
        os.fsync(copy.fileno())
    return {"ipfs add": {"seconds": added}, "ipfs cat": {"seconds": time.perf_counter() - started}}


def _rounded(measures: dict[str, float]) -> dict[str, float]:
    return {field: round(value, 3) for field, value in measures.items()}


def table(result: dict[str, Any]) -> str:
    lines = [
        f"{result['bytes'] / 1e6:,.0f} MB, {result['cores']} cores, {result['peer']}",
        f"{'':12}{'s':>8}{'MB/s':>8}{'CPU s':>8}{'x cp+flush':>12}{'memory MB':>11}",
    ]
    for step, found in result["steps"].items():
        cpu, memory = (
            f"{found[name]:.1f}" if name in found else "-" for name in ("cpu", "memory_mb")
        )
        lines.append(
            f"{step:12}{found['seconds']:8.1f}{found['mb_per_s']:8.0f}{cpu:>8}"
            f"{found['times_cp']:12.2f}{memory:>11}"
        )
    if "ipfs add" not in result["steps"]:
        lines.append("No `ipfs` was found: nothing could be set beside `ipfs add` and `ipfs cat`.")
    return "\n".join(lines)


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--gib", type=float, default=4.0, help="size of the model")
    parser.add_argument("--in", dest="place", type=Path, help="folder to work in")
    parser.add_argument("--output", type=Path, default=ROOT / "bench" / "scale.json")
    for name in ("--serve", "--one", "--api", "--gateway"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve:
        serve(Path(options.serve))
        return
    if options.one:
        print(json.dumps(one_step(options.one, options.place, options.api, options.gateway)))
        return
    result = run(int(options.gib * _GIB), options.place)
    print(table(result), file=sys.stderr)
    options.output.write_text(json.dumps(result, indent=2) + "\n")
    worst = max(result["steps"][step]["memory_mb"] for step in STEPS)
    if worst > LIMIT_MB:
        raise SystemExit(f"{worst:.0f} MB of memory, more than the {LIMIT_MB} that are allowed")


if __name__ == "__main__":
    main(sys.argv[1:])
