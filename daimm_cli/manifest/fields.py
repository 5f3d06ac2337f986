"""The manifest's fields and their limits, and what must agree within it.

>>> Terms(license="MIT", use="any", redistribution="free", derivatives="free", derivative_share=0)

Unknown fields are refused, but for what `extensions` holds; a field without a value is left out, a
list without items is written as [].
"""

from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from daimm_cli.artifact import merkle
from daimm_cli.artifact.pipeline import Artifact
from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.structs import Bps, Derivatives, Share, TermsHead
from daimm_cli.chain import terms
from daimm_cli.manifest import canonical, card, kinds, licences
from daimm_cli.models import pack
from daimm_cli.models.names import check_names
from daimm_cli.protocol.curve import Point, decode, keccak
from daimm_cli.protocol.keys import LineProof

SPEC = "daimm/manifest/1"
MAX_SIGNATURE = 4096
MAX_BENCHMARKS = 256


class Io(kinds.Part):
    """An input or output. Dimensions are numbers, names of variable sizes, or null."""

    name: kinds.PortName
    dtype: Annotated[str, StringConstraints(pattern="^[a-z0-9(),]{1,100}$")]
    shape: Annotated[list[kinds.Size | kinds.PortName | None], Field(max_length=64)] | None = None


class Tensors(kinds.Part):
    """The stored tensors: how many, and SHA-256 over their digests in ascending order."""

    count: kinds.Size
    digest: kinds.Sha256


class Model(kinds.Part):
    """What a model file was found to be."""

    parameters: kinds.Size
    tensors: Tensors
    inputs: Annotated[list[Io], Field(max_length=4096)]
    outputs: Annotated[list[Io], Field(max_length=4096)]
    opset: Annotated[dict[kinds.Text, kinds.Size], Field(max_length=64)]


class File(kinds.Part):
    """One file of the version. size in bytes; sha256 of the file in clear."""

    name: kinds.FileName
    format: kinds.Word
    size: kinds.Size
    sha256: kinds.Sha256
    model: Model | None = None


class ArtifactPart(kinds.Part):
    """The encrypted artifact, as docs/artifact.md defines its parts; size of the plaintext in
    bytes; packing: whether that is the one file itself or a ustar pack of all."""

    cid: kinds.Cid
    digests_cid: kinds.Cid
    packing: Literal["none", "ustar"]
    nonce: kinds.Hex16
    size: kinds.Size
    leaf_size: kinds.Size
    combined_root: kinds.Hex32
    plaintext_root: kinds.Hex32
    commitment: kinds.Hex32


class LineProofPart(kinds.Part):
    """A Schnorr proof that the seller knows the line's key (docs/protocol.md)."""

    commitment: kinds.Hex64
    response: kinds.Hex32

    @property
    def value(self) -> LineProof:
        return LineProof(decode(bytes.fromhex(self.commitment[2:])), int(self.response, 16))


class KeyLine(kinds.Part):
    """The committed point A = (x, y), the delivery scheme, the public label that its secret is
    derived from, and the proof."""

    scheme: Annotated[int, Field(ge=1, le=65535)]
    label: kinds.Hex32
    x: kinds.Hex32
    y: kinds.Hex32
    proof: LineProofPart

    @property
    def point(self) -> Point:
        return Point(int(self.x, 16), int(self.y, 16))


class ParentPart(kinds.Part):
    """A version, in the same registry, that this one was made from."""

    model: Annotated[int, Field(ge=1, le=2**32 - 1)]
    version: Annotated[int, Field(ge=1, le=65535)]
    relation: Literal["fine-tune", "distil", "quantise", "merge", "compose"]


class Terms(kinds.Part):
    """What a buyer may do. license: an SPDX expression, or LicenseRef-... for RAIL and the like;
    derivative_share: what the seller asks of a derivative's revenue, in basis points."""

    license: kinds.LicenseId
    use: Literal["any", "non-commercial", "research", "evaluation"]
    redistribution: Literal["forbidden", "same-terms", "free"]
    derivatives: Literal["forbidden", "same-terms", "free"]
    derivative_share: Annotated[int, Field(ge=0, le=10_000)]
    text: kinds.Url | None = None

    @property
    def head(self) -> TermsHead:
        """What contracts read of it, with keccak256 of its canonical JSON."""
        derivatives = Derivatives[self.derivatives.upper().replace("-", "_")]
        document = keccak(canonical.encode(self.model_dump(exclude_none=True)))
        return TermsHead(derivatives, Bps(self.derivative_share), document)

    @property
    def shown(self) -> str:
        """All of it, for people."""
        share = f", {self.derivative_share / 100:g}% of what they earn" * bool(
            self.derivative_share
        )
        text = f"; text: {self.text}" * bool(self.text)
        return (
            f"{self.license}: use {self.use}, redistribution {self.redistribution}, "
            f"derivatives {self.derivatives}{share}{text}"
        )


