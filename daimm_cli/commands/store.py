"""`daimm store`: files by CID."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from daimm_cli import output
from daimm_cli.commands.frame import command
from daimm_cli.context import Context

app = typer.Typer()


@command(app, "cid", example="daimm store cid model.onnx")
def cid(
    context: Context, file: Annotated[Path, typer.Argument(help="Any file; it is only read.")]
) -> None:
    """Print the CID of a file (profile unixfs-v1-2025), whether it is in the store or not."""
    from daimm_cli.artifact.inputs import open_regular
    from daimm_cli.artifact.unixfs import dag_of_file

    with open_regular(file) as source, output.progress(file.name) as report:
        dag = dag_of_file(source, progress=report)
    context.emit({"cid": dag.cid, "size": dag.size, "file": file}, dag.cid)


@command(app, "list", example="daimm store list --json")
def list_(context: Context) -> None:
    """List the files that the store holds whole: CID and size in bytes."""
    held = list(context.store.contents())
    if context.as_json:
        context.emit(held)
    else:
        output.table(["cid", "size"], [[file.cid, file.size] for file in held])


@command(
    app,
    "path",
    example="daimm store path bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
)
def path(
    context: Context, cid: Annotated[str, typer.Argument(help="CID of a file in the store.")]
) -> None:
    """Print where the store keeps a file, after checking all of it against its CID."""
    with output.progress("checking") as report:
        found = context.store.get(cid, progress=report)
    context.emit({"cid": cid, "path": found}, str(found))
