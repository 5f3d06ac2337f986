"""The committed figures are what the contracts take now, all of them under their ceilings."""

from __future__ import annotations

import json
import re

import pytest
from eth_account.signers.local import LocalAccount

from bench import cost, gas, governance
from bench.cost import Cost
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.chain.client import Chain
from tools.chain import ROOT, web3_of

Measured = tuple[dict[str, Cost], dict[str, Cost]]


@pytest.fixture(scope="module")
def measured() -> Measured:
    return gas.run()


def test_committed_costs_are_measured_costs_and_under_their_ceilings(measured: Measured) -> None:
    assert json.loads(gas.RESULTS.read_text()) == gas.results(*measured)
    assert gas.problems(*measured) == []


def test_documents_show_the_committed_costs(measured: Measured) -> None:
    few, many = measured
    page = (ROOT / "docs" / "gas.md").read_text()
    assert "\n".join(gas.table(few)) in page
    grows = max(many[name].gas - few[name].gas for name in few)
    assert f"({grows} at most)" in page

    readme = (ROOT / "README.md").read_text().split("## What it costs", 1)[1]
    figures = re.findall(r"^\| [^|]+ \| ([\d,]+)(?: / ([\d,]+))? \|", readme, re.MULTILINE)
    shown = [figure for row in figures for figure in row if figure]
    names = ("list", "buy_new", "buy_repeat", "deliver_and_pay", "deal_total", "content_proof")
    assert shown == [f"{few[name].gas:,}" for name in names]


def test_the_page_shows_what_governing_costs_beside_the_bare_governor() -> None:
    found = governance.run()
    assert json.loads(governance.RESULTS.read_text()) == governance.results(found)
    assert governance.problems(found) == []
    assert found["daimm"]["vote"].gas < found["openzeppelin"]["vote"].gas
    assert "\n".join(governance.rows(found)) in (ROOT / "docs" / "gas.md").read_text()


def test_a_transfer_is_told_as_slots_and_bytes(chain: Chain, accounts: list[LocalAccount]) -> None:
    """To somebody who had nothing, all of it back, and between two who have some."""
    rich, poor = accounts[:2]

    def transfer(sender: LocalAccount, to: LocalAccount, amount: int) -> Cost:
        sent = chain.node.send(ERC20(chain.aim).transfer(to.address, amount), sender)
        found = cost.of(web3_of(chain.node), sent.hash)
        assert found.gas == sent.gas_used
        assert (found.calldata_bytes, found.log_bytes) == (4 + 2 * 32, 3 * 32 + 32)
        return found

    first = transfer(rich, poor, 5)
    assert (first.new_slots, first.changed_slots) == (1, 1)
    assert first.repriced == first.gas + (110_020 - 22_100) + (12_100 - 5_000)
    more = transfer(rich, poor, 5)
    assert (more.new_slots, more.changed_slots) == (0, 2)
    emptied = transfer(poor, rich, 10)
    assert (emptied.new_slots, emptied.changed_slots) == (0, 2)
    assert first + more - more == first
