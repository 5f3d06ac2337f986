"""What a keeper may do: the table [keeper] of config.toml, and DAIMM_KEEPER_... of the environment.

    [keeper]
    seller = "0x…"                    # whose offers it serves; default: the account that pays gas
    finality = 12                     # blocks a purchase must have, or "safe" or "finalized"
    batch = 20                        # duties in one transaction
    in_flight = 4                     # transactions that wait to be mined at most
    poll = 2                          # seconds between two looks at the chain
    patience = 90                     # seconds until a transaction is stuck and gets a higher fee
    max_gas_price = 200               # gwei that a transaction may offer per gas
    minimum_profit = "0.0001"         # ether that an order must leave after gas ...
    ether_per_token = { AIM = "0.01" }    # ... at this worth of a token to you
    withdraw = { AIM = "100" }        # push credits from this amount on to the seller
    listen = "127.0.0.1:9464"         # Prometheus and health; "" for none
    submit = "https://…"              # a private relay to send through, never shown
    timeout = 10                      # seconds that the node has for an answer

>>> settings = load({"finality": "finalized"}, {})
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import sanitise
from daimm_cli.bindings.values import checksummed

PREFIX = "DAIMM_KEEPER_"

MAX_BATCH = 80
"""Deliveries in a transaction at most: 128 KiB is what nodes take, and each has 1,472 bytes."""

Amount = Annotated[Decimal, Field(ge=0, le=10**12)]


class Settings(BaseModel):
    """The module's table. Names of tokens are AIM or a contract's address."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    seller: str | None = None
    finality: Annotated[int, Field(ge=1, le=10_000)] | Literal["safe", "finalized"] | None = None
    batch: Annotated[int, Field(ge=1, le=MAX_BATCH)] = 20
    in_flight: Annotated[int, Field(ge=1, le=16)] = 4
    poll: Annotated[float, Field(ge=0.05, le=600)] = 2.0
    patience: Annotated[int, Field(ge=5, le=86_400)] = 90
    max_gas_price: Annotated[Decimal, Field(gt=0, le=2_000)] = Decimal(200)
    minimum_profit: Amount = Decimal(0)
    ether_per_token: dict[str, Amount] = Field(default_factory=dict, max_length=64)
    withdraw: dict[str, Amount] = Field(default_factory=dict, max_length=64)
    listen: Annotated[str, Field(max_length=100)] = "127.0.0.1:9464"
    submit: str | None = Field(default=None, max_length=2_000, repr=False)
    timeout: Annotated[float, Field(ge=0.2, le=300)] = 10.0


def load(table: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """The settings; raises DaimmError that names what is wrong."""
    values = dict(table)
    for name in Settings.model_fields:
        if text := environment.get(PREFIX + name.upper()):
            values[name] = text
    try:
        found = Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        tables = isinstance(values.get(str(first["loc"][0])), Mapping)
        where = ".".join(str(part) for part in first["loc"][: 2 if tables else 1])
        raise DaimmError(
            f"The keeper's setting '{sanitise(where, 80)}' is wrong: {sanitise(first['msg'], 200)}."
        ) from None
    if found.seller is not None:
        checksummed(found.seller, "keeper's seller")
    for name in (*found.ether_per_token, *found.withdraw):
        if name != "AIM":
            checksummed(name, "keeper's token")
    return found
