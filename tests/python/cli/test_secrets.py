"""Backups of the seed: losing the machine loses nothing that the backup had."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.accounts import backup, seed
from daimm_cli.accounts.labels import Labels
from daimm_cli.accounts.passwords import Lock
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.protocol import keys
from tests.python.cli.conftest import AIM, PASSWORD, Person, write_keystore, write_model, write_seed
from tests.python.store.servers import Daemon, serving

OWN = "a password of the backup's own"
TERMS = ("--license", "MIT", "--price", "10", "--yes")


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """A disk elsewhere, and the backups' password in a file."""
    folder = tmp_path / "disk"
    folder.mkdir()
    password = tmp_path / "backup-password"
    password.write_text(OWN + "\n")
    password.chmod(0o600)
    return folder


@pytest.fixture
def saved(seller: Person, disk: Path) -> Path:
    """The seller's backup."""
    own_password(seller, disk)
    seller("secrets", "export", disk / "seller.json")
    return disk / "seller.json"


def own_password(who: Person, disk: Path) -> None:
    who.settings["DAIMM_BACKUP_PASSWORD_FILE"] = str(disk.parent / "backup-password")


def lose(who: Person) -> None:
    """The machine is gone, but for the account, which has a backup of its own."""
    accounts = who.home / "accounts"
    kept = {file.name: file.read_bytes() for file in accounts.iterdir()}
    shutil.rmtree(who.home)
    accounts.mkdir(parents=True)
    for name, data in kept.items():
        (accounts / name).write_bytes(data)


