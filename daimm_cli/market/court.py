"""What a court asks of its jurors, and what moves its disputes on.

>>> [(step.what, step.dispute) for step in due(session, session.me.address)]
[('commit', 7), ('draw', 8)]

The salt of a commitment follows from the home's seed, and the ruling is found again by trying each
that there is: nothing is kept, and a home that was restored reveals what the lost one committed to.
"""

from __future__ import annotations

import functools
import hmac
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused, DaimmError, OutsideFailed
from daimm_cli.base.text import counted, sanitise
from daimm_cli.bindings.claims import Claims
from daimm_cli.bindings.randomness import Randomness
from daimm_cli.bindings.structs import DisputeRecord, Phase, SeatRecord
from daimm_cli.bindings.values import encode
from daimm_cli.chain.terms import ZERO_ADDRESS, ZERO_WORD, domain
from daimm_cli.index.rows import Listed
from daimm_cli.market import randomness
from daimm_cli.protocol.curve import keccak

if TYPE_CHECKING:
    from daimm_cli.chain.answers import Receipt
    from daimm_cli.chain.node import Call
    from daimm_cli.session.session import Session

RULINGS = {"nobody": 0, "claimant": 1, "opposer": 2}
"""Of a claim."""

SEATS = (range(0), range(3), range(3, 10), range(10, 25))
"""A dispute's, by its round."""

PAGE = 500
"""Seats that the chain is asked for at once."""

DAY = 86_400
_TAG = b"DAIMM/court-salt/v1"
_SOME = b"\1" * 32


@dataclass(frozen=True)
class SeatRow(Listed):
    """A seat that was drawn for a dispute."""

    dispute_id: int
    juror: str
    seat: int
    collected: bool


@dataclass(frozen=True)
class Dispute:
    """A dispute as the chain has it now."""

    number: int
    record: DisputeRecord


@dataclass(frozen=True)
class Drawn:
    """A seat of a dispute. state: what its juror did, in words."""

    seat: int
    juror: str
    state: str


@dataclass(frozen=True)
class Step:
    """What can be done in a dispute now. call: one that commits is made up, for its juror chooses;
    None for a draw that is listed, and what reveals another seed's commitment. until: the last
    second, 0 where there is none."""

    what: str
    dispute: int
    call: Call | None
    seat: int | None = None
    until: int = 0

    @property
    def made(self) -> Call:
        """The call; ChainRefused where it cannot be made here."""
        if self.call is None:
            raise ChainRefused(
                f"Seat {self.seat} of dispute {self.dispute} is committed with another seed than "
                "this home's: reveal it where that is, or restore its backup here in time."
            )
        return self.call


# Disputes


def disputes(session: Session, numbers: Iterable[int]) -> list[Dispute]:
    """Disputes by their numbers."""
    court, asked = session.chain.deployed.court, list(numbers)
    records = session.chain.node.views([court.dispute_of(number) for number in asked])
    if any(record.round >= len(SEATS) for record in records):
        who = session.chain.node.who
        raise OutsideFailed(f"{who} tells of a round that no dispute has: use another node.")
    return [Dispute(*each) for each in zip(asked, records, strict=True)]


def find(session: Session, text: str) -> Dispute:
    """A dispute by its number, as somebody typed it."""
    if text.isascii() and text.isdecimal() and len(text) < 20:
        (found,) = disputes(session, [int(text)])
        if found.record.phase is not Phase.NONE:
            return found
    raise DaimmError(f"There is no dispute {sanitise(text, 40)} here.", hint="daimm court list")


def said(session: Session, it: Dispute, ruling: int) -> str:
    """A ruling, in words where the dispute is a claim's."""
    names = {number: name for name, number in RULINGS.items()}
    is_claim = session.chain.kind_at(it.record.arbitrable) is Claims
    return names[ruling] if is_claim and ruling in names else str(ruling)


def seats(session: Session, it: Dispute) -> list[Drawn]:
    """Those of its round that were drawn and are not collected."""
    court, asked = session.chain.deployed.court, SEATS[it.record.round]
    records = session.chain.node.views([court.seat_of(it.number, seat) for seat in asked])
    told = []
    for seat, record in zip(asked, records, strict=True):
        state = "is silent" if record.commitment == ZERO_WORD else "is committed"
        if record.vote:
            state = f"is for {said(session, it, record.vote - 1)}"
        if record.juror != ZERO_ADDRESS:
            told.append(Drawn(seat, record.juror, state))
    return told


def claim_of(session: Session, it: Dispute) -> bytes | None:
    """The claim that it is about; None where it is about something else."""
    if session.chain.kind_at(it.record.arbitrable) is not Claims:
        return None
    return session.chain.node.view(Claims(it.record.arbitrable).claim_of(it.number))


# Seats


def join(session: Session, count: int) -> Receipt:
    """Stake on so many seats, after a question."""
    from daimm_cli.market.payments import Payments, mined  # pydantic: only where something is paid

    _ = session.new_seed  # binds what is committed to
    court, chain = session.chain.deployed.court, session.chain
    token, total = chain.token(chain.aim), count * chain.node.view(court.stake())
    payments = Payments(session, "seats of", "daimm court duties", mined(session))
    call, until = court.join(count), session.now + DAY
    asked = f"Stake {{}} on {counted(count, 'seat')}?"
    about = bytes.fromhex(court.address[2:]).rjust(32, b"\0")
    return payments.pay(about, token, total, lambda _: call, last=until, question=asked)


