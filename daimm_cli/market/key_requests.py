"""Keys that holders ask for: a version's on another line, one that they were given no key for, or
lost.

>>> held = find_license(session.index, "0x3f9a61c2", me)
>>> ident, sent = ask(session, prepare(session, held, 2))         # asks before
>>> fetch(session, held, version, Path("model.onnx"))
[PosixPath('model.onnx')]
"""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.accounts import seed
from daimm_cli.artifact.pipeline import WrongContent
from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.base.text import parse_amount, time_shown
from daimm_cli.bindings.structs import KeyRequest, LicenseId, ModelId
from daimm_cli.chain.terms import ZERO_WORD, parents_hash
from daimm_cli.index.deals import RequestRow
from daimm_cli.market import handover, passing, receive
from daimm_cli.market.deals import bring_key
from daimm_cli.market.handover import Asker, Handover
from daimm_cli.market.money import approve, require_funds
from daimm_cli.market.receive import reached
from daimm_cli.protocol.curve import keccak
from daimm_cli.protocol.passing import held_id

if TYPE_CHECKING:
    from pathlib import Path

    from daimm_cli.chain.answers import Receipt
    from daimm_cli.chain.views import Token
    from daimm_cli.index.rows import VersionRow
    from daimm_cli.market.lookup import Held
    from daimm_cli.protocol.curve import SecretPoint
    from daimm_cli.session.session import Session


@dataclass(frozen=True)
class Wanted:
    """A key to ask for, and on which terms: fee in the token's smallest unit, times in seconds."""

    held: Held
    version: VersionRow
    token: Token
    fee: int
    delivery_time: int
    grace_period: int


def prepare(
    session: Session,
    held: Held,
    version: int | None = None,
    *,
    fee: str | None = None,
    delivery_time: int | None = None,
    grace_period: int | None = None,
) -> Wanted:
    """What is not told is as in the offer that the licence was bought with.

    Raises ChainRefused where who acts has no access, has the key, or asked for it already.
    """
    chain, me, order = session.chain, session.me.address, held.order
    row, ident = reached(session.index, order, version), f"0x{order.license_id:064x}"
    licenses = chain.deployed.licenses
    if not chain.node.view(licenses.has_access(LicenseId(order.license_id), me, row.version)):
        raise ChainRefused(
            f"{me} has no access to version {row.version} by this licence: choose the account that "
            "holds or uses it, and a version that it reaches.",
            hint=f"daimm license show {ident}",
        )
    asked = _mine(session, held, row)
    if _bought(session, held, row) or any(it.row.proof for it in asked):
        raise ChainRefused(
            "This home has the key already: open the model with it.",
            hint=f"daimm license fetch {ident} --version {row.version}",
        )
    for it in asked:
        if it.row.waits and session.now <= (ends := it.clocks.grace_end):
            raise ChainRefused(
                f"You asked for it already: it can be answered until {time_shown(ends)}.",
                hint="daimm license requests",
            )
    token, offer = chain.token(order.offer.token), order.offer
    return Wanted(
        held,
        row,
        token,
        offer.delivery_fee if fee is None else parse_amount(fee, token.decimals, token.symbol),
        offer.delivery_time if delivery_time is None else delivery_time,
        offer.grace_period if grace_period is None else grace_period,
    )


