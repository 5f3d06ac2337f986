"""Puts a keeper together from the settings of a home, and runs it.

>>> serve(session, once=True)
"""

from __future__ import annotations

import contextlib
import functools
import signal
import threading
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from daimm_cli.accounts.wallet import Wallet
from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import alone
from daimm_cli.base.text import counted
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import GWEI, Node
from daimm_cli.cli import output
from daimm_cli.index.index import Index
from daimm_cli.index.rows import OrderState
from daimm_cli.keeper.doubts import Doubts
from daimm_cli.keeper.duties import Duties
from daimm_cli.keeper.health import Health, serving
from daimm_cli.keeper.jury import Jury
from daimm_cli.keeper.keeper import MAX_PAUSE, Keeper
from daimm_cli.keeper.oppose import Objection
from daimm_cli.keeper.outbox import Outbox
from daimm_cli.keeper.settings import Settings, load
from daimm_cli.market import handover
from daimm_cli.market.lines import own_line
from daimm_cli.market.wait import depth_of
from daimm_cli.session.session import Session

_DEEP = {"safe": "once its block is safe", "finalized": "once its block is finalized"}


class RunsAlready(DaimmError):
    """Another process is this home's keeper."""


def serve(session: Session, *, once: bool) -> None:
    """Run the home's keeper until a signal stops it. once: for one look at the chain."""
    settings = load(session.config.keeper, session.environment)
    health = Health(output.say)
    _ = session.seed, session.signer  # while Ctrl-C still ends the question for a password
    if once:
        with _keeper(session, settings, health) as keeper:
            keeper.once()
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
                with _keeper(session, settings, health) as keeper:
                    keeper.run(stop, poll=settings.poll)
            except RunsAlready:
                raise
            except DaimmError as error:  # whatever the node says now, it may say otherwise later
                health.failed(error)
                stop.wait(pause)
                pause = min(pause * 2, max(MAX_PAUSE, settings.poll))
    health.say("Stopped; what was sent is kept and followed up at the next start.")


@contextlib.contextmanager
def _keeper(session: Session, settings: Settings, health: Health) -> Iterator[Keeper]:
    """A keeper that is ready to tick. One at a time for a market, and for an account, in a home."""
    profile = session.config.profile
    how: dict[str, Any] = {"timeout": settings.timeout, "legacy_fees": profile.legacy_fees}
    node = Node.connect(profile.rpc, chain_id=profile.chain_id, **how)
    chain = Chain(node, session.chain.book, session.chain.decimals)
    submit = None
    if settings.submit:
        submit = Node.connect(settings.submit, chain_id=node.chain_id, **how)
    home = session.config.ensure_home()
    keepers = home / "keeper"
    folder = keepers / f"{node.chain_id}-{chain.market.lower()}"
    seller = checksummed(settings.seller, "seller") if settings.seller else session.me.address
    signer = session.signer
    taken = RunsAlready(
        f"A keeper runs already on {folder}: stop it first, or give this one another DAIMM_HOME."
    )
    busy = RunsAlready(
        f"A keeper runs already with {signer.address}: give this one another --account, and name "
        "the seller in its settings."
    )
    with (
        alone(folder / "lock", taken),
        alone(keepers / f"{node.chain_id}-{signer.address.lower()}.lock", busy),
        Index.open(home, chain, output.say) as index,
    ):
        reading = session.on(chain, index)
        account = Wallet(signer.address, lambda: signer)
        most = int(settings.max_gas_price * GWEI)
        outbox = Outbox(folder, node, account, most, settings.patience, submit)
        weights = _by_token(chain, settings.ether_per_token)
        worth = {token: ether.scaleb(18 - places) for token, places, ether in weights}
        least = _by_token(chain, settings.withdraw)
        duties = Duties(
            chain,
            index,
            home,
            seller=seller,
            keeper=signer.address,
            answer=functools.partial(handover.answer, reading),
            line_of=lambda model, version: own_line(reading, model=model, version=version).secret,
            objection=Objection.of(reading, *_allowed(settings), lambda: outbox.busy),
            jury=Jury(reading, seller) if "Court" in chain.book.contracts else None,
            doubts=Doubts(reading, seller),
            worth=worth,
            minimum=int(settings.minimum_profit.scaleb(18)),
            thresholds={token: int(amount.scaleb(places)) for token, places, amount in least},
        )
        depth = settings.finality or depth_of(chain, None)
        deep = _DEEP.get(str(depth), f"from {depth} block{'s' if depth != 1 else ''} on")
        health.say(
            f"Serving the offers of {seller} on chain {node.chain_id}; {account.address} pays the "
            f"gas. A purchase counts {deep}."
        )
        with contextlib.suppress(DaimmError):  # it serves this market whatever the others tell
            for other in session.former:
                rows = other.index.orders(seller=seller, state=OrderState.PENDING, limit=None)
                if waiting := sum(row.grace_end >= node.latest().time for row in rows):
                    market = other.chain.market
                    health.say(
                        f"On the former market {market}, {counted(waiting, 'order')} can still be "
                        f"delivered: daimm keeper run --market {market}"
                    )
        yield Keeper(
            duties,
            outbox,
            finality=depth,
            batch=settings.batch,
            in_flight=settings.in_flight,
            observer=health,
        )


def _allowed(settings: Settings) -> tuple[int, int]:
    """Wei for opposing a claim, and for all of a day."""
    daily = settings.oppose_daily
    a_day = 10 * settings.oppose if daily is None else daily
    return int(settings.oppose.scaleb(18)), int(a_day.scaleb(18))


def _by_token(chain: Chain, amounts: Mapping[str, Decimal]) -> Iterator[tuple[str, int, Decimal]]:
    """Each token's address, its decimals, and the amount."""
    for name, amount in amounts.items():
        token = chain.aim if name == "AIM" else checksummed(name, "token")
        yield token, chain.token(token).decimals, amount
