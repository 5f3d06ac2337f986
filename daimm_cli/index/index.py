"""Models, offers, orders, licences and credits, from the chain's events alone.

>>> with Index.open(home, chain) as index:
...     index.sync()
...     for row in index.offers(open_only=True):
...         print(row.offer_id.hex(), row.offer.price)

The index is one SQLite file for each market, a cache: deleted, it is built again. `sync` reads what
is new and takes back what a re-org took back (`daimm_cli.index.follow`). Between two calls of
`sync` the answers stand still. Lists come newest first; `limit` bounds them. Amounts are in the
token's smallest unit, times in seconds since 1970.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import DaimmError
from daimm_cli.chain.sellers import SellerRecord, seller_record
from daimm_cli.index.database import explained, open_database
from daimm_cli.index.follow import Follower
from daimm_cli.index.rows import (
    Credit,
    LicenseRow,
    ModelRow,
    OfferRow,
    OrderRow,
    OrderState,
    VersionRow,
    Withdrawal,
    license_row,
    offer_row,
    order_row,
    version_row,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from daimm_cli.chain.client import Chain

LIMIT = 1_000


class Index:
    """The open index of one market; a context manager."""

    def __init__(self, engine: Engine, chain: Chain) -> None:
        self._engine = engine
        self._chain = chain

    @classmethod
    def open(cls, folder: Path, chain: Chain) -> Index:
        """The index of the chain's market in `folder`; made or started over as needed."""
        name = f"index-{chain.node.chain_id}-{chain.market[2:].lower()}.sqlite"
        return cls(open_database(folder / name), chain)

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def sync(
        self,
        progress: Callable[[int, int], None] | None = None,
        in_time: Callable[[], bool] = lambda: True,
    ) -> int:
        """Bring the index to the chain's newest block.

        in_time: once it says no, it ends early, so many blocks short; else 0.
        """
        with explained(self._engine.url.database or ""):
            return Follower(self._engine, self._chain, progress, in_time).run()

    # Models

    def models(self, *, owner: str | None = None, limit: int = LIMIT) -> list[ModelRow]:
        """Models, of one owner if named."""
        rows = self._rows("model_list", {"owner": owner}, "model DESC", limit, held="model")
        return [ModelRow(r.model, r.owner, r.royalty, r.versions, r.published_at) for r in rows]

    def model(self, model: int) -> ModelRow:
        """One model; raises DaimmError where there is none."""
        rows = self._rows("model_list", {"model": model}, "model", 1)
        if not rows:
            raise DaimmError(f"There is no model {model}: see `daimm model list`.")
        r = rows[0]
        return ModelRow(r.model, r.owner, r.royalty, r.versions, r.published_at)

    def versions(self, model: int, *, version: int | None = None) -> list[VersionRow]:
        """A model's versions, the newest first."""
        where = {"model": model, "version": version}
        return [version_row(r) for r in self._rows("version_list", where, "version DESC", 4095)]

    def versions_with_root(self, plaintext_root: bytes) -> list[VersionRow]:
        """Every version that was registered with this plaintext root, the first one first."""
        where = {"plaintext_root": plaintext_root}
        rows = self._rows("version_list", where, "added_at, model, version", LIMIT)
        return [version_row(r) for r in rows]

    # Offers and orders

    def offers(
        self,
        *,
        model: int | None = None,
        version: int | None = None,
        seller: str | None = None,
        open_only: bool = False,
        limit: int = LIMIT,
    ) -> list[OfferRow]:
        """Offers; `open_only` leaves out what their sellers closed (see OfferRow.obstacle)."""
        where = {"model": model, "version": version, "seller": seller}
        if open_only:
            where["closed"] = 0
        rows = self._rows("offer_list", where, "block DESC, position DESC", limit)
        return [offer_row(r, self._chain.aim) for r in rows]

    def offer(self, offer_id: bytes) -> OfferRow:
        """One offer; raises DaimmError where there is none."""
        rows = self._rows("offer_list", {"offer": offer_id}, "block", 1)
        if not rows:
            raise DaimmError(f"There is no offer 0x{offer_id.hex()} here: see `daimm offer list`.")
        return offer_row(rows[0], self._chain.aim)

    def orders(
        self,
        *,
        buyer: str | None = None,
        seller: str | None = None,
        recipient: str | None = None,
        offer: bytes | None = None,
        state: OrderState | None = None,
        limit: int | None = LIMIT,
    ) -> list[OrderRow]:
        """Orders that fit all that is named."""
        where = {
            "buyer": buyer,
            "seller": seller,
            "recipient": recipient,
            "offer": offer,
            "state": state.value if state else None,
        }
        rows = self._rows("order_list", where, "block DESC, position DESC", limit)
        return [order_row(r) for r in rows]

    def order(self, order_id: bytes) -> OrderRow:
        """One order; raises DaimmError where there is none."""
        rows = self._rows("order_list", {"order_id": order_id}, "block", 1)
        if not rows:
            raise DaimmError(f"There is no order 0x{order_id.hex()} here: see `daimm order list`.")
        return order_row(rows[0])

    # People

    def seller(self, seller: str, *, offer: bytes, now: int) -> SellerRecord:
        """How the seller did so far; `offer` is not counted among his other offers."""
        with self._reading() as connection:
            return seller_record(connection, seller, offer, now)

    def role_holders(self, role: int, *, limit: int = LIMIT) -> list[str]:
        """Who was granted a role of the Authority and not deprived of it, the newest first."""
        rows = self._rows("role_list", {"role": str(role)}, "block DESC, position DESC", limit)
        return [r.account for r in rows]

    # Licences and money

    def licenses(
        self, *, owner: str | None = None, model: int | None = None, limit: int = LIMIT
    ) -> list[LicenseRow]:
        """Licences, of one owner or model if named."""
        where = {"owner": owner, "model": model}
        order = "block DESC, position DESC"
        rows = self._rows("license_list", where, order, limit, held="license")
        return [license_row(r) for r in rows]

    def credits(self, payee: str | None = None) -> list[Credit]:
        """What the market owes and has not paid out, sorted."""
        sums: dict[tuple[str, bytes, str], int] = {}
        for r in self._rows("ledger", {"payee": payee}, "payee", None):
            key = (r.payee, r.account, r.token)
            sums[key] = sums.get(key, 0) + int(r.amount)
        return [Credit(*key, amount) for key, amount in sorted(sums.items()) if amount]

    def withdrawals(self, payee: str | None = None, *, limit: int = LIMIT) -> list[Withdrawal]:
        """What was paid out."""
        rows = self._rows("withdrawal_list", {"payee": payee}, "block DESC, position DESC", limit)
        return [
            Withdrawal(r.payee, r.account, r.token, -int(r.amount), r.receiver, r.at) for r in rows
        ]

    # Underneath

    def _rows(
        self,
        view: str,
        where: dict[str, Any],
        order: str,
        limit: int | None,
        *,
        held: str | None = None,
    ) -> Sequence[Any]:
        """Rows of a table or view; a None in `where` asks for nothing. Names are ours.

        held: the column of what an owner in `where` holds. What he ever held is found by an index;
        who holds a thing now is looked up for these alone.
        """
        from sqlalchemy import Column, MetaData, Table, select, text
        from sqlalchemy.sql.expression import literal_column

        asked = {name: value for name, value in where.items() if value is not None}
        table = Table(view, MetaData(), *(Column(name) for name in asked))
        query: Any = select(literal_column("*")).select_from(table)
        query = query.where(*(table.c[name] == value for name, value in asked.items()))
        if held and "owner" in asked:
            past = Table(f"{held}_owners", MetaData(), Column(held), Column("owner"))
            ever = select(past.c[held]).where(past.c.owner == asked["owner"])
            query = query.where(literal_column(held).in_(ever))
        query = query.order_by(text(order)).limit(limit)
        with self._reading() as connection:
            return connection.execute(query).all()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection]:
        with explained(self._engine.url.database or ""), self._engine.begin() as connection:
            yield connection
