"""A version with good digests over garbage, and what convicts it.

>>> details = garbage(details)
>>> chain.node.send(conviction(chain, version, claimant, x, request, proof), account)
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from daimm_cli.bindings.structs import Commitment, Leaf, WrongContent
from daimm_cli.market.wrong import context_of
from daimm_cli.market.wrong import conviction as convicting
from daimm_cli.protocol.opening import open_key
from tools.content_reference import Listing, artifact

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.chain.node import Call
    from daimm_cli.chain.terms import Version
    from daimm_cli.index.rows import VersionRow
    from daimm_cli.protocol.curve import SecretScalar
    from daimm_cli.protocol.delivery import KeyProof, KeyRequest

LISTING = Listing(nonce=b"\7" * 16, leaf_size=256, sealed=b"garbage!" * 64, promised=bytes(512))


def garbage(details: Version) -> Version:
    """The same version, of that artifact."""
    commitment, _ = LISTING.proof(0)
    return replace(details, artifact=artifact(commitment))


def conviction(
    chain: Chain,
    version: VersionRow,
    claimant: str,
    x: SecretScalar,
    request: KeyRequest,
    proof: KeyProof,
) -> Call:
    """What convicts the version, in the claimant's name.

    x: the secret of the request that `proof` answered; any order on the version's line will do.
    """
    commitment, leaf = LISTING.proof(0)
    context = context_of(chain, version.model, version.version, claimant)
    opening = open_key(x, request, proof, context)
    return convicting(chain, version, WrongContent(Commitment(*commitment), opening, Leaf(*leaf)))
