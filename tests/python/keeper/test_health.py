"""What a keeper tells people, Prometheus and supervisors."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.chain.answers import Receipt
from daimm_cli.keeper import health as module
from daimm_cli.keeper import settings
from daimm_cli.keeper.entries import Attempt, Outcome
from daimm_cli.keeper.health import Health, serving
from tests.python.keeper.conftest import World


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def value(text: str, name: str) -> float:
    (line,) = [line for line in text.splitlines() if line.startswith(name + " ")]
    return float(line.split()[-1])


def test_the_page_names_the_metrics_that_there_are() -> None:
    page = Path("docs/keeper.md").read_text()
    table = page.partition("| Metric, after `daimm_keeper_` | |")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ")]
    named = set(re.findall(r"`([a-z_]+)", "".join(cells)))
    there = set()
    for metric in Health(lambda _: None).registry.collect():
        name = metric.name.removeprefix("daimm_keeper_")
        there.add(f"{name}_total" if metric.type == "counter" else name)
    assert named == there
    alerts = re.findall(r"`(?:daimm_keeper_)?([a-z_]+)", page.partition("Alert on")[2][:300])
    assert set(alerts[:3]) <= there


def test_counters_count_what_is_final(world: World) -> None:
    lines: list[str] = []
    health = Health(lines.append)
    placed = world.buy(world.offer())
    world.mine()
    keeper = world.keeper(observer=health)
    with serving(health, "127.0.0.1:0") as url:
        keeper.tick()
        before = get(f"{url}/metrics")[1]
        assert value(before, "daimm_keeper_sent_total") == 1
        assert 'daimm_keeper_done_total{kind="deliver"}' not in before
        assert value(before, "daimm_keeper_outbox") == 1
        world.mine(2)
        keeper.tick()
        after = get(f"{url}/metrics")[1]
        assert value(after, 'daimm_keeper_done_total{kind="deliver"}') == 1
        assert value(after, "daimm_keeper_outbox") == 0
        assert value(after, "daimm_keeper_orders_waiting") == 0
        assert value(after, "daimm_keeper_gas_spent_wei_total") > 0
        balance = world.chain.node.ether(world.keeper_account.address)
        assert value(after, "daimm_keeper_balance_wei") == pytest.approx(balance)
        assert get(f"{url}/healthz") == (200, "ok\n")
        assert get(f"{url}/secrets")[0] == 404
    assert any(f"Delivered 0x{placed.order_id.hex()}, final in block" in line for line in lines)
    with pytest.raises(urllib.error.URLError):
        get(f"{url}/healthz")


def test_what_reverted_cost_gas_and_did_nothing() -> None:
    health = Health(lambda _line: None)
    attempt = Attempt(("deliver 0x12",), "deliver the key", 0, {"gasPrice": 1}, b"raw")
    health.outcome(Outcome("final", 3, attempt, Receipt(b"", 7, False, 21_000, 42_000)))
    text = _metrics(health).decode()
    assert value(text, "daimm_keeper_gas_spent_wei_total") == 42_000
    assert "daimm_keeper_done_total{" not in text


def test_a_seller_who_never_sold_is_doubted_once(world: World) -> None:
    lines: list[str] = []
    keeper = world.keeper(observer=Health(lines.append))
    for _ in range(3):
        keeper.tick()
    assert [line for line in lines if "set `seller`" in line] == lines
    assert len(lines) == 1
    world.offer()
    lines.clear()
    world.keeper(observer=Health(lines.append)).tick()
    assert lines == []


def test_overdue_orders_are_no_health(world: World) -> None:
    health = Health(lambda _line: None)
    world.buy(world.offer())
    world.local.travel(3601)
    world.by_hand()
    with serving(health, "127.0.0.1:0") as url:
        world.keeper(observer=health).tick()
        assert get(f"{url}/healthz") == (503, "1 orders are past their delivery time\n")


def test_a_keeper_that_cannot_look_is_no_healthy_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    health = Health(lambda _line: None)
    assert health.ill() == "no tick has ended well yet: it has just started"
    health.failed(OutsideFailed("Cannot reach the node."))
    assert health.ill() == "no tick has ended well yet: Cannot reach the node."
    world.keeper(observer=health).tick()
    assert health.ill() is None
    health.failed(OutsideFailed("The node is busy."))
    assert health.ill() is None
    monkeypatch.setattr(module, "STALE", -1.0)
    assert re.fullmatch(r"no tick has .* for 0 seconds: The node is busy.", health.ill() or "")


def test_the_same_trouble_is_told_once() -> None:
    lines: list[str] = []
    health = Health(lines.append)
    for _ in range(5):
        health.failed(OutsideFailed("Cannot reach the node."))
        health.held("deliver 0x12", DaimmError("Too dear."))
    assert len(lines) == 2
    assert b"errors_total 5.0" in _metrics(health)


def _metrics(health: Health) -> bytes:
    from prometheus_client import generate_latest

    return generate_latest(health.registry)


def test_an_address_in_use_is_told(world: World) -> None:
    del world
    health = Health(lambda _line: None)
    with (
        serving(health, "127.0.0.1:0") as url,
        pytest.raises(DaimmError, match="Cannot listen"),
        serving(health, url.removeprefix("http://")),
    ):
        pass
    for wrong in ("nowhere", "127.0.0.1:99999", "127.0.0.1:x"):
        with pytest.raises(DaimmError, match="Cannot listen"), serving(health, wrong):
            pass


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"batch": 0}, "'batch'"),
        ({"finality": "soon"}, '\'finality\' must be a number of blocks, "safe" or "finalized".'),
        ({"batch": "many"}, "'batch' must be a whole number."),
        ({"seller": "0x12"}, "seller"),
        ({"poll": "often"}, "'poll'"),
        ({"pol": 1}, "'pol'"),
        ({"max_gas_price": -1}, "'max_gas_price'"),
        ({"ether_per_token": {"AIM": "much"}}, "'ether_per_token.AIM'"),
        ({"withdraw": 5}, "'withdraw'"),
    ],
)
def test_wrong_settings_are_named(table: dict[str, Any], said: str) -> None:
    with pytest.raises(DaimmError, match="keeper's se") as caught:
        settings.load(table, {})
    assert said in caught.value.message


def test_the_environment_wins() -> None:
    found = settings.load({"finality": 5, "poll": 1}, {"DAIMM_KEEPER_FINALITY": "finalized"})
    assert (found.finality, found.poll) == ("finalized", 1.0)
    assert settings.load({}, {"DAIMM_KEEPER_FINALITY": "7"}).finality == 7


def test_times_are_written_as_everywhere() -> None:
    found = settings.load({"patience": "2m", "timeout": "5s"}, {"DAIMM_KEEPER_POLL": "1m"})
    assert (found.patience, found.timeout, found.poll) == (120, 5.0, 60.0)


def test_a_relays_address_is_not_shown() -> None:
    found = settings.load({"submit": "https://relay.example/hidden"}, {})
    assert "hidden" not in repr(found)
    with pytest.raises(DaimmError) as caught:
        settings.load({"submit": ["https://relay.example/hidden"]}, {})
    assert "hidden" not in caught.value.message
