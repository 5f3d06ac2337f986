"""What holders say of models, weighed, and who accounts say they are, as the events tell.

>>> rating(index, 3)
Rating(model=3, reviews=12, weight=8.2, rating=3.9)
>>> profiles(index)["0x8fd379246834eac74B8419FfdA202CF8051F7A03"].shown
'plain-labs'

docs/reputation.md has the formula and the look-alikes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from daimm_cli.index.rows import Listed

if TYPE_CHECKING:
    from daimm_cli.index.index import Index


@dataclass(frozen=True)
class ReviewRow(Listed):
    """A word of a licence's holder. stars: 0 took it back; text: its digest, or zeros; current:
    whether it is their last; own: whether they sell or own the model; weight: see the page.
    changed: whether it was said after its answer."""

    order_id: bytes
    model: int
    reviewer: str
    stars: int
    text: bytes
    said_at: int
    current: bool
    own: bool
    weight: float
    answer: bytes | None
    answered_at: int | None
    changed: bool


@dataclass(frozen=True)
class Rating(Listed):
    """Of a model: how many said something, what their words weigh, and 1 to 5 stars."""

    ORDER: ClassVar[str] = "model DESC"

    model: int
    reviews: int
    weight: float
    rating: float

    @property
    def shown(self) -> str:
        count = f"{self.reviews:,} review" + ("s" if self.reviews > 1 else "")
        return f"{self.rating:.1f} of 5 by {count}, weight {self.weight:.1f} beside 10 for 3 stars"


def rating(index: Index, model: int) -> Rating | None:
    """None where nobody said anything."""
    return next(iter(index.rows(Rating, 1, model=model)), None)


@dataclass(frozen=True)
class Profile:
    """What an account said of itself last. handle: "" for none; metadata: a digest, or zeros;
    encryption: a point's coordinates, or zeros; place: from which event on the account's handle
    looked like this; resembles: who was first with one that does."""

    account: str
    handle: str
    metadata: bytes
    encryption: tuple[int, int]
    place: tuple[int, int]
    resembles: str | None = None

    @property
    def shown(self) -> str:
        """The handle, never without what is to be known of it."""
        like = f" (LOOKS LIKE the handle of {self.resembles})" if self.resembles else ""
        return f"{self.handle or '(no handle)'}{like}"


_ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "2": "z", "8": "b", "-": None})
_PAIRS = {"rn": "m", "vv": "w", "cl": "d"}


def skeleton(handle: str) -> str:
    """What the handle looks like at a glance: two with one skeleton are look-alikes."""
    return re.sub("rn|vv|cl", lambda pair: _PAIRS[pair[0]], handle.translate(_ALIKE))


def profiles(index: Index) -> dict[str, Profile]:
    """Everybody's, by account. A handle is whose account has had one that looks so for longest."""
    found: dict[str, Profile] = {}
    for row in index.select("SELECT * FROM profiles_profile_set ORDER BY block, position"):
        handle = row["handle"].rstrip(b"\0").decode("ascii", "replace")
        key, place = (int(row["encryption_x"]), int(row["encryption_y"])), (row[0], row[1])
        before = found.get(row["account"])
        if before and skeleton(before.handle) == skeleton(handle):
            place = before.place
        found[row["account"]] = Profile(row["account"], handle, row["metadata"], key, place)
    first: dict[str, str] = {}
    for profile in sorted(found.values(), key=lambda each: each.place):
        if profile.handle:
            holder = first.setdefault(skeleton(profile.handle), profile.account)
            if holder != profile.account:
                found[profile.account] = replace(profile, resembles=holder)
    return found
