"""The generated references say what the sources say, and stale ones are found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from tools import (
    abis,
    bindings,
    cli_reference,
    configuration_reference,
    contract_reference,
    generate,
    json_shapes,
)

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
        loud: str = typer.Option("", "--loud", help="Keeps noise."),
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
    assert "- `FILE`: Which one.\n- `--twice`: Two times.\n- `--loud`: Keeps noise." in page
    assert page.count("Says more.") == 1


def test_what_a_command_prints_as_json_is_read_off_its_code() -> None:
    printed = json_shapes.shapes()
    assert printed["order accept"] == ["{order, state, transaction, gas}"]
    assert printed["doctor"] == ["{well, findings: [{name, level, says, hint}]}"]
    assert printed["account list"] == ["[{alias, address, path, kind}]"]
    assert "{file, fingerprint, labels}" in printed["secrets export"]
    listed = "{model, version, offer, bond, manifest, artifact, digests, transaction, gas}"
    assert printed["model publish"] == printed["model add-version"] == [listed]
    dark = {name for name, shapes in printed.items() if not shapes}
    assert dark <= {
        *("keeper run", "model bom", "model list", "model show", "quote", "review export"),
        *("store list", "store push"),
    }


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


def test_every_setting_variable_and_status_is_on_the_page() -> None:
    [page] = configuration_reference.generate().values()
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| `")]
    assert all(row[-1].removesuffix("|").strip() for row in rows), rows
    sources = [path.read_text() for path in (generate.ROOT / "daimm_cli").rglob("*.py")]
    named = set(re.findall(r"\bDAIMM_[A-Z_]*[A-Z]\b", "\n".join(sources)))
    assert {name for name in named if f"`{name}`" not in page} == {"DAIMM_COMPLETE"} & named
    codes = {int(code) for text in sources for code in re.findall(r"exit_code = (\d+)", text)}
    assert codes <= configuration_reference.statuses().keys()


def test_changed_missing_and_surplus_files_are_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(abis, "PACKAGE", tmp_path)
    monkeypatch.setattr(bindings, "HOME", tmp_path)
    (tmp_path / "surplus.py").write_text(
        '"""Gone.\n\nGenerated by tools/bindings.py; do not edit."""'
    )
    (tmp_path / "by_hand.py").write_text('"""Written by hand."""')
    (tmp_path / "same.md").write_text("same")
    (tmp_path / "other.md").write_text("old")
    (tmp_path / "Surplus.json").write_text("[]")
    files = {tmp_path / name: name[:-3] for name in ("same.md", "other.md", "missing.md")}
    assert [path.name for path in generate.stale(files)] == [
        "other.md",
        "missing.md",
        "Surplus.json",
        "surplus.py",
    ]
