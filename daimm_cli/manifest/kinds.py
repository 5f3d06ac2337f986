"""The kinds of values that a manifest's fields have, each bounded.

>>> class Demo(Part):
...     url: Url
"""

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    model_validator,
)

from daimm_cli.artifact import unixfs
from daimm_cli.bindings.values import checksummed
from daimm_cli.manifest import canonical
from daimm_cli.models.names import BLANK, UNSEEN, check_name


def _address(text: str) -> str:
    if checksummed(text) != text:
        raise ValueError("the address lacks its checksum (EIP-55)")
    return text


def _caip10(text: str) -> str:
    _address(text.split(":")[2])
    return text


def _cid(text: str) -> str:
    unixfs.Cid.parse(text)
    return text


def _text(longest: int) -> StringConstraints:
    """Text of which something is to be seen."""
    seen = f"^[^{UNSEEN}]*[^{UNSEEN}{BLANK}][^{UNSEEN}]*$"
    return StringConstraints(min_length=1, max_length=longest, pattern=seen)


Text = Annotated[str, _text(200)]
LongText = Annotated[str, _text(2000)]
PortName = Annotated[str, _text(1024)]
FileName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9 _.+@=,/-]{0,255}$"),
    AfterValidator(check_name),
]
Word = Annotated[str, StringConstraints(pattern="^[a-z0-9][a-z0-9_.()-]{0,63}$")]
Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
Hex32 = Annotated[str, StringConstraints(pattern="^0x[0-9a-f]{64}$")]
Hex64 = Annotated[str, StringConstraints(pattern="^0x[0-9a-f]{128}$")]
Hex16 = Annotated[str, StringConstraints(pattern="^0x[0-9a-f]{32}$")]
Cid = Annotated[str, StringConstraints(pattern="^b[a-z2-7]{58}$"), AfterValidator(_cid)]
Caip10 = Annotated[
    str,
    StringConstraints(pattern="^eip155:[1-9][0-9]{0,17}:0x[0-9a-fA-F]{40}$"),
    AfterValidator(_caip10),
]
Address = Annotated[str, StringConstraints(pattern="^0x[0-9a-fA-F]{40}$"), AfterValidator(_address)]
Decimal = Annotated[
    str, StringConstraints(pattern=r"^-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?$", max_length=64)
]
Url = Annotated[
    str, StringConstraints(pattern=r"^(https|ipfs)://[!#-;=?-Z_a-z~%\[\]]+$", max_length=2000)
]
Bytes = Annotated[
    bytes,
    BeforeValidator(lambda it: bytes.fromhex(it.removeprefix("0x")) if isinstance(it, str) else it),
    PlainSerializer(lambda data: f"0x{data.hex()}"),
]
"""Bytes that a record of the home has as hexadecimal digits."""

Bytes32 = Annotated[Bytes, Field(min_length=32, max_length=32)]
Size = Annotated[int, Field(ge=0, le=canonical.MAX_INTEGER)]
LICENSE = r"^[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+){0,8}$"
LicenseId = Annotated[str, StringConstraints(pattern=LICENSE, max_length=200)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _no_nulls(cls, fields: Any) -> Any:
        if isinstance(fields, dict) and None in fields.values():
            raise ValueError("a field without a value is left out, not null")
        return fields
