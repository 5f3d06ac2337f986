"""Other age programs open what we seal, and we open what they seal: Go's, Rust's, npm's.

Go's `age` is left out only where neither it nor Go, which builds it, is installed.
"""

from __future__ import annotations

import base64
import filecmp
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import pyrage
import pytest
from pyrage import plugin as rage

from daimm_cli.artifact import age, pipeline
from daimm_cli.artifact.plugin import identity, parse
from daimm_cli.artifact.unixfs import dag_of_file
from tests.python.artifact.samples import KEY, LINE, damage, sealed_files, write_sample
from tools.running import find

MIB = 1 << 20
HERE = Path(__file__).parent
SIZES = [
    *(0, 1, 4095, 4096, 4097, 65535, 65536, 65537, MIB - 1, MIB, MIB + 1, 174 * MIB + 1),
    pytest.param((1 << 30) + 1, marks=pytest.mark.slow),
]
RECIPIENT = "age1tellkey1yjhvjg"


class Oracle(Protocol):
    def open(self, artifact: Path, target: Path, secret: str) -> None:
        """Open an artifact with an identity."""

    def seal(self, source: Path, artifact: Path) -> bytes:
        """Seal for the line; returns the file key."""


class Told:
    """Where the recipient that these programs start puts the file key that they drew."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._file = folder / "told"
        line = base64.b64encode(LINE).decode()
        monkeypatch.setenv("TELLKEY_LINE", line)
        monkeypatch.setenv("TELLKEY_FILE", str(self._file))
        places = [str(HERE), str(Path(sys.executable).parent), os.environ["PATH"]]
        monkeypatch.setenv("PATH", os.pathsep.join(places))

    def key(self) -> bytes:
        return base64.b64decode(self._file.read_text() + "==")


class Go(Told):
    def open(self, artifact: Path, target: Path, secret: str) -> None:
        kept = target.with_name("identity")
        kept.write_text(f"# a comment\n{secret}\n")
        self._run("-d", "-i", kept, "-o", target, artifact)

    def seal(self, source: Path, artifact: Path) -> bytes:
        self._run("-r", RECIPIENT, "-o", artifact, source)
        return self.key()

    def _run(self, *arguments: str | Path) -> None:
        done = subprocess.run([find("age") or "age", *arguments], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


class Rust(Told):
    def open(self, artifact: Path, target: Path, secret: str) -> None:
        given = rage.Identity.from_str(secret)
        opener = rage.IdentityPluginV1("daimm", [given], Silent())
        pyrage.decrypt_file(str(artifact), str(target), [opener])

    def seal(self, source: Path, artifact: Path) -> bytes:
        recipient = rage.Recipient.from_str(RECIPIENT)
        sealer = rage.RecipientPluginV1("tellkey", [recipient], [], Silent())
        pyrage.encrypt_file(str(source), str(artifact), [sealer])
        return self.key()


class Silent:
    """What pyrage asks people; nothing does here."""

    def display_message(self, message: str) -> None:
        raise AssertionError(message)

    confirm = request_public_string = request_passphrase = display_message


class Npm(Told):
    def open(self, artifact: Path, target: Path, secret: str) -> None:
        self._run("open", artifact, target, parse(secret)[1])

    def seal(self, source: Path, artifact: Path) -> bytes:
        return bytes.fromhex(self._run("seal", source, artifact, b""))

    def _run(self, what: str, source: Path, target: Path, key: bytes) -> str:
        done = subprocess.run(
            ["node", HERE / "age_encryption.mjs", what, source, target],
            input=json.dumps({"line": LINE.hex(), "key": key.hex()}),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(params=[Go, Rust, Npm])
def oracle(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Oracle:
    if request.param is Go and find("age") is None and shutil.which("go") is None:
        pytest.skip("neither age nor Go, which builds it, is installed")
    made: Oracle = request.param(tmp_path, monkeypatch)
    return made


@pytest.mark.parametrize("size", SIZES)
def test_it_opens_what_we_seal(oracle: Oracle, tmp_path: Path, size: int) -> None:
    model, sealed, listed, opened = (tmp_path / name for name in ("m", "s", "l", "o"))
    write_sample(model, size)
    pipeline.seal(model, sealed, listed, KEY, LINE)
    oracle.open(sealed, opened, identity(LINE, KEY))
    assert filecmp.cmp(opened, model, shallow=False)


@pytest.mark.parametrize("size", SIZES)
def test_we_open_what_it_seals(oracle: Oracle, tmp_path: Path, size: int) -> None:
    model, theirs, ours, listed, opened = (tmp_path / name for name in "mtold")
    write_sample(model, size)
    key = oracle.seal(model, theirs)
    if isinstance(oracle, Rust):
        drop_grease(theirs, key)
    with theirs.open("rb") as file:
        nonce = file.read(age.START)[age.HEADER :]
    sealed = pipeline.seal(model, ours, listed, key, LINE, nonce=nonce)
    assert filecmp.cmp(ours, theirs, shallow=False)
    with theirs.open("rb") as file:
        assert dag_of_file(file) == sealed.ciphertext
    pipeline.unseal(theirs, listed, opened, key, LINE, sealed.artifact)
    assert filecmp.cmp(opened, model, shallow=False)


def drop_grease(sealed: Path, key: bytes) -> None:
    """Rust's adds a stanza of chance: give the file the header that it would have without."""
    with sealed.open("rb") as file, sealed.with_name("bare").open("wb") as bare:
        beginning = file.read(4096)
        end = beginning.index(b"\n", beginning.index(b"\n--- ") + 1) + 1
        nonce = beginning[end : end + age.NONCE]
        bare.write(age.front(LINE, key, nonce))
        file.seek(end + age.NONCE)
        shutil.copyfileobj(file, bare, MIB)
    sealed.with_name("bare").replace(sealed)


@pytest.mark.parametrize("offset", [90, 200, -1])
def test_it_refuses_what_was_changed(oracle: Oracle, tmp_path: Path, offset: int) -> None:
    _, sealed, _ = sealed_files(tmp_path, b"weights" * 100)
    damage(sealed, offset, 2)
    with pytest.raises((AssertionError, OSError, pyrage.DecryptError)):
        oracle.open(sealed, tmp_path / "o", identity(LINE, KEY))
