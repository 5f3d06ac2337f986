"""The generated references say what the sources say, and stale ones are found."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from tools import abis, cli_reference, contract_reference, generate

INTERFACE = """// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @dev Number of a thing, from 1.
type ThingId is uint32;

/// @notice A thing.
/// @param size In bytes.
struct Thing {
    uint32 size;
}

/// @title Keeps things
/// @notice One line
/// and another.
interface IThings is
    IERC165
{
    event Kept(ThingId indexed thing);
    error Things_Full(uint256 size);

    /// @notice Keeps it.
    /// @dev Costs much.
    /// @param thing What to keep,
    /// which may be large.
    /// @return id Its number.
    function keep(Thing calldata thing)
        external
        returns (ThingId id);
}
"""


def test_every_declaration_is_found_with_its_comment() -> None:
    items = {item.name: item for item in contract_reference.parse(INTERFACE)}
    assert list(items) == ["ThingId", "Thing", "IThings", "Kept", "Things_Full", "keep"]
    keep = items["keep"]
    assert keep.owner == "IThings"
    assert keep.code.splitlines()[1:] == ["    external", "    returns (ThingId id);"]
    assert keep.doc.texts == {"notice": "Keeps it.", "dev": "Costs much."}
    assert keep.doc.params == {"thing": "What to keep, which may be large."}
    assert keep.doc.returns == ["id Its number."]
    assert items["IThings"].doc.texts["notice"] == "One line and another."
    assert items["Kept"].doc.texts == {}


def test_nothing_that_the_interfaces_declare_is_left_out() -> None:
    [page] = contract_reference.generate().values()
    for path in (contract_reference.ROOT / "interfaces").glob("*.sol"):
        for line in path.read_text().splitlines():
            words = line.strip().split("(")[0].split()
            if words and words[0] in ("function", "event", "error", "struct", "enum"):
                assert f"\n#### {words[1]}\n" in page, f"{path.name}: {line}"


def make_app() -> typer.Typer:
    app = typer.Typer(add_completion=False)

    @app.callback(help="Does things.")
    def top(loud: bool = typer.Option(False, "--loud", help="Says more.")) -> None: ...

    @app.command(help="Keeps a file.\n\n\b\nExample:\n  daimm keep FILE\n    --twice")
    def keep(
        file: str = typer.Argument(help="Which one."),
        twice: bool = typer.Option(False, "--twice", help="Two times."),
    ) -> None: ...

    @app.command()
    def mute(
        loud: bool = typer.Option(False, "--loud", help="Says more."),
        soft: bool = typer.Option(False, "--soft"),
    ) -> None: ...

    return app


def test_a_command_is_shown_with_its_usage_help_and_examples() -> None:
    page = "\n".join(cli_reference.sections(typer.main.get_command(make_app()), ["daimm"]))
    assert "### daimm keep\n\n```\ndaimm keep FILE [OPTIONS]\n```" in page
    assert "Example:\n\n```\ndaimm keep FILE\n  --twice\n```" in page
    assert "- `FILE`: Which one.\n- `--twice`: Two times." in page
    assert page.count("--loud") == 1


def test_commands_and_options_without_help_are_named() -> None:
    command = typer.main.get_command(make_app())
    assert list(cli_reference.undocumented(command, ["daimm"])) == [
        "daimm mute",
        "daimm mute --soft",
    ]


def test_every_command_and_option_of_daimm_has_help() -> None:
    from daimm_cli.cli.frame import application

    command = typer.main.get_command(application())
    assert list(cli_reference.undocumented(command, ["daimm"])) == []


def test_changed_missing_and_surplus_files_are_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(abis, "ABI", tmp_path)
    (tmp_path / "same.md").write_text("same")
    (tmp_path / "other.md").write_text("old")
    (tmp_path / "Surplus.json").write_text("[]")
    files = {tmp_path / name: name[:-3] for name in ("same.md", "other.md", "missing.md")}
    assert [path.name for path in generate.stale(files)] == [
        "other.md",
        "missing.md",
        "Surplus.json",
    ]
