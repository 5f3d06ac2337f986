"""The key lines of one's own versions: label and secret, from the manifest and the seed.

A label that the home kept (`daimm_cli.market.labels`) stands in for the manifest, so that keys are
delivered where nobody has it any more.

>>> line = own_line(chain, index, fetcher, seed, model=3, version=1)
>>> line.secret.point == offer.line
True
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daimm_cli.base.errors import DaimmError
from daimm_cli.market.listing import Fetcher, read_listing
from daimm_cli.protocol import keys
from daimm_cli.protocol.curve import SecretScalar

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.index.index import Index


@dataclass(frozen=True)
class Line:
    """label: the 32 public bytes in the manifest; secret: a, which follows from label and seed."""

    label: bytes
    secret: SecretScalar = field(repr=False)


def own_line(
    chain: Chain, index: Index, fetcher: Fetcher, seed: bytes, *, model: int, version: int
) -> Line:
    """The line of a version; raises DaimmError where this seed did not make it."""
    rows = index.versions(model, version=version)
    if not rows:
        raise DaimmError(f"Model {model} has no version {version}.", hint="daimm model list")
    wanted = rows[0].details.line
    kept = fetcher.labels.of(seed, wanted) if fetcher.labels else None
    if kept is not None:
        return Line(kept, keys.line_secret(seed, kept))
    signed = read_listing(chain, fetcher, rows[0], bought=True).signed
    label = bytes.fromhex(signed.key_line.label[2:])
    secret = keys.line_secret(seed, label)
    if secret.point != wanted:
        raise DaimmError(
            f"The seed of this home did not make the key line of version {version} of model "
            f"{model}: restore the seed that published it, or set DAIMM_HOME to its home."
        )
    if fetcher.labels:
        fetcher.labels.add(label)
    return Line(label, secret)
