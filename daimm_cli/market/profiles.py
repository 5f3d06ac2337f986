"""Who accounts say they are: set on the chain, the rest a small document in the store.

>>> sent = set_profile(session, "plain-labs", "Plain Labs", ["https://plain.example"], None)
>>> read(session, profiles(session.index)[me]).links
['https://plain.example']
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass

from daimm_cli.artifact.unixfs import RAW, Cid
from daimm_cli.base import bounded_json
from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import sanitise
from daimm_cli.chain.answers import Receipt
from daimm_cli.chain.terms import ZERO_WORD
from daimm_cli.index.reputation import Profile, skeleton
from daimm_cli.market import reviews
from daimm_cli.protocol.curve import NO_POINT, Point
from daimm_cli.session.session import Session

MAX_LINKS = 8
SCHEMES = ("https://", "http://", "ipfs://", "mailto:")
"""Other links are not shown: what opens them could be a program."""


@dataclass(frozen=True)
class Said:
    """The rest of a profile, safe to print."""

    name: str | None = None
    links: tuple[str, ...] = ()


def set_profile(
    session: Session, handle: str, name: str, links: list[str], encryption: str | None
) -> Receipt:
    """Put it on the chain, and the document in the store. Raises DaimmError for what is too long,
    ChainRefused for a handle of other letters."""
    packed, key = handle.encode(), point(encryption) if encryption else NO_POINT
    if len(packed) > 32:
        raise DaimmError(f"A handle has at most 32 letters, not {len(packed)}: shorten it.")
    if len(links) > MAX_LINKS:
        raise DaimmError(f"At most {MAX_LINKS} links are shown: leave some out.")
    if odd := next((link for link in links if not link.startswith(SCHEMES)), None):
        raise DaimmError(f"'{sanitise(odd, 40)}' is no link: begin it with https://.")
    document = {"name": name, "links": links} if name or links else None
    profiles = session.chain.deployed.profiles
    return reviews.say(
        session,
        lambda digest: profiles.set_profile(packed.ljust(32, b"\0"), digest, key),
        json.dumps(document, ensure_ascii=False) if document else "",
    )


def read(session: Session, profile: Profile) -> Said:
    """What its document says, as far as it can be had and read."""
    if profile.metadata == ZERO_WORD:
        return Said()
    with contextlib.suppress(DaimmError, ValueError, AttributeError, TypeError):
        cid = Cid(RAW, profile.metadata)
        data = session.fetcher.block(cid, "profile", max_size=reviews.MAX_BYTES)
        said = bounded_json.loads(data, depth=4)
        links = tuple(
            sanitise(link) for link in said.get("links", [])[:MAX_LINKS] if link.startswith(SCHEMES)
        )
        return Said(sanitise(said.get("name") or "") or None, links)
    return Said()


def point(text: str) -> Point:
    """A public key in hexadecimal; raises DaimmError for anything else."""
    from coincurve import PublicKey

    try:
        return Point(*PublicKey(bytes.fromhex(text.removeprefix("0x"))).point())
    except ValueError:
        raise DaimmError(
            f"'{sanitise(text, 40)}' is no public key: give the 33 or 65 bytes of a point of "
            "secp256k1 in hexadecimal."
        ) from None


def taken(found: dict[str, Profile], handle: str, me: str) -> Profile | None:
    """Who else's handle looks like this, and counts."""
    alike = [
        each
        for each in found.values()
        if each.handle and skeleton(each.handle) == skeleton(handle) and not each.resembles
    ]
    return next((each for each in alike if handle and each.account != me), None)
