"""`daimm keeper`: deliver keys, settle and withdraw, unattended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import command, flag

if TYPE_CHECKING:
    from daimm_cli.keeper.keeper import Keeper

app = typer.Typer()


@command(
    app,
    "run",
    example=["daimm keeper run", "DAIMM_KEEPER_FINALITY=finalized daimm keeper run --once"],
)
def run(
    context: Context,
    once: bool = flag("Look once, do what is due, and end.", "--once"),
) -> None:
    """Deliver the keys of your orders, and collect what is due, until it is stopped.

    Every purchase of your offers is delivered once it is final. Asks for the passwords of the
    account and the seed when it starts, then asks nothing. It may be killed at any moment and goes
    on where it was. The settings are the table [keeper] of config.toml: see `daimm keeper guide`.
    The account needs ether and no rights: let nothing else use it.
    """
    import contextlib
    import signal
    import threading

    from daimm_cli.base.errors import DaimmError
    from daimm_cli.keeper.build import RunsAlready, keeper
    from daimm_cli.keeper.health import Health, serving
    from daimm_cli.keeper.keeper import MAX_PAUSE
    from daimm_cli.keeper.settings import load

    settings = load(context.config.keeper, context.environment)
    health = Health(output.say)

    @contextlib.contextmanager
    def ready() -> Iterator[Keeper]:
        with keeper(context, settings, health) as running:
            depth = running.finality
            words = {"safe": "once its block is safe", "finalized": "once its block is finalized"}
            deep = words.get(str(depth), f"from {depth} block{'s' if depth != 1 else ''} on")
            health.say(
                f"Serving the offers of {running.duties.seller} on chain {running.node.chain_id}; "
                f"{running.outbox.account.address} pays the gas. A purchase counts {deep}."
            )
            yield running

    _ = context.seed, context.signer  # while Ctrl-C still ends the question for a password
    if once:
        with ready() as running:
            running.once()
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    listening = serving(health, settings.listen) if settings.listen else contextlib.nullcontext()
    with listening as url:
        if url:
            health.say(f"Health and metrics at {url}/healthz and {url}/metrics.")
        pause = settings.poll
        while not stop.is_set():
            try:
                with ready() as running:
                    running.run(stop, poll=settings.poll)
            except RunsAlready:
                raise
            except DaimmError as error:  # whatever the node says now, it may say otherwise later
                health.failed(error)
                stop.wait(pause)
                pause = min(pause * 2, max(MAX_PAUSE, settings.poll))
    health.say("Stopped; what was sent is kept and followed up at the next start.")


@command(app, "guide", example="daimm keeper guide")
def guide(context: Context) -> None:
    """Print the page on keepers: what they do, what to set, and how to run one as a service."""
    from importlib import resources

    page = (resources.files("daimm_cli.keeper") / "keeper.md").read_text("utf-8")
    context.emit({"page": page}, page)
