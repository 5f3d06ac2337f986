"""Rates and budget of rebates by one vote, as docs/rebates.md has it, and what comes of it."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from eth_account.signers.local import LocalAccount

from daimm_cli.chain.client import Chain
from tests.python.cli.conftest import AIM, Person
from tests.stories.governance.conftest import Assembly

PAGE = Path(__file__).resolve().parents[3] / "docs" / "rebates.md"


def test_a_vote_fills_the_budget_sets_rates_and_both_sides_claim(
    dao: Assembly,
    seller: Person,
    buyer: Person,
    chain: Chain,
    accounts: list[LocalAccount],
    model_file: Path,
) -> None:
    rebates, timelock = chain.deployed.rebates, chain.book.address("Timelock")
    budget = chain.node.view(rebates.budget())
    chain.node.send(chain.deployed.aim.transfer(timelock, 100_000 * AIM), accounts[0])
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    fill, rates = yaml.safe_load(text)["calls"]
    over = {**rates, "arguments": {"rates": {**rates["arguments"]["rates"], "buyer": 5_501}}}
    told = dao.voter.refused("dao", "propose", dao.file(fill, over), "--yes", status=3)
    assert "80%" in told

    shown = dao.voter("dao", "propose", dao.file(rates), "--check").err
    assert re.search(r"rates frequent +1500 \(15%\)", shown)
    assert re.search(r"rates frequent at +50000000000000000000 \(50 AIM\)", shown)
    assert "rates (buyer 1000, payee 1000, early 0, frequent 1500, " in shown
    dao.carry(fill, rates)
    assert chain.node.view(rebates.budget()) == budget + 100_000 * AIM
    assert chain.node.view(rebates.rates()).frequent == 1_500
    made = seller.json("model", "publish", model_file, "--license", "MIT", "--price", 10, "--yes")
    order = buyer.json("buy", made["offer"], "--yes")["orders"][0]["order"]
    seller("order", "deliver", order, "--yes")
    (claimed,) = seller.json("rebate", "claim", "--yes")["claimed"]
    fee = int(claimed["protocol_fee"])
    assert fee > 0
    assert int(claimed["to_payee"]) == fee // 10
    assert fee // 10 < int(claimed["to_buyer"]) < fee // 4
