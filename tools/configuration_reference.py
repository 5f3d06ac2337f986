"""Writes docs/reference/configuration.md from the settings' models, variables and exit statuses.

python -m tools.generate            # writes it with the other generated files
python -m tools.generate --check    # fails where it is stale
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import daimm_cli
from daimm_cli.base import config, errors
from daimm_cli.base.settings import keys
from daimm_cli.keeper import settings as keeper

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "configuration.md"
HEAD = """# Configuration reference

Every key of `config.toml`, every variable of the environment and every exit status. Written by
`make generate` from the settings themselves: change those, not this page. `daimm config show` tells
what is in force, and what set it.

`config.toml` is in the home (`~/.daimm`, or `DAIMM_HOME`). Every key is optional; an option of the
command line wins over a variable, and that over the file. Folders are relative to the home.
"""


def generate() -> dict[Path, str]:
    """The page and its text."""
    keeper_texts = dict(re.findall(r"^    (\w+) = .*?# (.*)$", keeper.__doc__ or "", re.MULTILINE))
    prefix = keeper.PREFIX
    blocks = [
        HEAD,
        "## config.toml\n",
        *_table(config.Config, ""),
        "### [profiles.NAME]\n\nOne chain and who acts on it; `[profiles.local]` is the default.\n",
        *_table(config.Profile, "profiles."),
        "### [storage]\n",
        *_table(config.Storage, "storage."),
        "### [keeper]\n\nWhat a keeper may do ([keeper.md](../keeper.md)).\n",
        *_table(keeper.Settings, "", keeper_texts, prefix),
        "## Environment\n\nBeside the variables above:\n",
        "| variable | |\n| --- | --- |",
        *(f"| `{name}` | {text} |" for name, text in config.OTHER_VARIABLES.items()),
        "\n## Exit statuses\n",
        "| status | |\n| --- | --- |",
        *(f"| {status} | {text} |" for status, text in sorted(statuses().items())),
    ]
    return {PAGE: "\n".join(blocks) + "\n"}


def statuses() -> dict[int, str]:
    """Every exit status and what it means; those of errors by the class that brings each in."""
    for module in pkgutil.walk_packages(daimm_cli.__path__, "daimm_cli."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found = {
        0: "It is done.",
        1: "The answer to a question was no, or what read the output ended: nothing was done.",
        70: "A fault in daimm: please report it.",
        130: "Interrupted.",
    }
    for kind in _kinds(errors.DaimmError):
        if "exit_code" in vars(kind):
            found.setdefault(
                kind.exit_code,
                (kind.__doc__ or "").partition("\n")[0].split(". ")[0].removesuffix(".") + ".",
            )
    return found


def _kinds(kind: type[errors.DaimmError]) -> Iterator[type[errors.DaimmError]]:
    yield kind
    for heir in kind.__subclasses__():
        yield from _kinds(heir)


def _table(
    model: type[Any], within: str, texts: dict[str, str] | None = None, prefix: str = ""
) -> Iterator[str]:
    variables = {key: name for name, key in config.VARIABLES.items()}
    yield "| key | default | variable | |\n| --- | --- | --- | --- |"
    for name, field in keys(model).items():
        variable = prefix + name.upper() if prefix else variables.get(f"{within}{name}", "")
        if "Mapping" in str(field.type):
            variable = ""  # one value is what a variable holds
        text = field.metadata["about"] or (texts or {}).get(name, "")
        shown = _shown(field.default)
        yield f"| `{name}` | {shown} | {f'`{variable}`' if variable else ''} | {text} |"
    yield ""


def _shown(default: Any) -> str:
    if default in (None, (), ""):
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
