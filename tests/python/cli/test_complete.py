"""What a shell completes of one's own: at once, from this machine alone, never an error."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.python.cli.conftest import Person
from tools.abis import ROOT

SECONDS = 0.2


def completed(person: Person, typed: str, *, code: str = "") -> list[str]:
    """What bash is offered for the last word. No chain can be reached from there."""
    words = typed.split(" ")
    settings = {**person.settings, "DAIMM_RPC": "http://127.0.0.1:1", "PATH": ""}
    settings |= {"_DAIMM_COMPLETE": "complete_bash", "COMP_WORDS": typed}
    settings["COMP_CWORD"] = str(len(words) - 1)
    run = f"from daimm_cli.cli.main import run\ntry: run([])\nfinally: {code or 'pass'}"
    ran = subprocess.run(
        [sys.executable, "-c", run], env=settings, cwd=ROOT, capture_output=True, text=True
    )
    assert ran.stderr == ""
    return ran.stdout.split("\n")[:-1] if ran.stdout.endswith("\n") else ran.stdout.split("\n")


@pytest.fixture
def order(seller: Person, buyer: Person, model_file: Path) -> dict[str, str]:
    publish = ("model", "publish", model_file, "--license", "MIT", "--price", "10", "--yes")
    made = seller.json(*publish)
    bought = buyer.json("buy", made["offer"], "--yes")["orders"][0]
    for person in (seller, buyer):
        person("order", "list")
    return {"offer": made["offer"], **bought}


def test_ids_are_completed_from_the_index(
    seller: Person, buyer: Person, person: Callable[..., Person], order: dict[str, str]
) -> None:
    assert completed(buyer, "daimm buy ") == [order["offer"]]
    assert completed(buyer, f"daimm quote {order['offer'][:6]}") == [order["offer"]]
    assert completed(buyer, "daimm quote 0xzz") == [""]
    assert completed(seller, "daimm model retire ") == ["1"]
    for who in (seller, buyer):
        assert completed(who, "daimm order show 0x") == [order["order"]]
    assert completed(buyer, "daimm license fetch 0x") == [order["license"]]
    assert completed(seller, "daimm license fetch 0x") == [""]
    stranger = person("stranger", 4)
    stranger("model", "list")
    assert completed(stranger, "daimm order show ") == [""]
    assert completed(stranger, "daimm offer show ") == [order["offer"]]
    assert completed(stranger, f"daimm --home {buyer.home} license show ") == [""], "not theirs"
    seller("offer", "close", order["offer"], "--yes")
    seller("offer", "list")  # reads that it is closed
    assert completed(seller, "daimm offer close ") == [""]


def test_accounts_and_profiles_are_completed(seller: Person) -> None:
    (seller.home / "config.toml").write_text(
        '[profiles.local]\n[profiles.main]\nrpc = "http://a"\n'
    )
    assert completed(seller, "daimm balance --account ") == ["seller"]
    assert completed(seller, "daimm balance --account x") == [""]
    assert completed(seller, "daimm --profile ") == ["local", "main"]
    assert completed(seller, "daimm order list --profile m") == ["main"]


@pytest.mark.parametrize("broken", ["nothing", "no index", "a folder", "settings"])
def test_what_is_broken_completes_nothing(
    seller: Person, order: dict[str, str], broken: str
) -> None:
    (file,) = seller.home.glob("index-*.sqlite")
    if broken == "nothing":
        file.unlink()
    elif broken == "no index":
        file.write_bytes(os.urandom(5000))
    elif broken == "a folder":
        file.unlink()
        file.mkdir()
    else:
        (seller.home / "config.toml").write_text("profile = ")
    assert completed(seller, "daimm order show ") == [""]
    assert completed(seller, "daimm buy ") == [""]


@pytest.mark.parametrize("typed", ["buy ", "order show ", "license fetch ", "offer close "])
def test_it_takes_little_and_imports_nothing_heavy(
    seller: Person, order: dict[str, str], typed: str
) -> None:
    heavy = "{'web3', 'eth_account', 'eth_abi', 'pydantic', 'rich', 'requests', 'urllib3', 'yaml'}"
    code = f"import sys; print(*{heavy} & {{*sys.modules}}, file=sys.stderr, end='')"
    assert completed(seller, f"daimm {typed}", code=code)

    def work() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        completed(seller, f"daimm {typed}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    assert min(work() for _ in range(5)) < SECONDS
