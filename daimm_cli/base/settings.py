"""Settings as pydantic models: what is wrong with one is told in a sentence that names it.

>>> checked(Storage, {"kubo": 3}, lambda key: f"config.toml: '{key}'")
Traceback (most recent call last):
daimm_cli.base.errors.DaimmError: config.toml: 'kubo' must be text in quotes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import sanitise

_SAID = {
    "string_type": "must be text in quotes",
    "string_too_short": "must be text in quotes, and not empty",
    "int_type": "must be a number",
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "decimal_parsing": "must be a number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list, like [\"a\", \"b\"]",
    "dict_type": "must be a table",
    "model_type": "must be a table",
}  # fmt: skip


class Strict(BaseModel):
    """Settings of the kinds that they say; secrets in them reach no error and no repr."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, hide_input_in_errors=True, validate_default=True
    )


_M = TypeVar("_M", bound=BaseModel)


def checked(
    model: type[_M], values: Mapping[str, Any], place: Callable[[str], str], context: Any = None
) -> _M:
    """The model of these values; DaimmError names the first that is wrong by `place` of its key."""
    try:
        return model.model_validate(dict(values), context=context)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
    path: list[str] = []
    at: Any = values
    for part in first["loc"]:
        if isinstance(at, Mapping) and isinstance(part, str):
            path.append(part)
            at = at.get(part)
    where = place(sanitise(".".join(path), 120))
    if first["type"] == "extra_forbidden":
        raise DaimmError(f"{where}: unknown key. {_known(model, path)}")
    said = first["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    raise DaimmError(f"{where} {_SAID.get(first['type'], sanitise(said))}.")


def _known(model: type[BaseModel], path: list[str]) -> str:
    """Where an unknown key belongs, or which keys there are."""
    inner = {name: table(field.annotation) for name, field in model.model_fields.items()}
    if len(path) > 1 and (within := inner.get(path[0])) is not None:
        named = path[2:] if path[0] == "profiles" else path[1:]
        return _known(within, named)
    for name, fields in inner.items():
        if fields is not None and path and path[0] in fields.model_fields:
            at = f"{name}.local" if name == "profiles" else name
            return f"It belongs under [{at}]."
    return f"The keys are {', '.join(sorted(model.model_fields))}."


def table(annotation: Any) -> type[BaseModel] | None:
    """The model of a table, or of the tables in one."""
    for kind in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None
