"""Puts a keeper together from the settings of a home.

>>> with keeper(context, settings, Health(say=print)) as running:
...     running.tick()
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from daimm_cli.accounts.wallet import Wallet
from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import alone
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import GWEI, Node
from daimm_cli.cli import output
from daimm_cli.index.index import Index
from daimm_cli.keeper.duties import Duties, Worth
from daimm_cli.keeper.fees import Policy
from daimm_cli.keeper.keeper import Keeper
from daimm_cli.keeper.observer import Observer
from daimm_cli.keeper.outbox import Outbox
from daimm_cli.market.lines import own_line
from daimm_cli.market.wait import depth_of

if TYPE_CHECKING:
    from daimm_cli.keeper.settings import Settings
    from daimm_cli.protocol.curve import SecretScalar
    from daimm_cli.session.session import Session


class RunsAlready(DaimmError):
    """Another process is this home's keeper."""


@contextlib.contextmanager
def keeper(context: Session, settings: Settings, observer: Observer) -> Iterator[Keeper]:
    """A keeper that is ready to tick; asks for passwords first. One at a time in a home."""
    profile = context.config.profile
    signer, _ = context.signer, context.seed
    how: dict[str, Any] = {"timeout": settings.timeout, "legacy_fees": profile.legacy_fees}
    node = Node.connect(profile.rpc, chain_id=profile.chain_id, **how)
    chain = Chain(node, context.chain.book, context.chain.decimals)
    submit = None
    if settings.submit:
        submit = Node.connect(settings.submit, chain_id=node.chain_id, **how)
    home = context.config.ensure_home()
    folder = home / "keeper" / str(node.chain_id)
    seller = checksummed(settings.seller, "seller") if settings.seller else context.me.address
    taken = RunsAlready(
        f"A keeper runs already on {folder}: stop it first, or give this one another DAIMM_HOME."
    )
    with alone(folder / "lock", taken), Index.open(home, chain, output.say) as index:
        session = context.on(chain, index)

        def line_of(model: int, version: int) -> SecretScalar:
            return own_line(session, model=model, version=version).secret

        duties = Duties(
            chain,
            index,
            home,
            seller=seller,
            keeper=signer.address,
            line_of=line_of,
            worth=_worth(chain, settings),
            thresholds=_thresholds(chain, settings),
        )
        policy = Policy(int(settings.max_gas_price * GWEI), settings.patience)
        account = Wallet(signer.address, lambda: signer)
        outbox = Outbox(folder, node, account, policy, submit)
        finality = settings.finality or depth_of(chain, None)
        yield Keeper(
            duties,
            outbox,
            finality=finality,
            batch=settings.batch,
            in_flight=settings.in_flight,
            observer=observer,
        )


def _worth(chain: Chain, settings: Settings) -> Worth:
    wei = {}
    for name, ether in settings.ether_per_token.items():
        token = _token(chain, name)
        wei[token] = ether.scaleb(18 - chain.token(token).decimals)
    return Worth(wei, int(settings.minimum_profit.scaleb(18)))


def _thresholds(chain: Chain, settings: Settings) -> dict[str, int]:
    found = {}
    for name, amount in settings.withdraw.items():
        token = _token(chain, name)
        found[token] = int(Decimal(amount).scaleb(chain.token(token).decimals))
    return found


def _token(chain: Chain, name: str) -> str:
    return chain.aim if name == "AIM" else checksummed(name, "token")