def held(session: Session) -> Iterator[int]:
    """Places of the seats of who acts that can be drawn, from the last one on."""
    court, node, me = session.chain.deployed.court, session.chain.node, session.me.address
    for start in range((node.view(court.seats()) - 1) // PAGE * PAGE, -1, -PAGE):
        page = node.view(court.jurors(start, PAGE))
        yield from [start + place for place, juror in enumerate(page) if juror == me][::-1]


def drawn(session: Session) -> int:
    """How many seats of who acts were drawn and are not collected."""
    return len(session.index.rows(SeatRow, None, juror=session.me.address, collected=False))


def resigning(session: Session, count: int) -> Call:
    """What gives back so many seats of who acts."""
    places = list(itertools.islice(held(session), count))
    if len(places) < count:
        raise ChainRefused(
            f"{session.me.address} has {counted(len(places), 'seat')} that can be given back, and "
            f"{drawn(session)} that judge: give back fewer, or wait until those are collected.",
            hint="daimm court duties",
        )
    return session.chain.deployed.court.resign(places)


# Rulings


def commitments(session: Session, it: Dispute, ruling: int) -> list[Call]:
    """What commits all seats of who acts in a dispute's round to a ruling."""
    court, me = session.chain.deployed.court, session.me.address
    mine = [step for step in due(session, me) if (step.what, step.dispute) == ("commit", it.number)]
    if not mine:
        hint = "daimm court duties"
        raise ChainRefused(
            f"You have nothing to commit to in dispute {it.number} now: no seat of yours judges "
            "it, or it is committed, or this is not the time.",
            hint=hint,
        )
    places = [step.seat for step in mine if step.seat is not None]
    made = [commitment(session, it.number, seat, me, ruling)[0] for seat in places]
    return [court.commit(it.number, *each) for each in zip(places, made, strict=True)]


def commitment(
    session: Session, dispute: int, seat: int, juror: str, ruling: int
) -> tuple[bytes, bytes]:
    """What a juror commits to, and its salt. The node is not asked: it would know the ruling."""
    made = domain(session.chain.node.chain_id, session.chain.deployed.court.address)
    place = encode(["bytes32", "uint256", "uint256"], [made, dispute, seat])
    salt = hmac.digest(session.seed, _TAG + place, "sha256")
    rest = encode(["address", "uint256", "bytes32"], [juror, ruling, salt])
    return keccak(place + rest), salt


# What is due


def due(session: Session, juror: str, *numbers: int) -> Iterator[Step]:
    """What a juror, or anybody for them, can do now in the disputes that they judge, as the chain
    says. numbers: of more disputes."""
    for step in _thinkable(session, juror, numbers):
        try:
            if step.call is not None:
                session.chain.node.simulate(step.call, juror)
        except ChainRefused:
            continue
        yield step


def _thinkable(session: Session, juror: str, numbers: Iterable[int]) -> Iterator[Step]:
    court, node = session.chain.deployed.court, session.chain.node
    rows = session.index.rows(SeatRow, None, juror=juror, collected=False)
    records = node.views([court.seat_of(row.dispute_id, row.seat) for row in rows])
    wanted = sorted({*numbers, *(row.dispute_id for row in rows)})
    found = {it.number: it.record for it in disputes(session, wanted)}
    for row, seat in zip(rows, records, strict=True):
        yield from _of_seat(session, row, seat, found[row.dispute_id])
    for number, record in found.items():
        if record.phase in (Phase.COMMIT, Phase.REVEAL, Phase.APPEAL):
            yield Step("advance", number, court.advance(number))
        elif record.phase is Phase.OVER and session.chain.kind_at(record.arbitrable) is Claims:
            yield Step("execute", number, court.execute(number))  # others may burn all gas


def _of_seat(
    session: Session, row: SeatRow, seat: SeatRecord, record: DisputeRecord
) -> Iterator[Step]:
    court, place = session.chain.deployed.court, (row.dispute_id, row.seat)
    step = functools.partial(Step, dispute=row.dispute_id, seat=row.seat)
    if record.phase is Phase.COMMIT:
        yield step("commit", call=court.commit(*place, _SOME), until=record.phase_end)
    elif record.phase is Phase.REVEAL and row.seat in SEATS[record.round]:
        if seat.commitment != ZERO_WORD:
            call = _revealing(session, row, seat.commitment, record.choices)
            yield step("reveal", call=call, until=record.phase_end)
    elif record.phase in (Phase.OVER, Phase.EXECUTED):
        yield step("collect", call=court.collect(*place))


def _revealing(session: Session, row: SeatRow, committed: bytes, choices: int) -> Call | None:
    for ruling in range(choices + 1):
        made, salt = commitment(session, row.dispute_id, row.seat, row.juror, ruling)
        if made == committed:
            return session.chain.deployed.court.reveal(row.dispute_id, row.seat, ruling, salt)
    return None


def waiting(session: Session, patience: Callable[[int], int] = lambda _: 0) -> int | None:
    """The dispute that waits longest for its jurors, once what draws them has been there for so
    many seconds."""
    court, node = session.chain.deployed.court, session.chain.node
    if number := node.view(court.front()):
        tick, source = node.view(court.dispute_of(number)).tick, node.view(court.randomness())
        if randomness.since(session, source, tick) >= patience(number):
            return number
    return None


def drawing(session: Session, number: int) -> Step:
    """What draws its jurors, or has it wait anew where that cannot be proven any more."""
    court, node = session.chain.deployed.court, session.chain.node
    tick, source = node.view(court.dispute_of(number)).tick, node.view(court.randomness())
    expired = node.view(Randomness(source).expired(tick))
    proof = b"" if expired else randomness.proof(session, source, tick)
    return Step("draw", number, court.draw(proof))
