"""What a cheated buyer shows: that a leaf of the ciphertext and its digest were committed to.

>>> proof = prove_leaf(Path("m.sealed"), Path("m.digests"), 3, artifact)
>>> proof.verify(artifact.combined_root, artifact.leaves)
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from daimm_cli.artifact import age, merkle, workers
from daimm_cli.artifact.kernel import Job, Task
from daimm_cli.artifact.pipeline import Artifact, not_promised
from daimm_cli.base.errors import VerificationFailed
from daimm_cli.base.files import Progress, open_regular


@dataclass(frozen=True)
class LeafProof:
    """What shows that (pd, ciphertext leaf) stands at `slot` under a combined root."""

    slot: int
    pd: bytes
    ciphertext: bytes
    siblings: tuple[bytes, ...]

    def verify(self, combined_root: bytes, leaves: merkle.Leaves) -> None:
        """Raises VerificationFailed unless the leaf belongs there.

        With the ciphertext's length right, the root fixes every other length.
        """
        leaf = merkle.leaf_hash(self.pd, self.ciphertext)
        if (
            len(self.siblings) != leaves.depth
            or len(self.ciphertext) != leaves.length(self.slot)
            or climb(leaf, self.slot, self.siblings) != combined_root
        ):
            raise VerificationFailed(
                f"The proof of leaf {self.slot} does not lead to the combined root: "
                "make it again from the ciphertext and the list that were committed."
            )


def climb(leaf: bytes, slot: int, siblings: Iterable[bytes]) -> bytes:
    """The root above `leaf`; bit i of the slot says on which side sibling i stands."""
    current = leaf
    for sibling in siblings:
        current = merkle.node(sibling, current) if slot & 1 else merkle.node(current, sibling)
        slot >>= 1
    return current


def prove_leaf(
    ciphertext: Path,
    digests: Path,
    slot: int,
    expect: Artifact,
    *,
    processes: int | None = None,
    progress: Progress | None = None,
) -> LeafProof:
    """The proof that leaf `slot` stands under the combined root; reads the file once."""
    leaves = expect.leaves
    unit = leaves.offset(slot) // age.UNIT
    first = unit * leaves.per_unit
    k = slot - first
    with open_regular(ciphertext) as sealed, open_regular(digests) as listed:
        if os.fstat(sealed.fileno()).st_size != leaves.layout.ciphertext_size:
            raise not_promised("ciphertext")
        pds = merkle.DigestList(listed, leaves).unit(unit)
        job = Job(Task.CHECK, leaves, sealed.fileno(), -1, listed.fileno())
        tops = workers.run(job, workers=processes, progress=progress).combined
        contents = [_leaf_at(sealed, leaves, first + j) for j in range(len(pds))]
    hashes = [merkle.leaf_hash(pd, data) for pd, data in zip(pds, contents, strict=True)]
    height, depth = leaves.unit_depth, leaves.depth
    siblings = merkle.path(hashes, k, height)
    siblings += merkle.path(tops, unit, depth - height, level=height)
    proof = LeafProof(slot, pds[k], contents[k], tuple(siblings))
    proof.verify(expect.combined_root, leaves)
    return proof


def _leaf_at(file: BinaryIO, leaves: merkle.Leaves, slot: int) -> bytes:
    file.seek(leaves.file_offset(slot))
    return file.read(leaves.length(slot))
