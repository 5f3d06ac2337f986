"""What holders say of models: the word on the chain by its text's hash, the text in the store.

>>> sent = say(session, lambda text: session.chain.deployed.reviews.review(order, 4, text), "Good.")
>>> [said.text for said in read(session, session.index.rows(ReviewRow, model=3))]
['Good.']

A text is somebody's, at most 4 KiB of UTF-8; it is fetched as manifests are and kept nowhere.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.accounts.safe.safe_account import HandedOver
from daimm_cli.artifact.unixfs import RAW, Cid
from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import sanitise
from daimm_cli.chain.terms import ZERO_WORD
from daimm_cli.index.reputation import ReviewRow, profiles
from daimm_cli.market.names import fetchers
from daimm_cli.store.queue import Queue

if TYPE_CHECKING:
    from daimm_cli.chain.answers import Receipt
    from daimm_cli.chain.node import Call
    from daimm_cli.session.session import Session

MAX_BYTES = 4 << 10


def say(session: Session, call: Callable[[bytes], Call], text: str) -> Receipt:
    """Send what `call` makes of the text's digest; once it is on the chain, or handed to other
    owners of a Safe, who do not have the text, that is queued for IPFS. Raises DaimmError for a
    text that is too long."""
    data = text.strip().encode()
    if len(data) > MAX_BYTES:
        raise DaimmError(
            f"The text has {len(data):,} bytes, and at most {MAX_BYTES:,} are read: shorten it."
        )
    if not data:
        return session.node.send(call(ZERO_WORD), session.account)
    cid = session.store.put_bytes(data)
    try:
        sent = session.node.send(call(Cid.parse(cid).digest), session.account)
    except HandedOver:
        Queue(session.store).add(cid)
        raise
    Queue(session.store).add(cid)
    return sent


@dataclass(frozen=True)
class Said:
    """A word with what it stands for, safe to print; None where there is no text, or none to be
    had. author: what its author calls themselves, if anything."""

    row: ReviewRow
    author: str | None
    text: str | None
    answer: str | None


def read(session: Session, rows: Sequence[ReviewRow]) -> list[Said]:
    """The words with their texts, fetched where they are not here."""
    found = _texts(session, {digest for row in rows for digest in (row.text, row.answer)})
    people = profiles(session.index)

    def author(account: str) -> str | None:
        profile = people.get(account)
        return profile.shown if profile and profile.handle else None

    return [
        Said(row, author(row.reviewer), found.get(row.text), found.get(row.answer or b""))
        for row in rows
    ]


def _texts(session: Session, digests: Collection[bytes | None]) -> dict[bytes, str]:
    wanted = [digest for digest in digests if digest and digest != ZERO_WORD]
    readers = fetchers(session)

    def read_some(number: int) -> Iterator[tuple[bytes, str]]:
        for digest in wanted[number :: len(readers)]:
            with contextlib.suppress(DaimmError):
                cid = Cid(RAW, digest)
                data = readers[number].block(cid, "review", max_size=MAX_BYTES)
                yield digest, sanitise(data.decode("utf-8", "replace"), MAX_BYTES, lines=True)

    with ThreadPoolExecutor(len(readers)) as pool:
        parts = pool.map(lambda number: [*read_some(number)], range(len(readers)))
        return {digest: text for part in parts for digest, text in part}
