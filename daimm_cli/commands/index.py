"""`daimm index`: the cache of the chain's events."""

from __future__ import annotations

from daimm_cli.base.errors import DaimmError
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, flag

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


@app.command("names", "daimm index names")
def names(
    context: Context, due: bool = flag("Not what was tried in the last hour.", "--due")
) -> None:
    """Fetch what models are called and said to be from all sources, and say what cannot be had.

    `daimm model list` starts this by itself, in the background, unless `cards` under [storage] in
    config.toml is false. At most 1 MiB is read of each manifest, and none is kept in the store.
    """
    from daimm_cli.index.cards import unnamed
    from daimm_cli.market import names as library

    rows = unnamed(context.index)
    rows = [row for row in rows if not due or library.is_due(row, context.started)]
    try:
        with library.alone(context), output.status() as show:
            report = lambda done, total: show("fetching names", f"{done:,} of {total:,}")  # noqa: E731
            known, failed = library.learn(context, rows, library.fetchers(context), report=report)
    except BlockingIOError:
        raise DaimmError("Names are being fetched by another command: look again later.") from None
    missing = [row for row in unnamed(context.index) if row.problem is not None]
    for row in missing[:10]:
        output.say(f"Model {row.model}, version {row.version}: {row.problem}")
    left = len(rows) - known - failed
    text = f"Names found: {known:,}; not to be had: {failed:,}; out of time for {left:,}."
    told = [{"model": row.model, "problem": row.problem} for row in missing]
    context.emit({"known": known, "failed": failed, "left": left, "missing": told}, text)
