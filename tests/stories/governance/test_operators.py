"""What an operator may not do alone is proposed as their command wrote it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from eth_account.signers.local import LocalAccount

from daimm_cli.chain.client import Chain
from scripts._params import Params
from scripts.deploy import deploy
from tests.python.cli.conftest import AIM, Person
from tests.stories.governance.conftest import Assembly


def test_an_operators_command_becomes_a_vote_and_then_so(
    dao: Assembly, chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    voter = dao.voter
    shown = voter.json("admin", "show")
    timelock = chain.book.address("Timelock")
    holders = {row["power"]: row["who"] for row in shown["powers"]}
    assert holders["set token"] == f"Timelock {timelock} (at once)"
    assert timelock not in holders["stop"]
    terms = ("--fee", "0.5", "--delivery-cap", "3")
    file = voter.json("admin", "allow-token", "AIM", *terms)["proposal"]
    proposal = voter.json("dao", "propose", file, "--yes")["proposal"]
    assert "0.5% of a sale" in voter("dao", "show", proposal).out
    dao.accept(proposal)
    assert chain.policy(chain.aim) != (True, 50, 3 * AIM)
    voter("dao", "execute", proposal, "--yes")
    assert chain.policy(chain.aim) == (True, 50, 3 * AIM)


def test_a_market_is_replaced_by_one_vote(
    dao: Assembly,
    seller: Person,
    buyer: Person,
    chain: Chain,
    accounts: list[LocalAccount],
    params: Params,
    deployments: Path,
    model_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever deploys the new market has no power over it, nor over the old one."""
    monkeypatch.chdir(tmp_path)
    terms = ("--license", "MIT", "--price", 10, "--deliver-within", "30d", "--yes")
    offer = seller.json("model", "publish", model_file, *terms)["offer"]
    order = buyer.json("buy", offer, "--yes")["orders"][0]["order"]

    folder = tmp_path / "deployments"
    shutil.copytree(deployments, folder)
    for who in (dao.voter, seller, buyer):
        who.settings["DAIMM_DEPLOYMENTS"] = str(folder)
    book = deploy(chain.node, accounts[7], params, folder=folder, replace="Market")
    told = seller.refused("offer", "carry", "--yes", status=3)
    assert "issues no licences yet" in told
    dao.voter("admin", "remove-issuer", chain.market, "--output", "old.yaml")
    file = folder / f"{chain.node.chain_id}.proposal.yaml"
    both = [yaml.safe_load(path.read_text()) for path in (file, Path("old.yaml"))]
    dao.voter("admin", "resume", "--market", "former", "--output", "former.yaml")
    (call,) = yaml.safe_load(Path("former.yaml").read_text())["calls"]
    assert (call["target"], call["as"]) == (chain.market, "Market")
    told = dao.voter.json("dao", "propose", file, "--check", "--market", "former")
    assert all(call["target"] != chain.market for call in told["calls"])
    proposal = dao.propose(*both[0]["calls"], *both[1]["calls"])
    dao.accept(proposal)
    dao.voter("dao", "execute", proposal, "--yes")

    issuers = {row["issuer"]: row["issues"] for row in dao.voter.json("admin", "show")["issuers"]}
    assert issuers == {chain.market: False, book.address("Market"): True}
    assert chain.at(book).policy(chain.aim) == chain.policy(chain.aim)
    (carried,) = seller.json("offer", "carry", "--yes")["carried"]
    seller("order", "deliver", order, "--market", "former", "--yes")
    order = buyer.json("buy", carried["offer"], "--yes")["orders"][0]["order"]
    seller("order", "deliver", order, "--yes")
    seller("withdraw", "--yes")
    seller("withdraw", "--market", "former", "--yes")
    assert chain.balance(chain.aim, seller.account.address) == 2 * 99 * AIM // 10
