"""`daimm keeper`: deliver keys, settle and withdraw, unattended."""

from __future__ import annotations

from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, flag

app = App()


@app.command("run", "daimm keeper run", "DAIMM_KEEPER_FINALITY=finalized daimm keeper run --once")
def run(
    context: Context, once: bool = flag("Look once, do what is due, and end.", "--once")
) -> None:
    """Deliver the keys of your orders, and collect what is due, until it is stopped.

    Every purchase of your offers is delivered once it is final. Asks for the passwords of the
    account and the seed when it starts, then asks nothing. It may be killed at any moment and goes
    on where it was. The settings are the table [keeper] of config.toml: see `daimm keeper guide`.
    The account needs ether and no rights: let nothing else use it.
    """
    from daimm_cli.keeper.build import serve

    serve(context, once=once)


@app.command("guide", "daimm keeper guide")
def guide(context: Context) -> None:
    """Print the page on keepers: what they do, what to set, and how to run one as a service."""
    from importlib import resources

    page = (resources.files("daimm_cli.keeper") / "keeper.md").read_text("utf-8")
    context.emit({"page": page}, page)
