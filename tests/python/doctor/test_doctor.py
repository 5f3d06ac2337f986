"""`daimm doctor` on a real home and chain: well when all is well, and each fault by its name."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from daimm_cli.chain import book
from daimm_cli.chain.book import Book
from daimm_cli.cli.context import Context
from daimm_cli.doctor import Level, Patient, examine
from daimm_cli.doctor.examination import Check, Said, ok
from tests.python.chain.proxy import Proxy
from tests.python.cli.conftest import (
    AIM,
    Person,
    buyer,
    model_file,
    person,
    seller,
    write_seed,
)
from tests.python.store.servers import Daemon, serving
from tools.chain import LocalChain

__all__ = ["buyer", "model_file", "person", "seller"]

Findings = dict[str, dict[str, Any]]


def examined(who: Person, *words: str) -> Findings:
    """Findings by name; the status follows from them."""
    ran = who.type("doctor", *words, "--json")
    found: Findings = {finding["name"]: finding for finding in ran.json["findings"]}
    problems = [each for each in found.values() if each["level"] == "problem"]
    assert (ran.status, ran.json["well"]) == ((5, False) if problems else (0, True))
    return found


@pytest.fixture
def healthy(person: Callable[..., Person], seller: Person) -> Person:
    """Nothing is wrong with him."""
    who = person("healthy", 3, money=5 * AIM)
    who.home.chmod(0o700)
    for file in (who.home / "seed.json", *(who.home / "accounts").iterdir()):
        file.chmod(0o600)
    return who


def configure(who: Person, *lines: str) -> None:
    file = who.home / "config.toml"
    file.write_text("\n".join([*lines, ""]))
    file.chmod(0o600)


def test_all_is_well(healthy: Person, tmp_path: Path) -> None:
    backup = ("secrets", "export", tmp_path / "backup.json")
    healthy(*backup)
    found = examined(healthy, "--deep")
    assert {name: each["level"] for name, each in found.items()} == dict.fromkeys(found, "ok")
    assert set(found) == {
        *("python", "settings", "home", "seed", "backup", "secret files", "records", "keyring"),
        *("node", "chain id", "newest block", "clock", "contracts", "account", "Safe"),
        *("ether", "AIM", "index"),
        *("store", "disk", "push queue", "keys"),
    }
    assert found["AIM"]["says"] == "5 AIM"
    shown = healthy("doctor").out.splitlines()
    assert len(shown) == len(found) - 1
    assert all(line.startswith("ok ") for line in shown)


def test_an_index_that_differs_from_the_chain_is_named_and_built_anew(healthy: Person) -> None:
    healthy("model", "list")
    [file] = healthy.home.glob("index-*.sqlite")
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE authority_role_granted SET account = '0x' || role_id")
    found = examined(healthy)["index"]
    assert (found["level"], "daimm index rebuild" in found["hint"]) == ("problem", True)
    told = healthy("index", "rebuild", "--json")
    assert told.json == {"models": 0}
    assert examined(healthy)["index"]["level"] == "ok"


def open_to_all(name: str) -> Callable[[Person], object]:
    return lambda who: (who.home / name).chmod(0o644)


def in_settings(*lines: str) -> Callable[[Person], object]:
    return lambda who: configure(who, *lines)


def environment(**values: str) -> Callable[[Person], object]:
    return lambda who: who.settings.update(values)


def changeable(who: Person) -> None:
    configure(who)
    (who.home / "config.toml").chmod(0o666)


def with_token(who: Person) -> None:
    """In a file that others can read."""
    del who.settings["DAIMM_RPC"]
    configure(who, f'[profiles.local]\nrpc = "{who.settings["TOKEN_RPC"]}"')
    (who.home / "config.toml").chmod(0o644)


def poor(who: Person) -> None:
    """Acts with an account that has nothing."""
    from eth_account import Account

    from tests.python.cli.conftest import write_keystore

    write_keystore(who.home / "accounts" / "poor.json", bytes(Account.create().key))
    who.settings["DAIMM_ACCOUNT"] = "poor"


FAULTS: dict[str, tuple[Callable[[Person], object], str, str, str]] = {
    "settings that are none": (in_settings("="), "settings", "problem", "not valid TOML"),
    "an unknown setting": (in_settings("rcp = 1"), "settings", "problem", "unknown key"),
    "settings for all": (changeable, "settings", "problem", "can change"),
    "a home for all": (lambda who: who.home.chmod(0o777), "home", "problem", "can change"),
    "a home that others see": (lambda who: who.home.chmod(0o755), "home", "warning", "look into"),
    "a seed for all": (open_to_all("seed.json"), "seed", "problem", "others can read"),
    "no seed": (lambda who: (who.home / "seed.json").unlink(), "seed", "warning", "no seed"),
    "a damaged seed": (
        lambda who: (who.home / "seed.json").write_text("{}"), "seed", "problem", "version 3",
    ),
    "never backed up": (lambda who: None, "backup", "warning", "no backup is known"),
    "a password for all": (
        lambda who: Path(who.settings["DAIMM_PASSWORD_FILE"]).chmod(0o644),
        "secret files", "problem", "others can read",
    ),
    "no password file": (
        environment(DAIMM_SEED_PASSWORD_FILE="/none"), "secret files", "problem", "is not there",
    ),
    "a keystore for all": (
        open_to_all("accounts/healthy.json"), "secret files", "problem", "others can read",
    ),
    "no keyring": (
        environment(
            DAIMM_PASSWORD_KEYRING="1", PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring"
        ),
        "keyring", "problem", "no keyring",
    ),
    "no node": (environment(DAIMM_RPC="http://127.0.0.1:9"), "node", "problem", "Cannot reach"),
    "another chain": (environment(DAIMM_CHAIN_ID="7"), "chain id", "problem", "say 7"),
    "no contracts": (
        environment(DAIMM_DEPLOYMENTS="/none"), "contracts", "problem", "No contracts of DAIMM",
    ),
    "no account": (environment(DAIMM_ACCOUNT="nobody"), "account", "problem", "no account"),
    "no ether": (poor, "ether", "warning", "0 ether"),
    "no tokens": (poor, "AIM", "warning", "0 AIM"),
    "a store on a file": (environment(DAIMM_STORE="/dev/null/x"), "store", "problem", "no folder"),
    "no such folder": (
        in_settings('[storage]\nsources = ["/none"]'), "source /none", "problem", "is not there",
    ),
    "no daemon": (
        in_settings('[storage]\nkubo = "/ip4/127.0.0.1/tcp/1"'),
        "IPFS daemon", "problem", "is not running",
    ),
    "a daemon that is none": (
        in_settings('[storage]\nkubo = "nonsense"'), "IPFS daemon", "problem", "must be like",
    ),
    "no gateway": (
        in_settings('[storage]\ngateways = ["http://127.0.0.1:1"]'),
        "gateway http://127.0.0.1:1", "problem", "is not running",
    ),
    "no pinning service": (
        in_settings('[storage]\npinning = "http://127.0.0.1:1/psa"'),
        "pinning service", "problem", "is not running",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_and_stops_nothing_else(
    healthy: Person, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keyring.core

    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    make, name, level, says = FAULTS[fault]
    make(healthy)
    found = examined(healthy)
    assert (found[name]["level"], says in found[name]["says"]) == (level, True), found[name]
    assert found["python"]["level"] == "ok"
    if name not in ("settings", "node", "chain id"):
        assert found["newest block"]["level"] == "ok"
    if level == "problem" and name == "settings" and says != "can change":
        assert {found[each]["level"] for each in ("home", "node", "store")} == {"skipped"}


def test_what_waits_to_be_pushed_and_who_takes_it(
    healthy: Person, model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    healthy("model", "publish", model_file, "--license", "MIT", "--price", "0", "--yes")
    assert "local store alone" in examined(healthy)["push queue"]["says"]
    with serving(Daemon()) as server:
        configure(healthy, f'[storage]\nkubo = "{server.url}"')
        assert examined(healthy)["push queue"]["hint"] == "daimm store push"
        healthy("store", "push")
        found = examined(healthy)
    assert found["push queue"]["says"] == "nothing waits to be pushed"
    assert found["IPFS daemon"]["says"].startswith("Kubo ")


def test_deep_finds_what_does_not_follow_from_the_seed(
    healthy: Person, model_file: Path, tmp_path: Path
) -> None:
    healthy("model", "publish", model_file, "--license", "MIT", "--price", "0", "--yes")
    assert examined(healthy, "--deep")["keys"]["says"].startswith("key lines: 1,")
    (healthy.home / "seed.json").unlink()
    write_seed(healthy.home)
    (healthy.home / "seed.json").chmod(0o600)
    found = examined(healthy, "--deep")
    assert (found["seed"]["level"], found["keys"]["level"]) == ("ok", "problem")
    (tmp_path / "password").write_text("another password\n")
    found = examined(healthy, "--deep")
    assert "password does not open" in found["seed"]["says"]
    assert found["keys"]["level"] == "skipped"


@contextlib.contextmanager
def moved(chain: LocalChain, who: Person, chain_id: str) -> Iterator[None]:
    """The person looks at another chain."""
    before = dict(who.settings)
    who.settings.update(DAIMM_RPC=chain.url, DAIMM_CHAIN_ID=chain_id)
    yield
    who.settings.clear()
    who.settings.update(before)


def test_a_node_that_lags_and_a_clock_that_is_wrong(
    healthy: Person, local_chain: LocalChain
) -> None:
    with LocalChain(chain_id=4242, genesis_time=1_600_000_000) as old, moved(old, healthy, "4242"):
        found = examined(healthy)
        assert (found["newest block"]["level"], found["clock"]["level"]) == ("problem", "ok")
        assert "minutes old" in found["newest block"]["says"]
    with LocalChain(chain_id=4242) as new, moved(new, healthy, "4242"):
        assert examined(healthy)["newest block"]["level"] == "ok"
        new.travel(500)
        found = examined(healthy)
        assert (found["newest block"]["level"], found["clock"]["level"]) == ("ok", "problem")
    local_chain.travel(500)
    assert examined(healthy)["clock"]["level"] == "warning"


def test_code_that_is_not_the_books(
    healthy: Person, deployed: Book, deployments: Path, tmp_path: Path
) -> None:
    entries = dict(deployed.contracts)
    entries["Market"], entries["Authority"] = (
        type(entries["Market"])(**{**vars(entries[name]), "code_hash": b"\x01" * 32})
        for name in ("Market", "Authority")
    )
    book.save(Book(deployed.chain_id, entries), tmp_path / "books")
    healthy.settings["DAIMM_DEPLOYMENTS"] = str(tmp_path / "books")
    assert "has other code" in examined(healthy)["contracts"]["says"]


def test_no_token_of_the_node_is_shown(healthy: Person, local_chain: LocalChain) -> None:
    with Proxy(local_chain.url) as proxy:
        healthy.settings["TOKEN_RPC"] = proxy.url
        with_token(healthy)
        for drop in (0, 1000):
            proxy.drop = drop
            ran = healthy.type("doctor")
            assert "127.0.0.1" in ran.out
            assert "secret" not in ran.out.replace("secret files", "").replace("daimm secrets", "")
            assert "token?" not in ran.out + ran.err
    assert "read the node's token" in ran.out


def fails(_patient: Patient) -> Said:
    raise RuntimeError("with a secret in it")


def test_a_check_that_hangs_or_breaks_is_a_finding_like_others() -> None:
    never = threading.Event()

    def hangs(_patient: Patient) -> Said:
        never.wait()
        return ok("woken")

    checks = [
        Check("hangs", hangs, seconds=0.05),
        Check("breaks", fails),
        Check("needs it", lambda _: ok("never run"), ("hangs",)),
        Check("needs that", lambda _: ok("never run"), ("needs it",)),
        Check("last", lambda _: ok("well\x1b[31m")),
    ]
    found = list(examine(Patient(Context()), checks))
    never.set()
    assert [each.level for each in found] == [
        Level.PROBLEM, Level.PROBLEM, Level.SKIPPED, Level.SKIPPED, Level.OK
    ]  # fmt: skip
    assert found[-1].says == "well"
    assert "RuntimeError" in found[1].says
    assert "secret" not in "".join(each.says for each in found)


def test_nothing_is_changed(healthy: Person) -> None:
    shutil.rmtree(healthy.home / "store", ignore_errors=True)
    before = healthy.files
    examined(healthy)
    assert healthy.files == before
    assert not (healthy.home / "store").exists()
