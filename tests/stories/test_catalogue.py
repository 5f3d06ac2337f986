"""Finding a model among many, through the command line, as docs/catalogue.md has it."""

from __future__ import annotations

import re
import resource
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from daimm_cli.chain.client import Chain
from daimm_cli.market import names
from daimm_cli.store.local import LocalStore
from tests.python.cli.conftest import Person, write_model
from tests.python.index.many import FIRST, fill
from tests.python.store.servers import Answer, serving

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "catalogue.md"

CARD = """---
license: {license}
pipeline_tag: {task}
tags: [{tag}]
---
# {name}

{text}
"""


def publish(seller: Person, folder: Path, name: str, *, price: str, **card: str) -> dict[str, Any]:
    model = write_model(folder / f"{name.split()[-1]}.safetensors", 4096)
    page = folder / "card.md"
    said = {"license": "mit", "task": "image-classification", "tag": "tiny", "text": "Nothing."}
    page.write_text(CARD.format(name=name, **{**said, **card}))
    made: dict[str, Any] = seller.json(
        *("model", "publish", model, "--card", page, "--price", price, "--yes")
    )
    return made


@pytest.fixture
def published(seller: Person, tmp_path: Path) -> list[dict[str, Any]]:
    return [
        publish(seller, tmp_path, "Magika files", price="12", text="It tells file types apart."),
        publish(seller, tmp_path, "Whisper", price="3", task="speech", license="apache-2.0"),
        publish(seller, tmp_path, "Café vision", price="7", tag="file", text="It sees types."),
    ]


def listed(person: Person, *words: object) -> list[int]:
    return [entry["model"] for entry in person.json("model", "list", *words)]


def test_the_commands_of_the_page_work_as_written(
    buyer: Person, published: list[dict[str, Any]]
) -> None:
    lines = re.findall(r"^buyer\$ daimm (.*)$", PAGE.read_text(), re.MULTILINE)
    assert len(lines) == 8
    for line in lines[::-1]:
        assert buyer(*shlex.split(line)).status == 0


def test_models_are_fetched_searched_filtered_and_sorted(
    seller: Person, buyer: Person, published: list[dict[str, Any]]
) -> None:
    assert listed(buyer) == [3, 2, 1]
    told = buyer("model", "list")
    assert "No name is known here for 3 models: `daimm index names`" in told.err
    assert listed(buyer, "--search", "file") == []

    assert buyer.json("index", "names") == {"known": 3, "failed": 0, "left": 0, "missing": []}
    assert not LocalStore(buyer.home / "store").names(), "names are no reason to keep files"
    told = buyer("model", "list")
    assert "index names" not in told.err
    assert re.search(r"Magika files\tMIT\t4.1 KiB\t1\t12 AIM", told.out)
    assert listed(buyer, "--search", "file types") == [1, 3]
    assert listed(buyer, "--search", "CAFE vis") == [3]
    assert listed(buyer, "--search", '"file') == [1, 3]
    assert listed(buyer, "--license", "apache-2.0") == [2]
    assert listed(buyer, "--task", "speech", "--format", "safetensors") == [2]
    assert listed(buyer, "--format", "onnx") == []
    assert listed(buyer, "--max-price", "7", "--sort", "price") == [2, 3]
    assert listed(buyer, "--sort", "price") == [2, 3, 1]
    assert listed(buyer, "--sort", "name") == [3, 1, 2]
    assert listed(buyer, "--max-size", "4KiB") == []
    assert listed(buyer, "--max-size", "5 kb", "--seller", seller.account.address) == [3, 2, 1]
    assert listed(buyer, "--seller", buyer.account.address) == []
    assert listed(buyer, "--limit", 2, "--page", 2) == [1]
    assert (
        "3 to 3 of 3 models: --page 1 to 2" in buyer("model", "list", "--limit", 2, "--page", 2).err
    )
    entry = buyer.json("model", "list", "--search", "magika")[0]
    assert (entry["task"], entry["formats"]) == ("image-classification", "safetensors")


def test_the_standing_is_earned_by_delivering(
    seller: Person, buyer: Person, published: list[dict[str, Any]]
) -> None:
    assert listed(buyer, "--standing", "new") == [3, 2, 1]
    bought = buyer.json("buy", published[1]["offer"], "--yes")["orders"][0]
    seller("order", "deliver", bought["order"], "--yes")
    seller("model", "retire", 3, 1, "--yes")
    assert listed(buyer, "--standing", "good", "--sort", "sales") == [2, 1]
    assert listed(buyer, "--standing", "retired") == [3]
    assert listed(buyer, "--max-price", "100") == [2, 1]


