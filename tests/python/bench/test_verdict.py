"""The soak's second account of deals and key requests: right to the wei, and it notices one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eth_account.signers.local import LocalAccount

from bench.verdict_books import LEDGERS, adrift
from bench.verdict_deals import Judged, Told, judge_deals
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.chain.client import Chain
from tests.python.cli.conftest import AIM, Person, buyer, model_file, person, seller
from tools.chain import LocalChain

__all__ = ["buyer", "model_file", "person", "seller"]

DAY = 86_400


def test_every_wei_of_a_rental_and_a_sale_has_its_place(
    *,
    seller: Person,
    buyer: Person,
    person: Callable[..., Person],
    model_file: Path,
    chain: Chain,
    local_chain: LocalChain,
    accounts: list[LocalAccount],
) -> None:
    holder = person("holder", 3, money=100 * AIM, source=seller)
    typed = ("--license", "MIT", "--price", "5", "--yes")
    offer = seller.json("model", "publish", model_file, *typed)["offer"]
    bought = holder.json("buy", offer, "--yes")["orders"][0]
    seller("order", "deliver", bought["order"], "--yes")
    terms = ("--per-day", "1.000000000000000007", "--min", "1d", "--max", "9d", "--deposit", "3")
    letting = holder.json("rent", "offer", bought["license"], *terms, "--yes")["listing"]
    rental = buyer.json("rent", "take", letting, "--for", "5d", "--yes")["deal"]
    seller("rent", "deliver", rental, "--yes")
    local_chain.travel(2 * DAY + 1)
    holder("rent", "collect", "--yes")
    buyer("rent", "extend", rental, "--by", "1d", "--yes")
    buyer("rent", "end", rental, "--yes")
    local_chain.travel(DAY)
    holder("rent", "collect", "--yes")
    holder("rent", "close", letting, "--yes")
    sale = holder.json("license", "sell", bought["license"], "--price", "7", "--yes")["listing"]
    deal = buyer.json("license", "take", sale, "--yes")["deal"]
    waiting = _judged(chain)
    assert (waiting.lost, waiting.counts["sold_on"]) == (1, 0)
    assert _adrift(chain) > 0  # what is in escrow is not yet anybody's
    seller("license", "give", deal, "--yes")
    holder("withdraw", "--yes")

    judged = _judged(chain)
    assert (judged.lost, judged.doubled, judged.missed) == (0, 0, set())
    names = ("rented", "extended", "ended", "closed", "sold_on", "taken_back")
    assert [judged.counts[name] for name in names] == [1, 1, 1, 1, 1, 0]
    assert judged.counts["collected"] > 0
    assert _adrift(chain) == 0
    one = ERC20(chain.aim).transfer(chain.deployed.secondary.address, 1)
    chain.node.send(one, accounts[0])
    assert _adrift(chain) == 1


def _told(chain: Chain) -> Told:
    contracts = [chain.book.address(name) for name in ("ModelLicense", *LEDGERS)]
    return list(chain.told(chain.node.logs(contracts, 0, chain.node.latest().number)))


def _adrift(chain: Chain) -> int:
    return adrift(chain, _told(chain))


def _judged(chain: Chain) -> Judged:
    return judge_deals(_told(chain), rival="", excused=set(), convicted=set())