def ask(session: Session, wanted: Wanted, *, pass_on: bool = False) -> tuple[bytes, Receipt]:
    """Leave the fee and ask; the request's id, and what was sent. Asks before.

    pass_on: whether who bought the licence may answer, too: the chain is shown their key. The same
    asked twice is one request, which the contract takes once: a run that was cut off pays nothing
    when it is repeated.
    """
    chain, me, contract = session.chain, session.me.address, session.chain.deployed.key_requests
    order, version, token = wanted.held.order, wanted.version, wanted.token
    license_id, line = LicenseId(order.license_id), version.details.line
    if pass_on and line != order.offer.line:
        raise DaimmError("Who bought this licence has another line's key: ask without --pass-on.")
    require_funds(session, token, wanted.fee)
    session.console.confirm(f"Leave {token.shown(wanted.fee)} for the key?")
    account = session.account.asking(dataclasses.replace(session.asking, agreed=True))
    held = passing.show(session, order) if pass_on else None
    scope, before = license_id.to_bytes(32, "big"), len(_asked(session, wanted.held, version))
    salt = keccak(scope + version.version.to_bytes(2, "big") + before.to_bytes(4, "big"))
    asker = Asker(chain.node.chain_id, contract.address, scope, me, salt)
    key, pass_key = asker.points(session.new_seed, held)
    request = KeyRequest(
        asker=me,
        license=license_id,
        model=ModelId(version.model),
        version=version.version,
        line=line,
        held=held_id(line, held) if held else ZERO_WORD,
        key=key,
        pass_key=pass_key,
        token=token.address,
        fee=wanted.fee,
        delivery_time=wanted.delivery_time,
        grace_period=wanted.grace_period,
        salt=salt,
    )
    approve(session, account, token.address, wanted.fee, contract.address)
    call = contract.request_key(request, version.details, parents_hash(version.parents))
    sent = chain.node.send(call, account)
    return chain.node.view(contract.request_id_of(request)), sent


def fetch(
    session: Session,
    held: Held,
    version: VersionRow,
    target: Path | None = None,
    *,
    unpack: bool = False,
) -> list[Path]:
    """As `fetch.fetch`, by whatever brought the key to this home: a purchase, a deal, a request."""
    from daimm_cli.market import fetch as opening

    it = _source(session, held, version)
    if it is None:
        return opening.fetch(session, held.order, version, target, unpack=unpack)
    key = functools.partial(handover.line_key, session, it)
    try:
        return opening.fetch_with(session, version, version.details.line, key, target, unpack)
    except WrongContent as wrong:
        prove = f"daimm order prove-wrong 0x{held.order.order_id.hex()}"
        wrong.hint = None if it.row.passed else f"{prove} --version {version.version}"
        raise


def line_key(session: Session, held: Held, version: VersionRow) -> SecretPoint:
    """S of the version's line, by whatever brought it to this home."""
    it = _source(session, held, version)
    return receive.line_key(session, held.order) if it is None else handover.line_key(session, it)


def _source(session: Session, held: Held, version: VersionRow) -> Handover | None:
    """The request of this home that brings the version's key; None: what the licence was bought
    with does. Raises DaimmError where neither can."""
    if _bought(session, held, version):
        return None
    asked = _mine(session, held, version)
    answered = [it for it in asked if it.row.proof]
    for it in (*answered, *(it for it in asked if it.row.waits)):
        return it
    own, buyer = version.details.line != held.order.offer.line, held.order.order.buyer
    if not own and (_has_seed(session) or buyer == session.me.address):
        return None  # says what is missing
    says = "has a key line of its own" if own else f"came with a key for {buyer} alone"
    raise DaimmError(
        f"Version {version.version} {says}: ask for its key.",
        hint=f"daimm license ask 0x{held.order.license_id:064x} --version {version.version}",
    )


def _bought(session: Session, held: Held, version: VersionRow) -> bool:
    """Whether what the licence was bought with, or taken with from its holder, is of this home and
    brings the version's key."""
    order, line = held.order, version.details.line
    if order.offer.line != line or not _has_seed(session):
        return False
    bring_key(session, order.license_id)
    kept = receive.Keys.of(session).read(session.seed, order.license_id, line)
    return kept is not None or receive.made_here(session.chain, session.seed, order)


def _mine(session: Session, held: Held, version: VersionRow) -> list[Handover]:
    """Of what `_asked` finds, that whose key follows from this home's seed."""
    found = _asked(session, held, version)
    return [it for it in found if it.made_by(session.seed)] if _has_seed(session) else []


def _has_seed(session: Session) -> bool:
    """A home of who was given a licence may have none yet."""
    return seed.exists(session.config.home)


def _asked(session: Session, held: Held, version: VersionRow) -> list[Handover]:
    """What who acts asked for by the licence, on the version's line, the newest first."""
    chain, index, line = session.chain, session.index, version.details.line
    ident = str(held.order.license_id)
    rows = index.rows(RequestRow, None, asker=session.me.address, license=ident)
    return [Handover.of(chain, index, row) for row in rows if row.request.line == line]
