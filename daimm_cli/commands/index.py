"""`daimm index`: the cache of the chain's events."""

from __future__ import annotations

from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App

app = App()


@app.command("rebuild", "daimm index rebuild")
def rebuild(context: Context) -> None:
    """Forget all events that a node told, and read them again from the node in use.

    The index is a cache of public events and mends itself; this is for after a node that lied.
    """
    from daimm_cli.index.index import Index

    index = Index.open(context.config.ensure_home(), context.chain, output.say)
    with output.progress("reading blocks") as report:
        index.rebuild(report)
    models = len(index.models(limit=None))
    context.emit({"models": models}, f"Read the market's events anew: {models:,} models.")
