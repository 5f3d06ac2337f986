"""What hangs on a seed: the account's key lines, label and secret, and its orders.

Labels follow from the seed (`daimm_cli.accounts.labels`). Lines older than that have a random one,
which the home kept or the manifest has.

>>> line = own_line(session, model=3, version=1)
>>> line.secret.point == offer.line
True
>>> found = take(session)
>>> all(line.right for line in found.lines)   # then a backup of this seed is enough for them
True
"""

from __future__ import annotations

from dataclasses import dataclass, field

from daimm_cli.accounts.labels import Labels
from daimm_cli.base.errors import DaimmError
from daimm_cli.index.rows import OrderState, VersionRow
from daimm_cli.market.listing import read_listing
from daimm_cli.market.receive import made_here
from daimm_cli.protocol import keys
from daimm_cli.protocol.curve import Point, SecretScalar
from daimm_cli.session.session import Session

MOST = 100_000
"""Rows of each kind that are looked through."""


@dataclass(frozen=True)
class Line:
    """label: the 32 public bytes in the manifest; secret: a, which follows from label and seed."""

    label: bytes
    secret: SecretScalar = field(repr=False)


def own_line(session: Session, *, model: int, version: int) -> Line:
    """The line of a version; raises DaimmError where this seed did not make it."""
    fetcher, seed = session.fetcher, session.seed
    rows = session.index.versions(model, version=version)
    if not rows:
        raise DaimmError(f"Model {model} has no version {version}.", hint="daimm model list")
    wanted = rows[0].details.line
    kept = fetcher.labels.of(seed, wanted) if fetcher.labels else None
    if kept is not None:
        return Line(kept, keys.line_secret(seed, kept))
    signed = read_listing(session, rows[0], bought=True)
    label = bytes.fromhex(signed.key_line.label[2:])
    secret = keys.line_secret(seed, label)
    if secret.point != wanted:
        raise DaimmError(
            f"The seed of this home did not make the key line of version {version} of model "
            f"{model}: restore the seed that published it, or set DAIMM_HOME to its home."
        )
    if fetcher.labels:
        fetcher.labels.add(label)
    return Line(label, secret)


def new_label(session: Session) -> bytes:
    """The label of a key line that no version has, of whichever account of the seed."""
    return Labels(session.config.home).draw(session.new_seed, session.index.lines())


@dataclass(frozen=True)
class LineCheck:
    """A key line by the first version that has it; problem: why its secret cannot be had."""

    model: int
    version: int
    problem: str | None


@dataclass(frozen=True)
class OrderCheck:
    """An order that this account bought. right: whether the seed gives its key."""

    order_id: bytes
    state: OrderState
    right: bool


@dataclass(frozen=True)
class Inventory:
    """Everything of one account on one market. waiting: orders that its lines have to deliver.

    right: whether the seed is enough for all of it.
    """

    lines: tuple[LineCheck, ...]
    bought: tuple[OrderCheck, ...]
    waiting: tuple[bytes, ...]
    right: bool


def take(session: Session) -> Inventory:
    """Try every order of the account, and every line in models that it owns or ever offered."""
    index, me, seed = session.index, session.me.address, session.seed
    models = {row.model for row in index.models(owner=me, limit=MOST)}
    offered = {(row.offer.model, row.offer.line) for row in index.offers(seller=me, limit=MOST)}
    first: dict[Point, VersionRow] = {}
    for model in sorted(models | {model for model, _ in offered}):
        for version in reversed(index.versions(model)):
            if model in models or (model, version.details.line) in offered:
                first.setdefault(version.details.line, version)
    lines, bought = [], []
    for version in first.values():
        problem = None
        try:
            own_line(session, model=version.model, version=version.version)
        except DaimmError as error:
            problem = error.message
        lines.append(LineCheck(version.model, version.version, problem))
    for row in index.orders(buyer=me, limit=MOST):
        right = made_here(session.chain, seed, row)
        bought.append(OrderCheck(row.order_id, row.state, right))
    waiting = index.orders(seller=me, state=OrderState.PENDING, limit=MOST)
    right = all(each.right for each in bought) and not any(line.problem for line in lines)
    return Inventory(tuple(lines), tuple(bought), tuple(row.order_id for row in waiting), right)
