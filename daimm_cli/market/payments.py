"""Payments that may be under way: each is written down between signing and sending, and stays so
until it can be mined no more, whatever a node says became of it. So nothing is paid for twice, by a
later run or by one at the same time.

>>> became = made(session, DealRow, "taker")
>>> payments = Payments(session, "listing", "daimm rent list --mine", became)
>>> payments.pay(listing_id, token, total, lambda deadline: call, salt=salt)    # asks
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import secrets
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import AfterValidator, TypeAdapter

from daimm_cli.base import records
from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import alone
from daimm_cli.base.text import time_shown
from daimm_cli.bindings.values import checksummed
from daimm_cli.manifest.kinds import Bytes32
from daimm_cli.market.money import approve, require_funds
from daimm_cli.market.wait import mined_by

if TYPE_CHECKING:
    from daimm_cli.bindings.calls import Call
    from daimm_cli.chain.answers import Receipt
    from daimm_cli.chain.transactions import Signed, Signer
    from daimm_cli.chain.views import Token
    from daimm_cli.index.rows import Listed
    from daimm_cli.session.session import Session

T = TypeVar("T")


@dataclass(frozen=True)
class Note:
    """A payment that may be under way. salt: 32 bytes of its own; subject: the id of what is paid
    for; tx_deadline: last second.

    told: when the person was told that it was carried out, in seconds since 1970. transaction: its
    hash; None where others may send it.
    """

    salt: Bytes32
    subject: Bytes32
    buyer: Annotated[str, AfterValidator(checksummed)]
    tx_deadline: int
    told: float | None = None
    transaction: Bytes32 | None = None


_NOTE = TypeAdapter(Note)


class Notes:
    """The payments of one chain that a home knows to be under way: files for its owner alone."""

    def __init__(self, home: Path, chain_id: int) -> None:
        self._folder = home / "purchases" / str(chain_id)

    @classmethod
    def of(cls, session: Session) -> Notes:
        return cls(session.config.ensure_home(), session.chain.node.chain_id)

    def paying(self) -> contextlib.AbstractContextManager[None]:
        """While this lasts, nobody else pays: from looking at the notes to writing one."""
        return alone(self._folder.with_suffix(".lock"))

    def keep(self, note: Note) -> None:
        """Remember a payment before it leaves."""
        records.keep(self._file(note.salt), _NOTE.dump_python(note, mode="json"))

    def all(self) -> Iterator[Note]:
        """Those whose deadline was not seen to pass; a damaged one stops all, it may be of any."""
        for file in sorted(self._folder.glob("0x*.json")):
            if (note := records.read(file, _NOTE.validate_python)) is not None:
                yield note

    def forget(self, salt: bytes) -> None:
        """Whether or not it is on the chain, it can get there no more."""
        self._file(salt).unlink(missing_ok=True)

    def _file(self, salt: bytes) -> Path:
        return self._folder / f"0x{salt.hex()}.json"


@dataclass(frozen=True)
class Payments:
    """Those of who acts for one kind of thing.

    what: the kind, as people call it. look: the command that shows what came of one. became: what
    came of a payment, in words; None where the chain does not have it.
    """

    session: Session
    what: str
    look: str
    became: Callable[[Note], str | None]

    def require_none(self, subjects: Collection[bytes]) -> None:
        """Raise DaimmError where one of these was paid for by a run that did not see its end, or by
        another since this one began."""
        session, notes = self.session, Notes.of(self.session)
        newest = min(
            session.chain.node.latest().time, int(time.time())
        )  # neither alone is believed
        for note in notes.all():
            if note.buyer != session.me.address:
                continue
            if over := newest > note.tx_deadline:
                notes.forget(note.salt)
            if note.subject not in subjects:
                continue
            name = f"{self.what} 0x{note.subject.hex()}"
            if note.told is None and (became := self.became(note)):
                if not over:
                    notes.keep(dataclasses.replace(note, told=time.time()))
                raise DaimmError(
                    f"You have paid for {name} already, in a run that was cut off: it is {became}. "
                    "Run the command again to pay once more.",
                    hint=self.look,
                )
            if note.told is None and not over:
                raise DaimmError(
                    f"A payment for {name} was sent and may still be mined until "
                    f"{time_shown(note.tx_deadline)}: wait, or look whether it is there.",
                    hint=self.look,
                )
            if note.told is not None and note.told >= session.started:
                raise DaimmError(
                    f"Another run has just paid for {name}: nothing was paid here. Run the command "
                    "again to pay once more.",
                    hint=self.look,
                )

    def make(
        self, notes: Sequence[Note], doing: str, pay: Callable[[Callable[[Signed], None]], T]
    ) -> T:
        """What `pay` does, once: it is given what is to see the signed transaction.

        doing: of the call that pays, as it says itself.
        """
        from daimm_cli.accounts.safe.safe_account import HandedOver

        kept, under_way = Notes.of(self.session), list(notes)

        def keep(**more: object) -> None:
            under_way[:] = [dataclasses.replace(note, **more) for note in under_way]  # type: ignore[arg-type]
            for note in under_way:
                kept.keep(note)

        with kept.paying():
            self.require_none({note.subject for note in notes})
            try:
                paid = pay(lambda signed: keep(transaction=signed.hash))
            except HandedOver as handed:
                if handed.doing == doing:
                    keep()  # others may send it
                raise
        keep(told=time.time())
        return paid

    def pay(
        self,
        subject: bytes,
        token: Token,
        total: int,
        make: Callable[[int], Call],
        *,
        salt: bytes | None = None,
        last: int | None = None,
        question: str = "Pay {}?",
    ) -> Receipt:
        """Ask, let the contract take the total of a token, and pay for one, once, by the call that
        `make` gives, which is told the last second in which it may be mined; as `send`.

        last: that second, where the contract does not take one from the call.
        """
        session = self.session
        self.require_none({subject})
        require_funds(session, token, total)
        session.console.confirm(question.format(token.shown(total)))
        account = session.account.asking(dataclasses.replace(session.asking, agreed=True))
        deadline = last or mined_by(session)
        call = make(deadline)
        assert call.to is not None
        approve(session, account, token.address, total, call.to)
        return self.send(call, account, subject, deadline, salt)

    def send(
        self, call: Call, account: Signer, subject: bytes, deadline: int, salt: bytes | None = None
    ) -> Receipt:
        """A call that pays for one, once. deadline: its last second. salt: what tells it on the
        chain from another."""
        note = Note(salt or secrets.token_bytes(32), subject, account.address, deadline)
        pay = functools.partial(self.session.chain.node.send, call, account)
        return self.make([note], call.doing, lambda before: pay(before=before))


def made(
    session: Session, kind: type[Listed], payer: str, salt: str = "terms_salt"
) -> Callable[[Note], str | None]:
    """What came of a payment that makes one such thing. payer, salt: the columns of who pays, and
    of what tells it from others."""
    field, what, _ = kind.NAMED

    def became(note: Note) -> str | None:
        where: dict[str, str | bytes] = {payer: note.buyer, salt: note.salt}
        found = session.index.rows(kind, 1, **where)
        return f"{what} 0x{getattr(found[0], field).hex()}" if found else None

    return became


def mined(session: Session) -> Callable[[Note], str | None]:
    """What came of a payment that leaves nothing of its own on the chain but its transaction."""

    def became(note: Note) -> str | None:
        sent = note.transaction
        receipt = None if sent is None else session.chain.node.receipt(sent)
        return f"transaction 0x{sent.hex()}" if sent and receipt and receipt.succeeded else None

    return became
