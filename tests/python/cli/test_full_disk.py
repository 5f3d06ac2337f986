"""A disk that takes no more: one sentence that says what to do, and the next run goes on."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from daimm_cli.bindings.structs import ModelId
from daimm_cli.chain.client import Chain
from daimm_cli.chain.terms import LicenseState
from tests.python.cli.conftest import AIM, Person, write_model

MIB = 1 << 20
PUBLISH = ("--license", "MIT", "--price", "10", "--yes", "--json")


def daimm(
    person: Person, *words: object, limit: int | None = None, out: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """A command whose files may have `limit` bytes each: what a full disk does, at any place."""

    def limited() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    with open(out or os.devnull, "w") as stdout:  # noqa: PTH123 - a device, too
        return subprocess.run(
            [sys.executable, "-m", "daimm_cli", *map(str, words)],
            env={**os.environ, **person.settings, "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if out is None else stdout,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=limited,
            timeout=120,
            check=False,
        )


def stopped(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 2, done.stderr
    assert done.stderr.count('"error"') + done.stderr.count("Error: ") == 1
    assert "fault in daimm" not in done.stderr
    assert "Exception ignored" not in done.stderr
    return done.stderr


def test_publishing_goes_on_when_there_is_room(
    seller: Person, person: Callable[..., Person], chain: Chain, tmp_path: Path
) -> None:
    source = write_model(tmp_path / "model.safetensors", 3 * MIB)
    says = []
    for limit in (20_000, 2 * MIB):
        says.append(stopped(daimm(seller, "model", "publish", source, *PUBLISH, limit=limit)))
        assert chain.node.view(chain.deployed.registry.version_count(ModelId(1))) == 0
        left = [path.name for path in seller.home.rglob("*") if path.is_file()]
        assert not [name for name in left if name.startswith((".", "ciphertext", "copy"))]
    assert "The index" in says[0]
    assert "Make room" in says[0]
    assert "larger than the system allows" in says[1]
    offer = seller("model", "publish", source, *PUBLISH).json["offer"]

    buyer = person("buyer", 2, money=100 * AIM, source=seller)
    bought = buyer.json("buy", offer, "--yes")["orders"][0]
    stopped(daimm(seller, "order", "deliver", bought["order"], "--yes", limit=0))
    license_id = chain.license_id(bytes.fromhex(bought["order"][2:]))
    assert chain.license(license_id).state is LicenseState.PENDING
    seller("order", "deliver", bought["order"], "--yes")

    opened = tmp_path / "desk" / "opened"
    opened.parent.mkdir()
    fetch = ("license", "fetch", bought["license"], "--output", opened)
    stopped(daimm(buyer, *fetch, limit=2 * MIB))
    assert list(opened.parent.iterdir()) == []
    buyer(*fetch)
    assert opened.read_bytes() == source.read_bytes()


def test_what_cannot_be_printed_is_said(seller: Person) -> None:
    for words in (("store", "list"), ("--help",)):
        for unbuffered in ("", "1"):
            seller.settings["PYTHONUNBUFFERED"] = unbuffered
            assert "The disk is full" in stopped(daimm(seller, *words, out=Path("/dev/full")))