def test_losing_both_machines_loses_nothing(
    seller: Person,
    person: Callable[..., Person],
    disk: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    buyer = person("buyer", 2, money=100 * AIM)
    model = write_model(tmp_path / "model.safetensors", (1 << 20) + 500)
    with serving(Daemon()) as server:
        for who in (seller, buyer):
            who.settings["DAIMM_KUBO"] = server.url
            own_password(who, disk)
        offer = seller.json("model", "publish", model, *TERMS)["offer"]
        delivered = buyer.json("buy", offer, "--yes")["orders"][0]
        seller("order", "deliver", delivered["order"], "--yes")
        buyer("license", "fetch", delivered["license"], "--output", "before")
        waiting = buyer.json("buy", offer, "--yes")["orders"][0]
        for who in (seller, buyer):
            who("secrets", "export", disk / f"{who.home.name}.json")

        for who in (seller, buyer):
            lose(who)
            assert "There is no seed" in who.refused("secrets", "show")
            assert who.json("secrets", "import", disk / f"{who.home.name}.json")["restored"]
        seller("order", "deliver", waiting["order"], "--yes")
        for each, name in ((waiting, "after"), (delivered, "again")):
            buyer("license", "fetch", each["license"], "--output", name)
            assert Path(name).read_bytes() == model.read_bytes()

        # The seller goes on where he was: a version on the same line, which the old licences open.
        second = write_model(tmp_path / "second.safetensors")
        seller("model", "add-version", 1, second, "--license", "MIT", "--line-of", "1", "--yes")
        shown = {who: who.json("secrets", "show") for who in (seller, buyer)}
    assert all(found["enough"] for found in shown.values())
    assert [line["version"] for line in shown[seller]["lines"]] == [1]
    assert len(shown[buyer]["bought"]) == 2


def test_a_key_is_delivered_where_nobody_has_the_manifest_any_more(
    seller: Person, buyer: Person, model_file: Path, disk: Path, tmp_path: Path
) -> None:
    """Nor is a copy of anything else there: the seed and the chain are enough, also for what was
    published after the backup."""
    own_password(seller, disk)
    seller("secrets", "export", disk / "seller.json")
    offer = seller.json("model", "publish", model_file, *TERMS)["offer"]
    bought = buyer.json("buy", offer, "--yes")["orders"][0]
    lose(seller)
    seller("secrets", "import", disk / "seller.json")
    assert not (seller.home / "labels").exists()
    shown = seller.json("secrets", "show")
    assert (shown["enough"], len(shown["lines"]), len(shown["waiting"])) == (True, 1, 1)
    (seller.home / "labels").unlink()
    seller("order", "deliver", bought["order"], "--yes")
    buyer("license", "fetch", bought["license"], "--output", tmp_path / "opened")
    assert (tmp_path / "opened").read_bytes() == model_file.read_bytes()


def test_a_line_whose_secret_cannot_be_had_is_told(
    seller: Person, model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One with a random label, as older versions of daimm drew them."""
    with monkeypatch.context() as patched:
        patched.setattr(Labels, "draw", lambda *_: b"\x07" * 32)
        seller("model", "publish", model_file, *TERMS)
    right = seller("secrets", "show")
    assert "1, all from this seed" in right.out
    (seller.home / "labels").unlink()
    assert seller.json("secrets", "show")["enough"]  # the manifest has the label, too ...
    assert (seller.home / "labels").exists()  # ... and it is kept from then on
    (seller.home / "labels").unlink()
    shutil.rmtree(seller.home / "store")
    lost = seller.type("secrets", "show")
    assert (lost.status, "1, 1 NOT from it" in lost.out) == (5, True)
    assert "Model 1, version 1: The manifest" in lost.err


def test_a_line_of_the_seeds_other_account_is_not_drawn_again(
    seller: Person, accounts: list[LocalAccount], model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else who buys one model has the key of both."""
    monkeypatch.setattr("daimm_cli.accounts.labels.secrets.randbelow", lambda _below: 0)
    write_keystore(seller.home / "accounts" / "other.json", bytes(accounts[5].key))
    found = set()
    for account in ("seller", "other"):
        seller("model", "publish", model_file, *TERMS, "--account", account)
        found |= set(Labels(seller.home).all())
        (seller.home / "labels").unlink()
    assert len(found) == 2


def test_two_lines_never_share_a_label(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither with one that the home knows, nor with one that the chain alone has."""
    monkeypatch.setattr(keys, "LABELS", 4)
    secret = bytes(range(32))
    labels = Labels(tmp_path)
    on_the_chain = keys.line_secret(secret, keys.line_label(secret, 2)).point
    for _ in range(3):
        labels.add(labels.draw(secret, {on_the_chain}))
    drawn = set(labels.all())
    assert drawn == {keys.line_label(secret, number) for number in (0, 1, 3)}
    with pytest.raises(DaimmError, match="publish from a new home"):
        labels.draw(secret, {on_the_chain})
    assert Labels(tmp_path / "other").of(secret, on_the_chain) == keys.line_label(secret, 2)
    assert labels.of(bytes(32), on_the_chain) is None


def test_another_seeds_lines_and_orders_are_told(
    seller: Person, buyer: Person, model_file: Path
) -> None:
    offer = seller.json("model", "publish", model_file, *TERMS)["offer"]
    buyer("buy", offer, "--yes")
    for who in (seller, buyer):
        (who.home / "seed.json").unlink()
        write_seed(who.home)
    sells, buys = (who.type("secrets", "show") for who in (seller, buyer))
    assert sells.status == buys.status == 5
    assert "did not make the key line" in sells.err
    assert "made with another seed" in buys.err


def test_the_backup_is_closed_encrypted_and_its_own(
    seller: Person, saved: Path, tmp_path: Path
) -> None:
    secret = seed.unlock(seller.home, PASSWORD)
    text = saved.read_text()
    assert saved.stat().st_mode & 0o777 == 0o600
    assert secret.hex() not in text
    parameters = json.loads(text)["crypto"]["kdfparams"]
    assert (parameters["n"], parameters["r"], parameters["p"]) == (2**18, 8, 1)
    assert backup.read(saved).open(OWN) == secret
    with pytest.raises(DaimmError, match="password does not open the backup"):
        backup.read(saved).open(PASSWORD)
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]
    last = seller.json("secrets", "show")["last_backup"]
    assert (last["file"], last["fingerprint"]) == (str(saved), seed.fingerprint(secret))


def test_nothing_is_overwritten(
    seller: Person, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()
    with monkeypatch.context() as patched:  # told before anybody types a password
        patched.setattr("daimm_cli.cli.context.Context.seed", None)
        assert "never replaces" in seller.refused("secrets", "export", saved)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    assert "never replaces" in seller.refused("secrets", "export", link)
    assert saved.read_bytes() == before
    assert "There is no folder" in seller.refused("secrets", "export", tmp_path / "no" / "x")
    assert not (tmp_path / "nowhere").exists()


def test_a_backup_counts_where_the_home_cannot_remember_it(
    seller: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("daimm_cli.base.records.keep", full)
    seller("secrets", "export", tmp_path / "backup.json")
    assert backup.read(tmp_path / "backup.json").open(PASSWORD) == seed.unlock(
        seller.home, PASSWORD
    )
    assert seller.json("secrets", "show")["last_backup"] is None


@pytest.mark.parametrize("how", ["gone", "cut", "another"])
def test_a_backup_that_does_not_read_back_is_none(
    seller: Person, disk: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """The disk does not keep what was written to it."""
    real = backup.read

    def read(file: Path) -> backup.Backup:
        if how == "gone":
            file.unlink()
        elif how == "cut":
            os.truncate(file, 100)
        else:
            file.write_bytes(seed.pack_seed(b"\x07" * 32, PASSWORD))
        return real(file)

    monkeypatch.setattr(backup, "read", read)
    told = seller.refused("secrets", "export", disk / "backup.json", status=5)
    assert "did not read back right" in told
    assert list(disk.iterdir()) == []
    assert backup.last(seller.home, seed.fingerprint(seed.unlock(seller.home, PASSWORD))) is None


def test_a_seed_is_never_replaced_and_the_same_one_is_welcome(
    seller: Person, person: Callable[..., Person], saved: Path
) -> None:
    told = seller.json("secrets", "import", saved)
    assert told["restored"] is False
    other = person("other", 3)
    own_password(other, saved.parent)
    before = seed.seed_path(other.home).read_bytes()
    assert "never replaced" in other.refused("secrets", "import", saved)
    assert seed.seed_path(other.home).read_bytes() == before


def test_a_restored_home_knows_its_backup(
    seller: Person, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(seller)
    monkeypatch.chdir(saved.parent)
    seller("secrets", "import", saved.name)
    made = backup.last(seller.home, None)
    assert made is not None
    assert (made.file, made.at) == (str(saved), int(saved.stat().st_mtime))
    again = saved.with_name("again.json")
    seller("secrets", "export", again)
    seller("secrets", "import", saved)
    newest = backup.last(seller.home, None)
    assert newest is not None
    assert newest.file == str(again)


def test_an_import_that_was_cut_off_is_completed(
    person: Callable[..., Person], saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever of the two files came to be: the next run makes both right."""
    Labels(saved.parent).add(b"\x01" * 32)
    data = json.loads(saved.read_text()) | {"labels": ["0x" + "01" * 32]}
    saved.write_text(json.dumps(data))
    home = saved.parent.parent / "new"
    found = backup.read(saved)
    secret = found.open(OWN)

    def crash(*_arguments: object) -> None:
        raise KeyboardInterrupt

    for function in ("pack_seed", "store", "unlock"):
        with monkeypatch.context() as patched:
            patched.setattr(seed, function, crash)
            with pytest.raises(KeyboardInterrupt):
                backup.restore(home, found, secret, lambda: PASSWORD)
        new = not seed.exists(home)
        assert backup.restore(home, found, secret, lambda: PASSWORD) is new
        assert seed.unlock(home, PASSWORD) == secret
        assert Labels(home).all() == [b"\x01" * 32]
        assert {file.name for file in home.iterdir()} == {"seed.json", "labels", backup.RECORD}
        shutil.rmtree(home)


def test_a_copied_seed_file_is_a_backup_too(seller: Person, person: Callable[..., Person]) -> None:
    """One from before there were fingerprints, even."""
    copied = person("copied", 3)
    (copied.home / "seed.json").unlink()
    copied("secrets", "import", seller.home / "seed.json")
    assert seed.unlock(copied.home, PASSWORD) == seed.unlock(seller.home, PASSWORD)
    fingerprint = seed.stated_fingerprint(copied.home)
    assert Lock.seed(copied.home).user == f"seed:{fingerprint}"


Change = Callable[[dict[str, Any]], object]
CHANGES: dict[str, tuple[Change, str]] = {
    "no seed": (lambda data: data.pop("daimm"), "not a daimm seed"),
    "another format": (lambda data: data.update(daimm="seed/v9"), "not a daimm seed"),
    "a label of another length": (lambda data: data.update(labels=["0x12"]), "is damaged"),
    "a label that is none": (lambda data: data.update(labels=[{}]), "is damaged"),
    "labels that are none": (lambda data: data.update(labels=7), "is damaged"),
    "too many labels": (lambda data: data.update(labels=["00" * 32] * 12_000), "is damaged"),
    "another fingerprint": (lambda data: data.update(fingerprint="0" * 16), "another seed's"),
    "costly": (lambda data: data["crypto"]["kdfparams"].update(n=1 << 40), "absurd"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_hostile_backup_is_refused(
    person: Callable[..., Person], saved: Path, change: str
) -> None:
    data = json.loads(saved.read_text())
    alter, says = CHANGES[change]
    alter(data)
    saved.write_text(json.dumps(data))
    victim = person("victim", 3)
    own_password(victim, saved.parent)
    (victim.home / "seed.json").unlink()
    assert says in victim.refused("secrets", "import", saved)
    assert not seed.exists(victim.home)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b" " * ((1 << 20) + 1)])
def test_what_is_no_backup(seller: Person, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)
    assert "is not a keystore" in seller.refused("secrets", "import", tmp_path / "file")
    assert "There is no file" in seller.refused("secrets", "import", tmp_path / "absent")
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in seller.refused("secrets", "import", tmp_path / "pipe")


def test_labels_survive_a_torn_line(tmp_path: Path) -> None:
    labels = Labels(tmp_path)
    assert labels.all() == []
    one, other = b"\x01" * 32, b"\x02" * 32
    labels.add(one)
    with (tmp_path / "labels").open("ab") as file:
        file.write(b"0303")
    labels.add(other, one)
    assert labels.all() == [one, other]
    assert (tmp_path / "labels").stat().st_mode & 0o777 == 0o600


def test_restoring_checks_what_it_wrote(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = backup.read(saved)
    secret = found.open(OWN)
    monkeypatch.setattr(seed, "unlock", lambda *_: bytes(32))
    with pytest.raises(VerificationFailed, match="does not read back"):
        backup.restore(tmp_path / "new", found, secret, lambda: PASSWORD)


def test_an_import_that_is_killed_at_any_moment_is_completed(
    person: Callable[..., Person], saved: Path
) -> None:
    other = person("other", 3)
    own_password(other, saved.parent)
    (other.home / "seed.json").unlink()
    chance = random.Random(20_261_122)
    command = [sys.executable, "-m", "daimm_cli", "secrets", "import", str(saved)]
    environment = {**os.environ, **other.settings}
    for _ in range(5):
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(chance.uniform(0.3, 4))
            process.kill()
        if seed.exists(other.home):
            assert seed.unlock(other.home, PASSWORD) == backup.read(saved).open(OWN)
    other("secrets", "import", saved)
    assert seed.unlock(other.home, PASSWORD) == backup.read(saved).open(OWN)
