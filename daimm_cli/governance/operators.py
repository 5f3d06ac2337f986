"""What operators of a market do: who may, and what a bad argument would break.

>>> maker(session, market.resume_new_business())  # who is to make the call
'0x5FbDB2315678afecb367f032d93F642f64180aa3'
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.bindings.calls import Call
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.protocol.curve import keccak

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.session.session import Session

TIMELOCK = "Timelock"

_PROXIES = (
    int.from_bytes(keccak(b"eip1967.proxy.implementation")) - 1,
    int.from_bytes(keccak(b"eip1967.proxy.beacon")) - 1,
    int.from_bytes(keccak(b"org.zeppelinos.proxy.implementation")),
)
"""The slots in which contracts keep where their code is, if it can be replaced."""


def maker(session: Session, call: Call) -> str:
    """Who is to make a restricted call: who acts, else the timelock. It was tried for them.

    Raises ChainRefused where neither may, or the contract refuses its arguments.
    """
    chain, me = session.chain, session.asker
    timelock = chain.book.contracts.get(TIMELOCK)
    for account in (me, timelock and timelock.address):
        can = account and chain.deployed.authority.can_call(account, str(call.to), call.data[:4])
        if account and can and chain.node.view(can).immediate:
            chain.node.simulate(call, account)
            return account
    raise ChainRefused(
        f"{me or 'Nobody'} may not {call.doing}: choose an account that may.",
        hint="daimm admin show",
    )


def weighed_token(chain: Chain, address: str) -> Iterator[str]:
    """What to weigh before the token is allowed; raises DaimmError for what is none."""
    token, erc20 = chain.token(address), ERC20(address)
    answers = chain.node.calls([erc20.balance_of(chain.market), erc20.total_supply()])
    booked = address != chain.aim and address in chain.book.names
    if booked or not token.told or any(len(answer or b"") != 32 for answer in answers):
        raise DaimmError(f"{address} is no payment token: every purchase in it would fail.")
    yield (
        f"Nobody can tell from here whether {token.symbol} ({address}) takes a cut of transfers "
        "(no purchase would work), changes balances by itself (who withdraws last gets nothing), "
        "or can freeze the market's: read its code first. Harm stays within the token."
    )
    if _is_proxy(chain, address):
        yield "Its code can be replaced, so it may come to do any of that."


def weighed_issuer(chain: Chain, address: str) -> Iterator[str]:
    """What to weigh before the contract may issue licences; raises DaimmError for what is none."""
    if not chain.node.code(address):
        raise DaimmError(
            f"There is no contract at {address}: whoever has its key could give away licences of "
            "every model."
        )
    booked = (chain.at(book) for book in chain.book.markets() if book.address("Market") == address)
    if not any(at.as_booked("Market") for at in booked):
        yield (
            f"{address} is no market of the address book with the code that it had: an issuer can "
            "give licences of every model to anybody, and nobody can take them back."
        )


def _is_proxy(chain: Chain, address: str) -> bool:
    with chain.node.asking("look at the token"):
        asked = ("eth_getStorageAt", address)
        return any(int(chain.node.ask(*asked, hex(slot), "latest"), 16) for slot in _PROXIES)