def test_the_list_has_names_fetched_behind_its_back_by_one_process(
    buyer: Person, published: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer.settings["DAIMM_CARDS"] = "1"
    begun: list[subprocess.Popen[bytes]] = []
    popen: Any = subprocess.Popen

    def started(*words: Any, **how: Any) -> subprocess.Popen[bytes]:
        begun.append(popen(*words, cwd=ROOT, **how))
        return begun[-1]

    monkeypatch.setattr(subprocess, "Popen", started)
    assert "are being fetched" in buyer("model", "list").err
    assert [process.wait(60) for process in begun] == [0]
    assert "index names" not in buyer("model", "list").err
    assert listed(buyer, "--search", "whisper") == [2]
    assert len(begun) == 1


def test_only_one_fetches_at_a_time(
    buyer: Person, published: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = type("Config", (), {"ensure_home": lambda _: buyer.home})()
    monkeypatch.setattr(subprocess, "Popen", None)  # whoever begins one falls over it
    buyer.settings["DAIMM_CARDS"] = "1"
    with names.alone(type("Session", (), {"config": home})()):
        assert "are being fetched" in buyer("model", "list").err
        assert "by another command" in buyer.refused("index", "names")


def test_what_a_source_lies_about_or_lacks_is_said(
    seller: Person, buyer: Person, published: list[dict[str, Any]]
) -> None:
    wrong = f"/ipfs/{published[0]['manifest']}"

    def gateway(ask: Answer) -> None:
        right = seller.home / "store" / "files" / ask.route.rpartition("/")[2]
        if ask.route == wrong:
            return ask.reply(b"{}", kind="application/vnd.ipld.raw")
        if ask.route.endswith(published[1]["manifest"]):
            return ask.reply(b"not here", 404, "text/plain")
        return ask.reply(right.read_bytes(), kind="application/vnd.ipld.raw")

    with serving(gateway) as server:
        (buyer.home / "config.toml").write_text(f'[storage]\ngateways = ["{server.url}"]\n')
        told = buyer.json("index", "names")
        again = buyer.json("index", "names", "--due")
    assert (told["known"], told["failed"]) == (1, 2)
    problems = {row["model"]: row["problem"] for row in told["missing"]}
    assert "is not what" in problems[1] or "not match" in problems[1], problems
    assert "not in the local store, nor in any source" in problems[2]
    assert (again["known"], again["failed"], len(again["missing"])) == (0, 0, 2)
    entries = {entry["model"]: entry for entry in buyer.json("model", "list")}
    assert entries[3]["name"] == "Café vision"
    assert entries[1]["name"] is None
    assert entries[1]["problem"] == problems[1]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (("--search", "!!"), "search for words"),
        (("--sort", "best"), "must be one of newest"),
        (("--standing", "fine"), "must be one of good"),
        (("--max-size", "big"), "is not a size"),
        (("--max-price", "cheap"), "is not an amount"),
        (("--seller", "bob"), "is not an address"),
        (("--page", "0"), "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_asked_says_what_to_do(
    buyer: Person, typed: tuple[str, ...], says: str
) -> None:
    assert says in buyer.refused("model", "list", *typed)


def test_ten_thousand_models_are_listed_and_searched_quickly(
    buyer: Person, published: list[dict[str, Any]], chain: Chain
) -> None:
    def work(*words: str) -> float:
        command = [sys.executable, "-m", "daimm_cli", "model", "list", *words]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        environment = {**buyer.settings, "PATH": ""}
        subprocess.run(command, check=True, capture_output=True, env=environment, cwd=ROOT)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    buyer("index", "names")
    few = min(work() for _ in range(5))
    (file,) = buyer.home.glob("index-*.sqlite")
    fill(file, 10_000, aim=chain.aim)
    assert listed(buyer, "--limit", 3) == [FIRST + 9_999, FIRST + 9_998, FIRST + 9_997]
    for words in ((), ("--search", "fox"), ("--sort", "price"), ("--standing", "good")):
        took = min(work(*words) for _ in range(5))
        print(f"{took:.2f} s ({few:.2f} s with 3): model list {shlex.join(words)}")  # noqa: T201
        assert took < few + 0.3
