"""Random blocks of an artifact through each source by itself: can it be had, and from where.

>>> plan = wanted(signed, cid, samples=8)
>>> [(each.name, each.came, each.asked) for each in sample(places, plan)]
[('https://gateway.example', 10, 10)]

Of each source the same blocks are asked: the manifest, one block of the digest list, and `samples`
of the encrypted file. A block counts if it has its CID. Where sources only have a part, what one
lacks another may give, as in a download. Sizes are in bytes.
"""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daimm_cli.artifact.unixfs import CHUNK, DAG_PB, MAX_BLOCK, RAW, Cid, Link, parse_node
from daimm_cli.base.errors import DaimmError, OutsideFailed, VerificationFailed
from daimm_cli.quote.checks import Finding, Result
from daimm_cli.store.base import BlockSource, NotStored, fetch_block
from daimm_cli.store.fetcher import Named

if TYPE_CHECKING:
    from daimm_cli.manifest.manifest import SignedManifest

SAMPLES, MOST_SAMPLES = 8, 256
SECONDS = 60.0
"""A source that takes longer for all of its blocks is not asked on."""

OWN = "own store"
"""Kind of the buyer's own store, which shows nothing of the network."""

_MAX_DEPTH = 8
_RANDOM = random.SystemRandom()


@dataclass(frozen=True)
class Wanted:
    """A block of the file `root` of `size` bytes: the leaf that byte `offset` is in."""

    what: str
    root: Cid
    size: int
    offset: int


class NoSuchFile(VerificationFailed):
    """The blocks under a CID are right and do not form the file that the manifest tells of."""

    def __init__(self, want: Wanted) -> None:
        super().__init__(
            f"The {want.what} {want.root} is not the file of {want.size:,} bytes that the manifest "
            "tells of: don't buy from this listing."
        )


@dataclass
class Sampled:
    """What one source gave, as JSON has it. problem: why not more.

    missing: blocks that it says it lacks; corrupt: it sent other bytes than asked for; got: which
    of the plan's blocks, by number; wrong: it gave what it was asked for, and that is no such file;
    failed: it could not be asked to the end.
    """

    kind: str
    name: str
    asked: int
    came: int = 0
    missing: int = 0
    corrupt: bool = False
    problem: str | None = None
    bytes: int = 0
    seconds: float = 0.0
    got: set[int] = field(default_factory=set, repr=False)
    wrong: bool = field(default=False, repr=False)
    failed: bool = field(default=False, repr=False)

    @property
    def speed(self) -> float | None:
        """Bytes a second; None where nothing came."""
        return self.bytes / max(self.seconds, 1e-3) if self.got else None


def wanted(signed: SignedManifest | None, cid: Cid, samples: int) -> list[Wanted]:
    """The manifest, one block of the digest list, and so many of the encrypted file, at random.

    cid: the manifest's, which is all that can be asked for while nobody gives it. A file of fewer
    blocks gives all of them.
    """
    plan = [Wanted("manifest", cid, -1, 0)]  # nobody knows its size
    if signed is not None:
        leaves, part = signed.artifact_record.leaves, signed.artifact
        plan += _blocks("digest list", part.digests_cid, leaves.list_size, 1)
        plan += _blocks("file", part.cid, leaves.layout.ciphertext_size, samples)
    return plan


