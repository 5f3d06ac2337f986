"""Signatures of folders: what they find, whose they are, and what hostile ones do."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.python.cli.conftest import Person, buyer, card_file, person, seller, write_model

__all__ = ["buyer", "card_file", "person", "seller"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "weights"
    (made / "sub").mkdir(parents=True)
    write_model(made / "model.safetensors")
    (made / "sub" / "config.json").write_text("{}")
    return made


@pytest.fixture
def signature(seller: Person, folder: Path) -> Path:
    seller("model", "sign", folder)
    return folder.with_name("weights.sig")


def beside(signature: Path, suffix: str) -> Path:
    return signature.with_name(signature.name + suffix)


def told(signature: Path) -> Any:
    return json.loads(signature.read_text())


def written_key(path: Path, curve: ec.EllipticCurve, password: bytes | None = None) -> Path:
    how = serialization
    lock = how.BestAvailableEncryption(password) if password else how.NoEncryption()
    key = ec.generate_private_key(curve)
    path.write_bytes(key.private_bytes(how.Encoding.PEM, how.PrivateFormat.PKCS8, lock))
    path.chmod(0o600)
    return path


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a file changed": (
        lambda it: (it / "sub" / "config.json").write_text("[]"),
        "changed: sub/config.json",
    ),
    "a file is gone": (
        lambda it: (it / "model.safetensors").unlink(),
        "missing: model.safetensors",
    ),
    "a file is more": (lambda it: (it / "x\x1b[2J").write_text(""), "more: x"),
    "git's file is more": (lambda it: (it / ".gitattributes").write_text(""), "more: .gitattri"),
    "git's folder is more": (
        lambda it: shutil.copytree(it / "sub", it / ".git"),
        "more: .git/config.json",
    ),
    "a file has another name": (
        lambda it: (it / "model.safetensors").rename(it / "m.safetensors"),
        "missing: model.safetensors; more: m.safetensors",
    ),
    "a link is more": (lambda it: (it / "link").symlink_to("/etc/passwd"), "symlink"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_not_as_it_was_signed_is_named(
    seller: Person, folder: Path, signature: Path, what: str
) -> None:
    assert "exactly the 2 files" in seller("model", "verify", folder).out
    change, said = CHANGES[what]
    change(folder)
    refused = seller.refused("model", "verify", folder, status=5)
    assert said in refused
    assert "\x1b" not in refused


def test_openssf_s_own_tool_verifies_it(folder: Path, signature: Path) -> None:
    tool = [sys.executable, "-m", "model_signing", "verify", "key", str(folder)]
    tool += ["--signature", str(signature), "--public_key", str(beside(signature, ".pub"))]
    assert subprocess.run(tool, check=False, capture_output=True).returncode == 0
    (folder / "more").write_text("")
    assert subprocess.run(tool, check=False, capture_output=True).returncode != 0


def test_a_signature_speaks_of_its_own_account_alone(
    seller: Person, buyer: Person, folder: Path, signature: Path, tmp_path: Path
) -> None:
    binding = beside(signature, ".json")
    forged = told(binding)
    forged["signer"] = f"eip155:{forged['signer'].split(':')[1]}:{buyer.account.address}"
    binding.write_text(json.dumps(forged))
    assert f"not {buyer.account.address}'s" in seller.refused("model", "verify", folder, status=5)


def test_files_signed_by_one_are_not_passed_off_with_another_s_word(
    seller: Person, buyer: Person, folder: Path, signature: Path, tmp_path: Path
) -> None:
    kept = {suffix: beside(signature, suffix).read_bytes() for suffix in ("", ".pub", ".json")}
    (folder / "sub" / "config.json").write_text("[]")
    buyer("model", "sign", folder)
    beside(signature, ".json").write_bytes(kept[".json"])
    assert "another statement" in seller.refused("model", "verify", folder, status=5)
    signature.write_bytes(kept[""])
    assert "not what was signed" in seller.refused("model", "verify", folder, status=5)
    beside(signature, ".pub").write_bytes(kept[".pub"])
    assert "changed: sub/config.json" in seller.refused("model", "verify", folder, status=5)


def test_another_key_s_signature_of_the_statement_is_none(
    seller: Person, folder: Path, signature: Path, tmp_path: Path
) -> None:
    private = written_key(tmp_path / "k.pem", ec.SECP256R1())
    key = serialization.load_pem_private_key(private.read_bytes(), None)
    how = serialization
    public = key.public_key().public_bytes(how.Encoding.PEM, how.PublicFormat.SubjectPublicKeyInfo)
    beside(signature, ".pub").write_bytes(public)
    assert "not what was signed" in seller.refused("model", "verify", folder, status=5)


def with_statement(change: Callable[[Any], object]) -> Callable[[Any], None]:
    def changed(bundle: Any) -> None:
        envelope = bundle["dsseEnvelope"]
        statement = json.loads(base64.b64decode(envelope["payload"]))
        change(statement)
        envelope["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()

    return changed


HOSTILE: dict[str, tuple[Callable[[Any], object], str]] = {
    "no envelope": (lambda it: it.pop("dsseEnvelope"), "not one of"),
    "no base64": (lambda it: it["dsseEnvelope"].update(payload="%%"), "not one of"),
    "no text": (lambda it: it["dsseEnvelope"].update(payload=7), "not one of"),
    "files left out": (
        with_statement(
            lambda it: it["predicate"]["serialization"].update(ignore_paths=["model.safetensors"])
        ),
        "leaves files out",
    ),
    "a file twice": (
        with_statement(lambda it: it["predicate"]["resources"].extend(
            it["predicate"]["resources"]
        )),
        "names a file twice",
    ),
    "no files": (with_statement(lambda it: it["predicate"].update(resources=[])), "by SHA-256"),
    "another hash": (
        with_statement(lambda it: it["predicate"]["resources"][0].update(algorithm="md5")),
        "by SHA-256",
    ),
    "another statement": (
        with_statement(lambda it: it["predicate"]["resources"][0].update(digest="00" * 32)),
        "another statement",
    ),
    "no signatures": (lambda it: it["dsseEnvelope"].update(signatures=[]), "not what was signed"),
    "another's signature": (
        lambda it: it["dsseEnvelope"]["signatures"][0].update(sig="AAAA"),
        "not what was signed",
    ),
    "an old form": (lambda it: it["verificationMaterial"].pop("publicKey"), "not what was signed"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_signature_is_refused(
    seller: Person, folder: Path, signature: Path, what: str
) -> None:
    change, said = HOSTILE[what]
    bundle = told(signature)
    change(bundle)
    signature.write_text(json.dumps(bundle))
    assert said in seller.refused("model", "verify", folder, status=5)


@pytest.mark.parametrize("suffix", ["", ".pub", ".json"])
@pytest.mark.parametrize("data", [b"", b"\xff\0", b"[" * 5000, b"[7]", b"{}" * 9_000_000])
def test_files_of_any_bytes_are_refused(
    seller: Person, folder: Path, signature: Path, suffix: str, data: bytes
) -> None:
    beside(signature, suffix).write_bytes(data)
    seller.refused("model", "verify", folder, status=5)


def test_the_key_of_one_signature_is_kept_nowhere(
    seller: Person, folder: Path, signature: Path, tmp_path: Path
) -> None:
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert signature in files
    assert not [path for path in files if b"PRIVATE KEY" in path.read_bytes()]


def test_a_kept_key_is_made_for_its_owner_and_used_again(
    seller: Person, folder: Path, tmp_path: Path
) -> None:
    key, signature = tmp_path / "p256.pem", tmp_path / "one.sig"
    signing = ("model", "sign", folder, "--key", key, "--signature", signature)
    seller(*signing)
    assert key.stat().st_mode & 0o777 == 0o600
    first = beside(signature, ".pub").read_text()
    seller(*signing)
    assert beside(signature, ".pub").read_text() == first
    key.chmod(0o640)
    assert "Others can read the key" in seller.refused(*signing)


def test_keys_that_the_format_does_not_take_are_refused(
    seller: Person, folder: Path, tmp_path: Path
) -> None:
    inside = folder / "key.pem"
    assert "signed itself" in seller.refused("model", "sign", folder, "--key", inside)
    assert not inside.exists()
    keys = [
        written_key(tmp_path / "ethereum.pem", ec.SECP256K1()),
        written_key(tmp_path / "locked.pem", ec.SECP256R1(), b"secret"),
        tmp_path / "text.pem",
    ]
    keys[2].write_text("no key")
    keys[2].chmod(0o600)
    for key in keys:
        assert "no P-256 key" in seller.refused("model", "sign", folder, "--key", key)


def test_what_cannot_be_signed_is_refused(seller: Person, folder: Path, tmp_path: Path) -> None:
    inside = ("--signature", folder / "model.sig")
    assert "signed itself" in seller.refused("model", "sign", folder, *inside)
    assert "no folder" in seller.refused("model", "sign", folder / "model.safetensors")
    (tmp_path / "empty").mkdir()
    assert "has no files" in seller.refused("model", "sign", tmp_path / "empty")
    (folder / "link").symlink_to("model.safetensors")
    assert "symlink" in seller.refused("model", "sign", folder)
    assert not list(tmp_path.glob("*.sig*"))


def test_a_safe_signs_no_files(seller: Person, folder: Path) -> None:
    settings = f'profile = "local"\n[profiles.local]\nsafe = "{seller.account.address}"\n'
    (seller.home / "config.toml").write_text(settings)
    assert "A Safe has no key" in seller.refused("model", "sign", folder)


def test_without_the_library_it_is_said_what_to_install(
    seller: Person, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "model_signing.hashing", None)
    assert "'sign' extra" in seller.refused("model", "sign", folder)
