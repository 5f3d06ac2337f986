"""Writes docs/reference/cli.md from the commands' own help.

python -m tools.generate            # writes it with the other generated files
python -m tools.generate --check    # fails where it is stale
"""

from __future__ import annotations

import functools
import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools import json_shapes

Command = Any  # typer carries a click of its own, whose classes have no public name

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "cli.md"
HEAD = """# Command reference

Every command of `daimm`, from its own help; the options named first belong to each of them.
Written by `make generate`: change the command, not this page.

Times are shown in this machine's zone with its distance from UTC, as RFC 3339 has it:
`2026-11-22 17:30:05+01:00`; `TZ=UTC` chooses another zone. With `--json` they are seconds since
1970, and amounts are in the token's smallest unit; the keys are given with each command, lists in
brackets. What fails prints `{error, hint, exit}` on stderr.
"""


def generate() -> dict[Path, str]:
    """The page and its text."""
    import typer

    from daimm_cli.cli.frame import application

    command = typer.main.get_command(application())
    return {PAGE: "\n".join([HEAD, *sections(command, ["daimm"])])}


def undocumented(command: Command, path: list[str]) -> Iterator[str]:
    """The commands and options without help, by name; the head of all has a help of its own."""
    if not command.help and len(path) > 1:
        yield " ".join(path)
    for parameter in command.params:
        if not _is_argument(parameter) and not getattr(parameter, "help", None):
            yield f"{' '.join(path)} {parameter.opts[0]}"
    for name, child in _children(command):
        yield from undocumented(child, [*path, name])


def sections(
    command: Command, path: list[str], said: frozenset[tuple[str, str]] = frozenset()
) -> Iterator[str]:
    """Blocks of Markdown; options in `said` were described further up and are left out."""
    yield f"{'#' * min(1 + len(path), 4)} {' '.join(path)}\n"
    children = _children(command)
    if not children:
        yield f"```\n{_usage(command, path)}\n```\n"
    if command.help:
        yield _paragraphs(command.help)
    if printed := _shapes().get(" ".join(path[1:])):
        yield f"With `--json`: {', or '.join(f'`{shape}`' for shape in printed)}.\n"
    rows = [row for row in (_row(p) for p in command.params if _said(p) not in said) if row]
    if rows:
        yield "\n".join(rows) + "\n"
    shared = said.union(_said(p) for p in command.params) if children else said
    for name, child in children:
        yield from sections(child, [*path, name], shared)


@functools.cache
def _shapes() -> dict[str, list[str]]:
    return json_shapes.shapes()


def _said(parameter: Any) -> tuple[str, str]:
    """An option of a command may have a name of the head's and mean something else."""
    return parameter.name, getattr(parameter, "help", None) or ""


def _children(command: Command) -> list[tuple[str, Command]]:
    commands: dict[str, Command] = getattr(command, "commands", {})
    return [(name, child) for name, child in commands.items() if not child.hidden]


def _usage(command: Command, path: list[str]) -> str:
    names = [(_argument(p), p.required) for p in command.params if _is_argument(p)]
    pieces = [name if required else f"[{name}]" for name, required in names]
    return " ".join([*path, *pieces, "[OPTIONS]"])


def _is_argument(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "argument")


def _argument(parameter: Any) -> str:
    name = parameter.metavar or parameter.name.upper()
    return f"{name}{'...' * (parameter.nargs != 1)}"


def _paragraphs(text: str) -> str:
    """Help as Markdown: click's \\b keeps the lines of an example as they are."""
    blocks = []
    for block in inspect.cleandoc(text).split("\n\n"):
        if not block.startswith("\b\n"):
            blocks.append(block)
            continue
        lines = block.splitlines()[1:]
        if lines[0].endswith(":"):
            blocks.append(lines.pop(0))
        blocks.append("```\n" + textwrap.dedent("\n".join(lines)) + "\n```")
    return "\n\n".join(blocks) + "\n"


def _row(parameter: Any) -> str:
    text = getattr(parameter, "help", None) or ""
    if getattr(parameter, "hidden", False):
        return ""
    if _is_argument(parameter):
        return f"- `{_argument(parameter)}`: {text}" if text else ""
    flags = ", ".join([*parameter.opts, *parameter.secondary_opts])
    return f"- `{flags}`: {text}"
