"""`daimm keeper run`, as a process of its own and once over."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from daimm_cli.base.settings import keys
from daimm_cli.chain.client import Chain
from daimm_cli.keeper.settings import Settings
from tests.python.cli.conftest import AIM, Person
from tests.python.keeper.test_health import get, value
from tools.chain import ROOT, LocalChain
from tools.faults import FaultyNode


@pytest.fixture
def published(seller: Person, model_file: Path, card_file: Path) -> Person:
    seller("model", "publish", model_file, "--card", card_file, "--price", "10", "--yes")
    return seller


def ordered(buyer: Person) -> str:
    """The id of an order of the only offer there is."""
    (offer,) = buyer.json("offer", "list", "--model", "1")
    return str(buyer.json("buy", offer["offer"], "--yes")["orders"][0]["order"])


def test_a_keeper_with_an_account_of_its_own(
    published: Person,
    buyer: Person,
    person: Callable[..., Person],
    chain: Chain,
    local_chain: LocalChain,
) -> None:
    """It has a copy of the seller's seed, and no rights: the seller is paid, it earns the fee."""
    keeper = person("keeper", 4, source=published)
    (keeper.home / "seed.json").write_bytes((published.home / "seed.json").read_bytes())
    with (keeper.home / "config.toml").open("a") as file:
        file.write(f'[keeper]\nseller = "{published.account.address}"\n')
    order = ordered(buyer)
    local_chain.mine()
    told = keeper("keeper", "run", "--once").err
    assert f"Serving the offers of {published.account.address}" in told
    assert f"deliver {order}" in told
    assert chain.credit(published.account.address, chain.aim) > 9 * AIM
    assert buyer.json("order", "show", order)["state"] == "settled"
    for path in (keeper.home / "keeper").rglob("*.json"):
        assert path.stat().st_mode & 0o077 == 0


def test_a_wrong_seed_delivers_nothing_and_says_so(
    published: Person, buyer: Person, person: Callable[..., Person], local_chain: LocalChain
) -> None:
    keeper = person("keeper", 4, source=published)
    with (keeper.home / "config.toml").open("a") as file:
        file.write(f'[keeper]\nseller = "{published.account.address}"\n')
    order = ordered(buyer)
    local_chain.mine()
    assert "restore the seed" in keeper("keeper", "run", "--once").err
    assert buyer.json("order", "show", order)["state"] == "pending"


def test_bad_settings_are_one_sentence(published: Person) -> None:
    (published.home / "config.toml").write_text("[keeper]\nbatch = 0\n")
    assert "batch" in published.refused("keeper", "run", "--once")
    (published.home / "config.toml").write_text("keeper = 3\n")
    assert "'keeper' must be a table" in published.refused("keeper", "run", "--once")
    (published.home / "config.toml").write_text('[keeper]\nseller = "me"\n')
    assert "seller" in published.refused("keeper", "run", "--once")


def test_the_page_is_at_hand_without_the_repository(seller: Person) -> None:
    page = seller("keeper", "guide").out
    assert page.strip() == (ROOT / "docs" / "keeper.md").read_text().strip()
    assert all(name in seller("config", "show").out for name in keys(Settings))


class Running:
    """A keeper's process and what it has said."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []

    def until(self, pattern: str) -> str:
        """Read on to the line with this; the test fails where the process ends before."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if re.search(pattern, line):
                return line
        raise AssertionError(self.lines)


@pytest.fixture
def start(
    published: Person, local_chain: LocalChain, deployments: Path, tmp_path: Path
) -> Iterator[Callable[..., Running]]:
    started: list[subprocess.Popen[str]] = []

    def run(**more: str) -> Running:
        environment = os.environ | {
            "DAIMM_HOME": str(published.home),
            "DAIMM_ACCOUNTS": str(published.home / "accounts"),
            "DAIMM_RPC": local_chain.url,
            "DAIMM_DEPLOYMENTS": str(deployments),
            "DAIMM_PASSWORD_FILE": str(tmp_path / "password"),
            "DAIMM_KEEPER_LISTEN": "127.0.0.1:0",
            "DAIMM_KEEPER_POLL": "0.05",
            "PYTHONPATH": str(ROOT),
            **more,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "daimm_cli", "keeper", "run"],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        watchdog = threading.Timer(60, process.kill)
        watchdog.daemon = True
        watchdog.start()
        return Running(process)

    yield run
    for process in started:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


def test_a_process_serves_until_it_is_told_to_stop(
    start: Callable[..., Running], buyer: Person
) -> None:
    running = start()
    running.until("Health and metrics at http://127")
    order = ordered(buyer)
    running.until(f"Delivered {order}, final")
    running.process.send_signal(signal.SIGTERM)
    running.until("Stopped")
    assert running.process.wait(20) == 0
    assert buyer.json("order", "show", order)["state"] == "settled"


def test_one_keeper_at_a_time_in_a_home(start: Callable[..., Running], published: Person) -> None:
    running = start()
    running.until("Serving the offers")
    assert "runs already" in published.refused("keeper", "run", "--once")
    running.process.kill()
    running.process.wait()
    published("keeper", "run", "--once")


def test_it_says_what_is_wrong_while_the_node_is_down_from_the_start(
    start: Callable[..., Running], local_chain: LocalChain
) -> None:
    with FaultyNode(local_chain.url) as node:
        node.down = True
        running = start(DAIMM_RPC=node.url)
        (url,) = re.findall(r"http://\S+/healthz", running.until("Health and metrics at"))
        line = running.until("Trying again: The node at .* broke the connection off")
        assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d Trying again", line)
        status, reason = get(url)
        assert (status, reason[:33]) == (503, "no tick has ended well yet: The n")
        assert value(get(url.replace("healthz", "metrics"))[1], "daimm_keeper_errors_total") >= 1
        node.clear()
        running.until("Serving the offers")
    running.process.send_signal(signal.SIGTERM)
    running.until("Stopped")
    assert running.process.wait(20) == 0


def test_no_answer_of_a_node_ends_it(
    start: Callable[..., Running], local_chain: LocalChain, buyer: Person
) -> None:
    """Not even one that there are no contracts, which would end a command."""
    order = ordered(buyer)
    with FaultyNode(local_chain.url) as node:
        node.next("void", "null", "nonsense", "void")
        running = start(DAIMM_RPC=node.url)
        running.until("Trying again")
        running.until("Serving the offers")
        node.bad = 0.05
        local_chain.mine(2)
        running.until(f"Delivered {order}, final")
    running.process.send_signal(signal.SIGTERM)
    running.until("Stopped")
    assert running.process.wait(20) == 0