def _blocks(what: str, cid: str, size: int, samples: int) -> list[Wanted]:
    chunks = range(max(1, -(-size // CHUNK)))
    chosen = _RANDOM.sample(chunks, min(samples, len(chunks)))
    root = Cid.parse(cid)
    return [Wanted(what, root, size, chunk * CHUNK) for chunk in sorted(chosen)]


def sample(places: Sequence[Named], plan: Sequence[Wanted]) -> list[Sampled]:
    """Ask every place for the plan's blocks, one place after the other."""
    found = []
    for place in places:
        sampled, started = Sampled(place.kind, place.name, len(plan)), time.monotonic()
        try:
            _ask(place.source, plan, sampled, started + SECONDS)
        except (DaimmError, OSError) as error:
            sampled.wrong = isinstance(error, NoSuchFile)
            sampled.corrupt = isinstance(error, VerificationFailed) and not sampled.wrong
            sampled.failed = not isinstance(error, VerificationFailed)
            cause = error.strerror if isinstance(error, OSError) else ""
            sampled.problem = f"It cannot be read: {cause}." if cause else str(error)
        sampled.came = len(sampled.got)
        sampled.seconds = round(time.monotonic() - started, 3)
        found.append(sampled)
    return found


def _ask(source: BlockSource, plan: Sequence[Wanted], found: Sampled, until: float) -> None:
    counting = _Counting(source, found)
    absent: set[Cid] = set()
    for number, want in enumerate(plan):
        if want.root in absent:
            found.missing += 1
            continue
        if number and time.monotonic() > until:
            raise OutsideFailed(f"It is slow: stopped after {SECONDS:.0f} s.")
        try:
            counting.take(want)
            found.got.add(number)
        except NotStored as error:
            found.missing += 1
            if str(want.root) in error.message:
                absent.add(want.root)


class _Counting:
    """A source whose inner blocks are asked for once, and whose bytes are counted."""

    def __init__(self, source: BlockSource, found: Sampled) -> None:
        self._source = source
        self._found = found
        self._inner = functools.cache(functools.partial(fetch_block, self))

    def block(self, cid: Cid, *, max_size: int = MAX_BLOCK) -> bytes:
        block = self._source.block(cid, max_size=max_size)
        self._found.bytes += len(block)
        return block

    def take(self, want: Wanted) -> None:
        """Fetch a block from the root down, all of it checked."""
        if want.size < 0:
            fetch_block(self, want.root)
            return
        link, start = Link(want.root, want.size), 0
        for _ in range(_MAX_DEPTH):
            if link.cid.codec == RAW:
                break
            block = self._inner(link.cid)
            try:
                below = parse_node(block)
            except VerificationFailed:
                raise NoSuchFile(want) from None
            if sum(each.size for each in below) != link.size:
                raise NoSuchFile(want)
            for each in below:
                link = each
                if want.offset < start + each.size:
                    break
                start += each.size
        if link.cid.codec == DAG_PB or len(fetch_block(self, link.cid)) != link.size:
            raise NoSuchFile(want)


def fetchable(found: Sequence[Sampled], plan: Sequence[Wanted]) -> Finding:
    """Whether every block came from somewhere.

    FALSE where none of the file came from anywhere, or not all of it though everybody was asked.
    """
    for each in found:
        if each.wrong:
            return Finding("file", Result.FALSE, str(each.problem))
    everything = set(range(len(plan)))
    got = set[int]().union(*(each.got for each in found))
    if got == everything:
        whole = [each for each in found if each.got == everything]
        away = [each.name for each in whole if each.kind != OWN]
        says = f"All {len(plan)} blocks asked for came, from several sources together."
        if away:
            says = f"All {len(plan)} blocks asked for came from {', '.join(away[:4])}."
        elif whole:
            says = "Your own store has every block asked for. Of the network this proves nothing."
        return Finding("file", Result.OK, says)
    says = f"{len(got)} of {len(plan)} blocks asked for came from any source."
    if any(plan[number].what == "file" for number in got) and any(each.failed for each in found):
        return Finding("file", Result.UNKNOWN, f"{says} Not all could be asked: try again later.")
    says = says if found else "There is no source to ask."
    advice = "ask the seller where it is kept and add that under [storage] in config.toml."
    return Finding("file", Result.FALSE, f"{says} Don't buy what you cannot fetch: {advice}")


def honest(found: Sequence[Sampled]) -> Finding:
    """FALSE where a source sent other bytes than it was asked for."""
    if liars := [f"{each.name}: {each.problem}" for each in found if each.corrupt]:
        says = f"Wrong bytes from {'; '.join(liars[:4])}"
        return Finding("sources", Result.FALSE, says)
    if any(each.got for each in found):
        return Finding("sources", Result.OK, "Every block that came has its CID.")
    return Finding("sources", Result.UNKNOWN, "No block came.")
