"""`daimm config`: the settings in force, and what set each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from daimm_cli.base.settings import keys
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App

app = App()

HIDDEN = "(set, not shown)"


@dataclass(frozen=True)
class Setting:
    """origin: the option, variable or file that set it, else "default"."""

    key: str
    value: object
    origin: str


@app.command("show", "daimm config show")
def show(context: Context) -> None:
    """Show every setting in force and what set it: an option, a variable, config.toml or nothing.

    What may hold a token (the node's path, a relay) is not shown. Every key and variable is
    explained in docs/reference/configuration.md.
    """
    found: list[Setting] = list(_settings(context))
    if context.as_json:
        context.emit({"home": context.config.home, "settings": found})
        return
    output.table(
        ["key", "value", "set by"],
        [[setting.key, _shown(setting.value), setting.origin] for setting in found],
    )


def _settings(context: Context) -> Iterator[Setting]:
    from daimm_cli.keeper.settings import PREFIX, load

    config = context.config
    origins = config.origins

    def of(model: Any, within: str = "") -> Iterator[Setting]:
        for key, field in keys(type(model)).items():
            value = getattr(model, field.name)
            if key not in ("profiles", "storage", "keeper"):
                shown = value if field.repr or not value else HIDDEN
                yield Setting(key, shown, origins.get(f"{within}{key}", "default"))

    yield Setting("home", config.home, _named(context, "DAIMM_HOME"))
    yield from of(config)
    for within, table in (
        (f"profiles.{config.name}.", config.profile),
        ("storage.", config.storage),
    ):
        for setting in of(table, within):
            value = config.profile.rpc_shown if setting.key == "rpc" else setting.value
            yield Setting(f"{within}{setting.key}", value, setting.origin)
    file = str(config.home / "config.toml")
    for setting in of(load(config.keeper, context.environment)):
        kept = file if setting.key in config.keeper else "default"
        origin = _named(context, f"{PREFIX}{setting.key.upper()}", kept)
        yield Setting(f"keeper.{setting.key}", setting.value, origin)


def _named(context: Context, variable: str, otherwise: str = "default") -> str:
    said = context.typed.get(variable, variable)
    return said if context.environment.get(variable) else otherwise


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} = {_shown(part)}" for name, part in value.items())
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
