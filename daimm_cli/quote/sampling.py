"""Random blocks of an artifact through each source by itself: can it be had, and from where.

>>> plan = wanted(signed, samples=8)
>>> [(each.place.name, each.came, each.asked) for each in sample(places, plan)]
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

from daimm_cli.artifact.unixfs import CHUNK, DAG_PB, MAX_BLOCK, RAW, Cid, Leaf, Link, parse_node
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.quote.checks import Check, Result
from daimm_cli.store.base import BlockSource, NotStored, fetch_block
from daimm_cli.store.remote import Named

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


@dataclass
class Sampled:
    """What one source gave. got: which of the plan's blocks, by number; problem: why not more.

    missing: blocks that it says it lacks; corrupt: it sent other bytes than asked for; wrong: it
    gave what it was asked for, and that is no such file; failed: it could not be asked to the end.
    """

    place: Named
    asked: int
    got: set[int] = field(default_factory=set)
    missing: int = 0
    corrupt: bool = False
    wrong: bool = False
    failed: bool = False
    problem: str | None = None
    received: int = 0
    seconds: float = 0.0

    @property
    def came(self) -> int:
        return len(self.got)

    @property
    def speed(self) -> float | None:
        """Bytes a second; None where nothing came."""
        return self.received / max(self.seconds, 1e-6) if self.got else None


def wanted(signed: SignedManifest, cid: Cid, samples: int) -> list[Wanted]:
    """The manifest, one block of the digest list, and so many of the encrypted file, at random.

    cid: the manifest's. A file of fewer blocks gives all of them.
    """
    leaves = signed.artifact_record.leaves
    part = signed.artifact
    size, listed = leaves.segments.ciphertext_size, leaves.list_size
    plan = [manifest_alone(cid), *_blocks("digest list", part.digests_cid, listed, 1)]
    return plan + _blocks("file", part.cid, size, samples)


def manifest_alone(cid: Cid) -> Wanted:
    """All that can be asked for while nobody gives the manifest; its size is not known."""
    return Wanted("manifest", cid, -1, 0)


def _blocks(what: str, cid: str, size: int, samples: int) -> list[Wanted]:
    chunks = range(max(1, -(-size // CHUNK)))
    chosen = _RANDOM.sample(chunks, min(samples, len(chunks)))
    root = Cid.parse(cid)
    return [Wanted(what, root, size, chunk * CHUNK) for chunk in sorted(chosen)]


def sample(places: Sequence[Named], plan: Sequence[Wanted]) -> list[Sampled]:
    """Ask every place for the plan's blocks, one place after the other."""
    return [_through(place, plan) for place in places]


def _through(place: Named, plan: Sequence[Wanted]) -> Sampled:
    found = Sampled(place, len(plan))
    counting = _Counting(place.source, found)
    absent: set[Cid] = set()
    started = time.monotonic()
    for number, want in enumerate(plan):
        if want.root in absent:
            found.missing += 1
            continue
        try:
            counting.take(want)
            found.got.add(number)
        except NotStored as error:
            found.missing += 1
            if str(want.root) in error.message:
                absent.add(want.root)
        except NoSuchFile as error:
            found.wrong, found.problem = True, error.message
            break
        except VerificationFailed as error:
            found.corrupt, found.problem = True, error.message
            break
        except DaimmError as error:
            found.failed, found.problem = True, error.message
            break
        except OSError as error:
            found.failed, found.problem = True, f"It cannot be read: {error.strerror}."
            break
        if time.monotonic() - started > SECONDS and number + 1 < len(plan):
            found.failed, found.problem = True, f"It is slow: stopped after {SECONDS:.0f} s."
            break
    found.seconds = time.monotonic() - started
    return found


class _Counting:
    """A source whose inner blocks are asked for once, and whose bytes are counted."""

    def __init__(self, source: BlockSource, found: Sampled) -> None:
        self._source = source
        self._found = found
        self._inner = functools.cache(functools.partial(fetch_block, self))

    def block(self, cid: Cid, *, max_size: int = MAX_BLOCK) -> bytes:
        block = self._source.block(cid, max_size=max_size)
        self._found.received += len(block)
        return block

    def take(self, want: Wanted) -> None:
        """Fetch a block from the root down, all of it checked."""
        if want.size < 0:
            fetch_block(self, want.root)
        else:
            leaf = self._leaf(want)
            if len(fetch_block(self, leaf.cid)) != leaf.size:
                raise _no_such_file(want)

    def _leaf(self, want: Wanted) -> Leaf:
        link, start = Link(want.root, want.size), 0
        for _ in range(_MAX_DEPTH):
            if link.cid.codec == RAW:
                break
            block = self._inner(link.cid)
            try:
                below = parse_node(block)
            except VerificationFailed:
                raise _no_such_file(want) from None
            if sum(each.size for each in below) != link.size:
                raise _no_such_file(want)
            for each in below:
                link = each
                if want.offset < start + each.size:
                    break
                start += each.size
        if link.cid.codec == DAG_PB:
            raise _no_such_file(want)
        return Leaf(link.cid, start, link.size)


def _no_such_file(want: Wanted) -> NoSuchFile:
    return NoSuchFile(
        f"The {want.what} {want.root} is not the file of {want.size:,} bytes that the manifest "
        "tells of: don't buy from this listing."
    )


def fetchable(found: Sequence[Sampled], plan: Sequence[Wanted]) -> Check:
    """Whether every block came from somewhere.

    FALSE where none of the file came from anywhere, or not all of it though everybody was asked.
    """
    for each in found:
        if each.wrong:
            return Check("file", Result.FALSE, str(each.problem))
    everything = set(range(len(plan)))
    got = set[int]().union(*(each.got for each in found))
    whole = [each for each in found if each.got == everything]
    away = [each for each in whole if each.place.kind != OWN]
    if got == everything and away:
        names = ", ".join(each.place.name for each in away[:4])
        says = f"All {len(plan)} blocks asked for came from {names}."
    elif got == everything and whole:
        says = "Your own store has every block asked for. Of the network this proves nothing."
    elif got == everything:
        says = f"All {len(plan)} blocks asked for came, from several sources together."
    elif not found:
        says = "There is no source to ask."
    else:
        says = f"{len(got)} of {len(plan)} blocks asked for came from any source."
    if got == everything:
        return Check("file", Result.OK, says)
    came = any(plan[number].what == "file" for number in got)
    if came and any(each.failed for each in found):
        return Check("file", Result.UNKNOWN, f"{says} Not all could be asked: try again later.")
    return Check(
        "file",
        Result.FALSE,
        f"{says} Don't buy what you cannot fetch: ask the seller where it is kept and add that "
        "under [storage] in config.toml.",
    )


def honest(found: Sequence[Sampled]) -> Check:
    """FALSE where a source sent other bytes than it was asked for."""
    liars = [each for each in found if each.corrupt]
    if not liars:
        asked = any(each.got for each in found)
        says = "Every block that came has its CID." if asked else "No block came."
        return Check("sources", Result.OK if asked else Result.UNKNOWN, says)
    named = "; ".join(f"{each.place.name}: {each.problem}" for each in liars[:4])
    return Check("sources", Result.FALSE, f"Wrong bytes from {named}")
