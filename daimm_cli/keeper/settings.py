"""What a keeper may do: the table [keeper] of config.toml, and DAIMM_KEEPER_... of the environment.

    [keeper]
    seller = "0x…"                    # whose offers it serves; default: the account that pays gas
    finality = 12                     # blocks a purchase must have, or "safe" or "finalized"
    batch = 20                        # duties in one transaction
    in_flight = 4                     # transactions that wait to be mined at most
    poll = 2                          # seconds (or "5s", "1m") between two looks at the chain
    patience = 90                     # seconds (or "2m") until what is stuck gets a higher fee
    max_gas_price = 200               # gwei that a transaction may offer per gas
    minimum_profit = "0.0001"         # ether that an order must leave after gas ...
    ether_per_token = { AIM = "0.01" }    # ... at this worth of a token to you
    withdraw = { AIM = "100" }        # push credits from this amount on to the seller
    listen = "127.0.0.1:9464"         # Prometheus and health; "" for none
    submit = "https://…"              # a private relay to send through, never shown
    timeout = 10                      # seconds (or "10s") that the node has for an answer

>>> settings = load({"finality": "finalized"}, {})
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.settings import checked
from daimm_cli.base.text import parse_duration
from daimm_cli.bindings.values import checksummed

PREFIX = "DAIMM_KEEPER_"

NAMED_BLOCKS = ("safe", "finalized")

MAX_BATCH = 80
"""Deliveries in a transaction at most: 128 KiB is what nodes take, and each has 1,472 bytes."""

Amount = Annotated[Decimal, Field(ge=0, le=10**12)]


def _seconds(value: Any) -> Any:
    """A number, or a time like `90s` or `10m`."""
    if not isinstance(value, str) or not value.strip()[-1:].isalpha():
        return value
    try:
        return parse_duration(value)
    except DaimmError:
        raise ValueError("must be seconds, or a time like 30s or 10m") from None


Seconds = BeforeValidator(_seconds)


def _finality(value: Any) -> Any:
    """A number of blocks, or a name that nodes have for one."""
    if isinstance(value, str) and not value.strip().isdecimal() and value not in NAMED_BLOCKS:
        raise ValueError('must be a number of blocks, "safe" or "finalized"')
    return value


class Settings(BaseModel):
    """The module's table. Names of tokens are AIM or a contract's address."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    seller: str | None = None
    finality: Annotated[
        Annotated[int, Field(ge=1, le=10_000)] | Literal["safe", "finalized"] | None,
        BeforeValidator(_finality),
    ] = None
    batch: Annotated[int, Field(ge=1, le=MAX_BATCH)] = 20
    in_flight: Annotated[int, Field(ge=1, le=16)] = 4
    poll: Annotated[float, Seconds, Field(ge=0.05, le=600)] = 2.0
    patience: Annotated[int, Seconds, Field(ge=5, le=86_400)] = 90
    max_gas_price: Annotated[Decimal, Field(gt=0, le=2_000)] = Decimal(200)
    minimum_profit: Amount = Decimal(0)
    ether_per_token: dict[str, Amount] = Field(default_factory=dict, max_length=64)
    withdraw: dict[str, Amount] = Field(default_factory=dict, max_length=64)
    listen: Annotated[str, Field(max_length=100)] = "127.0.0.1:9464"
    submit: str | None = Field(default=None, max_length=2_000, repr=False)
    timeout: Annotated[float, Seconds, Field(ge=0.2, le=300)] = 10.0


def load(table: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """The settings; raises DaimmError that names what is wrong."""
    values = dict(table)
    for name in Settings.model_fields:
        if text := environment.get(PREFIX + name.upper()):
            values[name] = text
    found = checked(Settings, values, lambda key: f"The keeper's setting '{key}'")
    if found.seller is not None:
        checksummed(found.seller, "keeper's seller")
    for name in (*found.ether_per_token, *found.withdraw):
        if name != "AIM":
            checksummed(name, "keeper's token")
    return found
