"""`daimm model drafts`: what was sealed and is not listed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import command

if TYPE_CHECKING:
    from daimm_cli.market.drafts import Draft

app = typer.Typer()


@command(app, "drafts", example=["daimm model drafts", "daimm model drafts --remove 5f0c91aa"])
def drafts(
    context: Context,
    remove: Annotated[
        str | None,
        typer.Option("--remove", metavar="DRAFT", help="Remove this one with its sealed files."),
    ] = None,
) -> None:
    """List what was encrypted for publishing and is not listed on the chain.

    Nothing of a draft leaves this machine. The same publish command goes on with it.
    """
    from daimm_cli.market import drafts as library

    home = context.config.home
    if remove is None:
        found = library.drafts(home)
        if context.as_json:
            context.emit([_data(draft) for draft in found])
            return
        rows = [[draft.ident, _sources(draft), _purpose(draft), draft.artifact.size, draft.cid]
                for draft in found]  # fmt: skip
        columns = ["draft", "files", "for", "size", "cid"]
        output.table(columns, rows, empty="No drafts: whatever was sealed is listed.")
        return
    draft = library.find(home, remove)
    context.confirm(f"Remove draft {draft.ident} of {_sources(draft)} and its sealed files?")
    gone = library.remove(draft, context.chain, context.index, context.store)
    kept = "its files stay, for the chain has them listed"
    told = "its files are removed" if gone else kept
    context.emit({**_data(draft), "removed": gone}, f"Draft {draft.ident} is forgotten, {told}.")


def _sources(draft: Draft) -> str:
    names = [Path(each).name for each in draft.sources]
    return ", ".join([*names[:3], *(["..."] if len(names) > 3 else [])]) or "(unknown)"


def _purpose(draft: Draft) -> str:
    model = draft.purpose.get("model")
    what = f"model {model}" if model else "a new model"
    return f"{what} on chain {draft.purpose.get('chain', '?')}"


def _data(draft: Draft) -> dict[str, Any]:
    return {
        "draft": draft.file.stem,
        "sources": draft.sources,
        "chain": draft.purpose.get("chain"),
        "model": draft.purpose.get("model") or None,
        "seller": draft.purpose.get("seller"),
        "size": draft.artifact.size,
        "artifact": draft.cid,
        "digests": draft.digests_cid,
        "manifest": draft.manifest,
    }
