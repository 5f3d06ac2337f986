"""What models are called and said to be: their manifests fetched, checked, and kept in the index.

>>> learn(session, unnamed(session.index), fetchers(session))
(41, 1)

A manifest counts if it is what the chain committed to, signed, and of this registry; at most 1 MiB
of it is read, and what is kept of it is short. What is not here is fetched by a process in the
background, one at a time, for ten minutes at most; what cannot be had is tried again an hour later.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from daimm_cli.artifact.unixfs import RAW, Cid
from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import sanitise
from daimm_cli.index.cards import Card, keep
from daimm_cli.manifest import canonical
from daimm_cli.market.listing import checked
from daimm_cli.store.fetcher import Fetcher, named_sources

if TYPE_CHECKING:
    from daimm_cli.index.cards import Unnamed
    from daimm_cli.manifest.manifest import SignedManifest
    from daimm_cli.session.session import Session

AT_ONCE = 8
SECONDS, BACKGROUND_SECONDS = 1.0, 600.0
READ_SECONDS = 10.0
AGAIN_SECONDS = 3600
MAX_WORDS = 16 << 10
"""Characters of a card that are searched."""


def fetchers(session: Session) -> list[Fetcher]:
    """As many as read at once: a source keeps what it is at."""
    config = session.config
    return [
        Fetcher(session.store, [it.source for it in named_sources(config, read=READ_SECONDS)])
        for _ in range(AT_ONCE)
    ]


def learn(
    session: Session,
    rows: Sequence[Unnamed],
    readers: Sequence[Fetcher],
    *,
    seconds: float = BACKGROUND_SECONDS,
    report: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[int, int]:
    """Read what these models are called, and keep it, as far as it goes in that time; how many are
    known now, and how many could not be had."""

    def fetched(row: Unnamed, reader: Fetcher) -> bytes | DaimmError:
        try:
            cid = Cid(RAW, row.manifest)
            return reader.block(cid, "manifest", max_size=canonical.MAX_BYTES)
        except DaimmError as error:
            return error

    ends, known, failed = time.monotonic() + seconds, 0, 0
    with ThreadPoolExecutor(len(readers)) as pool:
        for start in range(0, len(rows), len(readers)):
            if time.monotonic() > ends:
                break
            batch = rows[start : start + len(readers)]
            cards = [
                _card(session, row, data)
                for row, data in zip(batch, pool.map(fetched, batch, readers), strict=True)
            ]
            keep(session.index, cards)
            bad = sum(card.problem is not None for card in cards)
            known, failed = known + len(cards) - bad, failed + bad
            report(start + len(batch), len(rows))
    return known, failed


def at_hand(session: Session, rows: Sequence[Unnamed]) -> None:
    """Learn of those whose manifest is in the local store, for a second at most."""
    held = session.store.names()
    found = [row for row in rows if held and str(Cid(RAW, row.manifest)) in held]
    learn(session, found, [Fetcher(session.store)], seconds=SECONDS)


def begin(session: Session, rows: Sequence[Unnamed]) -> bool:
    """Fetch in the background what is due; whether somebody does now."""
    storage = session.config.storage
    due = [row for row in rows if is_due(row, session.started)]
    if not (due and storage.cards and (storage.sources or storage.kubo or storage.gateways)):
        return False
    with contextlib.suppress(BlockingIOError), alone(session):
        subprocess.Popen(  # its settings are the session's, and it outlives this command
            [sys.executable, "-m", "daimm_cli", "index", "names", "--due"],
            env=session.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    return True


def is_due(row: Unnamed, now: float) -> bool:
    """Whether it was not tried lately."""
    return row.tried_at is None or row.tried_at + AGAIN_SECONDS < now


@contextlib.contextmanager
def alone(session: Session) -> Iterator[None]:
    """Nobody else fetches for this home meanwhile; raises BlockingIOError where somebody does."""
    file = os.open(session.config.ensure_home() / "cards.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(file)


def _card(session: Session, row: Unnamed, data: bytes | DaimmError) -> Card:
    """What is kept of a manifest."""
    now, version = int(time.time()), row.version
    try:
        if isinstance(data, DaimmError):
            raise data
        [registered] = session.index.versions(row.model, version=version)
        said = _said(checked(session, registered, data))
    except (DaimmError, ValueError) as error:
        return Card(row.model, version, row.manifest, now, sanitise(error, 300))
    return Card(row.model, version, row.manifest, now, **said)  # type: ignore[arg-type]


def _said(signed: SignedManifest) -> dict[str, str | int | None]:
    from daimm_cli.manifest import card

    parsed = card.parse(signed.card)
    task, tags = parsed.text("pipeline_tag"), parsed.metadata.get("tags")
    tags = [str(tag)[:100] for tag in tags[:50]] if isinstance(tags, list) else []
    return {
        "name": sanitise(signed.name),
        "summary": sanitise(signed.description, 1_000),
        "licence": sanitise(signed.terms.license),
        "task": sanitise(task, 60).lower() if task else None,
        "formats": " ".join(sorted({file.format.lower() for file in signed.files})),
        "size": sum(file.size for file in signed.files),
        "words": sanitise(" ".join([*tags, parsed.body]), MAX_WORDS),
    }
