"""The purchase, tried without paying.

>>> trial = attempt(chain, row, token, now, "0x7099...")
>>> trial.check.says, trial.gas
('It would go through.', 120286)

Where the buyer has the money the very call is simulated, from their address; a token that needs an
approval first has both simulated one after the other (`eth_simulateV1`). Nothing is signed.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.base.text import format_amount
from daimm_cli.chain import payment
from daimm_cli.chain.errors import refused
from daimm_cli.chain.node import Call
from daimm_cli.chain.terms import Purchase
from daimm_cli.chain.views import Token
from daimm_cli.index.rows import OfferRow
from daimm_cli.protocol.curve import N, SecretScalar
from daimm_cli.quote.checks import Check, Result
from daimm_cli.quote.quote import refusal

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain

PATIENCE = 1200
_BUYABLE = "The offer is open and its terms hold"


@dataclass(frozen=True)
class Trial:
    """simulated: whether the very calls were. gas: of all transactions; None where not known.

    cost: of that gas in wei at today's price; transactions: how many it takes.
    """

    check: Check
    buyer: str | None
    simulated: bool = False
    gas: int | None = None
    cost: int | None = None
    transactions: int | None = None


def attempt(
    chain: Chain,
    row: OfferRow,
    token: Token,
    now: int,
    buyer: str | None,
    *,
    payer: str | None = None,
) -> Trial:
    """Try to buy as `buyer`; None is somebody without an account here. payer: as in `Subject`."""
    problem = refusal(chain, row, now)
    if problem is not None:
        return Trial(Check("purchase", Result.FALSE, problem), buyer)
    if not chain.is_open(row.offer_id):
        says = "The market does not take the offer, though its events say so: use another node."
        return Trial(Check("purchase", Result.FALSE, says), buyer)
    if buyer is None:
        return _untried(None, "there is no account here to try it with")
    owed = row.offer.total
    held = chain.balance(token.address, buyer)
    if held < owed:
        has = format_amount(held, token.decimals, token.symbol)
        needs = format_amount(owed, token.decimals, token.symbol)
        return _untried(buyer, f"{buyer} has {has} and needs {needs}")
    try:
        return _tried(chain, row, now, buyer, payer or buyer)
    except OutsideFailed as error:
        return _untried(buyer, error.message)
    except DaimmError as error:
        return Trial(Check("purchase", Result.FALSE, error.message), buyer)


def ether(wei: int) -> str:
    """Wei as ether, to six digits after the point."""
    return f"{wei / 10**18:.6f} ether"


def _untried(buyer: str | None, why: str) -> Trial:
    return Trial(Check("purchase", Result.UNKNOWN, f"{_BUYABLE}; not simulated: {why}."), buyer)


def _tried(chain: Chain, row: OfferRow, now: int, buyer: str, payer: str) -> Trial:
    key = SecretScalar(secrets.randbelow(N - 1) + 1).point
    purchase = Purchase(key, row.offer.total, now + PATIENCE, secrets.token_bytes(32))
    watcher: Any = SimpleNamespace(address=buyer)  # cannot sign, so no permit is asked for
    approvals, call = payment.plan(chain, watcher, [(row.offer, purchase)], None)
    calls = [*approvals, call]
    gas = _gas_of_all(chain, calls, buyer) if approvals else _gas_of_one(chain, call, buyer)
    cost = gas * _price(chain)
    held = chain.node.ether(payer)
    result, says = Result.OK, "Simulated from your account: it would go through."
    if held < cost:
        result = Result.UNKNOWN
        says += f" But {payer} has {ether(held)} and needs about {ether(cost)} for gas."
    return Trial(Check("purchase", result, says), buyer, True, gas, cost, len(calls))


def _gas_of_one(chain: Chain, call: Call, buyer: str) -> int:
    chain.node.simulate(call, buyer)
    with chain.node.asking(call.doing):
        return int(chain.node.web3.eth.estimate_gas(_question(call, buyer)))  # type: ignore[arg-type]


def _gas_of_all(chain: Chain, calls: list[Call], buyer: str) -> int:
    """Gas of calls that build on each other; raises ChainRefused where one would revert."""
    from web3.types import RPCEndpoint

    asked = {"blockStateCalls": [{"calls": [_question(call, buyer) for call in calls]}]}
    with chain.node.asking("simulate several transactions"):
        answer: Any = chain.node.web3.provider.make_request(
            RPCEndpoint("eth_simulateV1"), [asked, "latest"]
        )
        if "result" not in answer:
            raise OutsideFailed("the node cannot simulate an approval and what builds on it")
        made = answer["result"][0]["calls"]
        if len(made) != len(calls):
            raise ValueError
        for call, result in zip(calls, made, strict=True):
            if int(result["status"], 16) != 1:
                data = (result.get("error") or {}).get("data") or result.get("returnData") or "0x"
                raise refused(bytes.fromhex(data[2:]), call.doing)
        return sum(int(result["gasUsed"], 16) for result in made)


def _price(chain: Chain) -> int:
    """Wei per gas that is likely to be paid now."""
    with chain.node.asking("tell the price of gas"):
        return int(chain.node.web3.eth.gas_price)


def _question(call: Call, buyer: str) -> dict[str, Any]:
    return {"from": buyer, "to": call.to, "data": "0x" + call.data.hex()}