class Benchmark(kinds.Part):
    """A result that the seller refers to; numbers are decimal texts, evidence an address."""

    suite: kinds.Text
    metric: kinds.Text
    value: kinds.Decimal
    tolerance: kinds.Decimal | None = None
    evidence: kinds.Url | None = None


def stated(card_text: str) -> list[dict[str, str]]:
    """The scores of a card's front matter that a manifest can take, 256 at most."""
    found = []
    for score in card.parse(card_text).scores:
        with suppress(ValidationError):
            found.append(Benchmark(**score).model_dump(exclude_none=True))
    return found[:MAX_BENCHMARKS]


class Demo(kinds.Part):
    """Where the model, or a reduced preview of it, can be tried."""

    url: kinds.Url
    description: kinds.Text


class SharePart(kinds.Part):
    """A row of the table that shares what the version earns: in basis points, to one of a payee's
    accounts. All zeros is that which they withdraw from."""

    payee: kinds.Address
    account: kinds.Hex32
    share: Annotated[int, Field(ge=1, le=10_000)]


class Described(kinds.Part):
    """What is known of a version before anything is sealed."""

    name: kinds.Text
    version: kinds.Text
    description: kinds.LongText
    files: Annotated[list[File], Field(min_length=1, max_length=10_000)]
    terms: Terms
    card: Annotated[str, Field(max_length=card.MAX_BYTES)]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        names = [file.name for file in self.files]
        if names != sorted(set(names)):
            raise ValueError("files are not in the order of their names")
        check_names(names)
        stated = card.parse(self.card).license
        if stated is not None and not licences.same(stated, self.terms.license):
            raise ValueError(
                f"the model card says licence {stated}, the terms say {self.terms.license}: "
                "make them one"
            )
        return self


class Manifest(Described):
    """All that is said of a version, but for the signature."""

    spec: Literal["daimm/manifest/1"]
    seller: kinds.Caip10
    registry: kinds.Caip10
    artifact: ArtifactPart
    key_line: KeyLine
    parents: Annotated[list[ParentPart], Field(max_length=terms.MAX_PARENTS)]
    benchmarks: Annotated[list[Benchmark], Field(max_length=MAX_BENCHMARKS)]
    shares: Annotated[list[SharePart], Field(min_length=1, max_length=16)] | None = None
    demo: Demo | None = None
    extensions: Annotated[dict[kinds.Word, Any], Field(max_length=64)] | None = None

    @property
    def chain_id(self) -> int:
        return int(self.registry.split(":")[1])

    @property
    def registry_address(self) -> str:
        return self.registry.split(":")[2]

    @property
    def seller_address(self) -> str:
        return self.seller.split(":")[2]

    @property
    def artifact_record(self) -> Artifact:
        """The artifact as `daimm_cli.artifact` takes it, to check, open and prove."""
        part = self.artifact
        roots = (bytes.fromhex(part.combined_root[2:]), bytes.fromhex(part.plaintext_root[2:]))
        return Artifact(bytes.fromhex(part.nonce[2:]), part.size, part.leaf_size, *roots)

    @property
    def table(self) -> tuple[Share, ...]:
        """Who shares what the version earns; empty where its offers say who is paid."""
        return tuple(
            Share(row.payee, bytes.fromhex(row.account[2:]), Bps(row.share))
            for row in self.shares or ()
        )

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.seller.split(":")[1] != self.registry.split(":")[1]:
            raise ValueError("seller and registry are on different chains")
        names = [file.name for file in self.files]
        if self.artifact.packing == "none" and (len(names) != 1 or "/" in names[0]):
            raise ValueError("several files, and files in folders, need packing")
        size = self.files[0].size
        if self.artifact.packing == "ustar":
            size = pack.pack_size([pack.Member(it.name, Path(), it.size) for it in self.files])
        if self.artifact.size != size:
            raise ValueError("the artifact's size is not that of the files")
        if self.artifact.leaf_size not in merkle.LEAF_SIZES:
            raise ValueError("the leaf size is not allowed")
        if self.artifact_record.commitment.hex() != self.artifact.commitment[2:]:
            raise ValueError("the artifact's commitment does not follow from its parts")
        if self.shares and sum(row.share for row in self.shares) != 10_000:
            raise ValueError("the shares do not make the whole")
        try:
            _ = self.key_line.point, self.key_line.proof.value
        except DaimmError:
            raise ValueError("the key line or its proof is not a point of the curve") from None
        return self


class Signature(kinds.Part):
    """The seller's EIP-712 signature (or what their contract accepts by ERC-1271), in hex."""

    type: Literal["eip712"]
    value: Annotated[
        str, StringConstraints(pattern="^0x([0-9a-f]{2})+$", max_length=2 + 2 * MAX_SIGNATURE)
    ]


class SignedManifest(Manifest):
    """A manifest as it is published: its canonical bytes are what the chain commits to."""

    signature: Signature

    @property
    def body(self) -> Manifest:
        """What was signed."""
        fields = {name: getattr(self, name) for name in Manifest.model_fields}
        return Manifest.model_construct(None, **fields)
