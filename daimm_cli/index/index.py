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

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from daimm_cli.base.errors import DaimmError
from daimm_cli.index.database import Damaged, Database
from daimm_cli.index.rows import (
    Credit,
    LicenseRow,
    ModelRow,
    OfferRow,
    OrderRow,
    OrderState,
    Row,
    VersionRow,
    Withdrawal,
    license_row,
    made,
    offer_row,
    order_row,
    version_row,
    withdrawal,
)
from daimm_cli.index.sellers import SellerRecord, seller_record
from daimm_cli.protocol.curve import Point

if TYPE_CHECKING:
    from sqlite3 import Connection

    from daimm_cli.chain.client import Chain

_T = TypeVar("_T")
LIMIT = 1_000


class Index:
    """The open index of one market; a context manager."""

    def __init__(
        self, database: Database, chain: Chain, notice: Callable[[str], None] = lambda _text: None
    ) -> None:
        self._database = database
        self._chain = chain
        self._notice = notice

    @classmethod
    def open(
        cls, folder: Path, chain: Chain, notice: Callable[[str], None] = lambda _text: None
    ) -> Index:
        """The index of the chain's market in `folder`; made or started over as needed.

        notice: is told whenever it is started over.
        """
        name = f"index-{chain.node.chain_id}-{chain.market[2:].lower()}.sqlite"
        treasury = str(chain.book.contracts["Market"].arguments[4])
        return cls(Database(folder / name, treasury, chain.aim), chain, notice)

    def close(self) -> None:
        """Nothing stays open between two questions."""

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def sync(
        self,
        progress: Callable[[int, int], None] | None = None,
        in_time: Callable[[], bool] = lambda: True,
    ) -> int:
        """Bring the index to the chain's newest block.

        in_time: once it says no, it ends early, so many blocks short; else 0.
        """
        from daimm_cli.index.follow import Follower

        follower = Follower(self._database, self._chain, progress, in_time, self._notice)
        return self._mended(follower.run)

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Forget everything, and read it again from the chain."""
        self._database.remove()
        self.sync(progress)

    def audit(self) -> dict[str, tuple[int, int]]:
        """Where the index differs from what the node tells now: table to (surplus, missing) rows.

        Reads all events again, as far as both have read, and changes nothing.
        """
        from daimm_cli.index.columns import CONTRACTS, tables

        found = {}
        with tempfile.TemporaryDirectory() as folder:
            fresh = Index.open(Path(folder), self._chain)
            fresh.sync()
            ends = (i._select("SELECT max(number) FROM blocks")[0][0] or 0 for i in (self, fresh))
            end = min(ends)
            for table in (table for contract in CONTRACTS for table in tables(contract)):
                query = f"SELECT * FROM {table.name} WHERE block <= :end"  # noqa: S608
                ours, told = ({*map(tuple, i._select(query, end=end))} for i in (self, fresh))
                if ours != told:
                    found[table.name] = len(ours - told), len(told - ours)
        return found

    # Models

    def models(self, *, owner: str | None = None, limit: int | None = LIMIT) -> list[ModelRow]:
        """Models, of one owner if named."""
        ever = 'model IN (SELECT id FROM model_registry_transfer WHERE "to" = :owner)'
        among = ever if owner else None
        rows = self._rows("model_list", {"owner": owner}, "model DESC", limit, among)
        return [made(ModelRow, row) for row in rows]

    def model(self, model: int) -> ModelRow:
        """One model; raises DaimmError where there is none."""
        rows = self._rows("model_list", {"model": model}, "model", 1)
        if not rows:
            raise DaimmError(f"There is no model {model}: see `daimm model list`.")
        return made(ModelRow, rows[0])

    def model_count(self, *, owner: str | None = None) -> int:
        """How many models there are, of one owner if named."""
        query = "SELECT count(*) FROM model_list WHERE :owner IS NULL OR owner = :owner"
        return int(self._select(query, owner=owner)[0][0])

    def versions(self, model: int, *, version: int | None = None) -> list[VersionRow]:
        """A model's versions, the newest first."""
        where = {"model": model, "version": version}
        return [version_row(r) for r in self._rows("version_list", where, "version DESC", 4095)]

    def versions_with_root(self, plaintext_root: bytes) -> list[VersionRow]:
        """Every version that was registered with this plaintext root, the first one first."""
        where = {"details_plaintext_root": plaintext_root}
        rows = self._rows("version_list", where, "added_at, model, version", LIMIT)
        return [version_row(r) for r in rows]

    def earlier(self, version: VersionRow) -> str | None:
        """Who registered the same bytes first, where that was another model."""
        first = self.versions_with_root(version.details.plaintext_root)[0]
        if first.model == version.model:
            return None
        owner = self.model(first.model).owner
        return f"the same bytes were registered before, as model {first.model} of {owner}"

    def lines(self) -> set[Point]:
        """The key lines of all versions."""
        query = "SELECT details_line_x, details_line_y FROM model_registry_version_added"
        return {Point(int(x), int(y)) for x, y in self._select(query)}

    # Offers and orders

    def offers(
        self,
        *,
        model: int | None = None,
        models: Sequence[int] | None = None,
        version: int | None = None,
        seller: str | None = None,
        open_only: bool = False,
        limit: int | None = LIMIT,
    ) -> list[OfferRow]:
        """Offers; `open_only` leaves out what their sellers closed (see OfferRow.obstacle)."""
        where: dict[str, Any] = {"model": model, "terms_version": version, "seller": seller}
        if open_only:
            where["closed"] = 0
        among = None
        if models is not None:
            among = f"model IN ({', '.join(str(int(model)) for model in models) or -1})"
        rows = self._rows("offer_list", where, "block DESC, position DESC", limit, among)
        return [offer_row(r) for r in rows]

    def offer(self, offer_id: bytes) -> OfferRow:
        """One offer; raises DaimmError where there is none."""
        rows = self._rows("offer_list", {"offer": offer_id}, "block", 1)
        if not rows:
            raise DaimmError(f"There is no offer 0x{offer_id.hex()} here: see `daimm offer list`.")
        return offer_row(rows[0])

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
        return [order_row(r, self._chain.market) for r in rows]

    def order(self, order_id: bytes) -> OrderRow:
        """One order; raises DaimmError where there is none."""
        rows = self._rows("order_list", {"order": order_id}, "block", 1)
        if not rows:
            raise DaimmError(f"There is no order 0x{order_id.hex()} here: see `daimm order list`.")
        return order_row(rows[0], self._chain.market)

    # People

    def seller(self, seller: str, *, offer: bytes, now: int) -> SellerRecord:
        """How the seller did so far; `offer` is not counted among their other offers."""
        return self._read(lambda connection: seller_record(connection, seller, offer, now))

    def role_holders(self, role: int, *, limit: int = LIMIT) -> list[str]:
        """Who was granted a role of the Authority and not deprived of it, the newest first."""
        rows = self._rows("role_list", {"role_id": str(role)}, "block DESC, position DESC", limit)
        return [r["account"] for r in rows]

    # Licences and money

    def licenses(self, *, owner: str | None = None, limit: int = LIMIT) -> list[LicenseRow]:
        """Licences, of one owner if named."""
        where = {"owner": owner}
        ever = 'license IN (SELECT id FROM model_license_transfer WHERE "to" = :owner)'
        among = ever if owner else None
        rows = self._rows("license_list", where, "block DESC, position DESC", limit, among)
        return [license_row(r) for r in rows]

    def credits(self, payee: str | None = None) -> list[Credit]:
        """What the market owes and has not paid out, sorted."""
        sums: dict[tuple[str, bytes, str], int] = {}
        for r in self._rows("ledger", {"payee": payee}, "payee", None):
            key = (r["payee"], r["account"], r["token"])
            sums[key] = sums.get(key, 0) + int(r["amount"])
        return [Credit(*key, amount) for key, amount in sorted(sums.items()) if amount]

    def withdrawals(self, payee: str | None = None, *, limit: int = LIMIT) -> list[Withdrawal]:
        """What was paid out."""
        rows = self._rows("withdrawal_list", {"payee": payee}, "block DESC, position DESC", limit)
        return [withdrawal(row) for row in rows]

    # Underneath

    def _rows(
        self,
        view: str,
        where: dict[str, Any],
        order: str,
        limit: int | None,
        among: str | None = None,
    ) -> list[Row]:
        """Rows of a view; a None in `where` asks for nothing. Names are ours.

        among: a further condition, which an index serves.
        """
        asked = {name: value for name, value in where.items() if value is not None}
        tests = [f'"{name}" = :{name}' for name in asked]
        if among:
            tests.append(among)
        query = (
            f"SELECT * FROM {view} WHERE {' AND '.join(tests) or 1} ORDER BY {order} LIMIT :most"  # noqa: S608
        )
        asked["most"] = -1 if limit is None else limit
        return self._select(query, **asked)

    def _select(self, query: str, **asked: Any) -> list[Any]:
        return self._read(lambda connection: connection.execute(query, asked).fetchall())

    def _read(self, question: Callable[[Connection], _T]) -> _T:
        def asked() -> _T:
            with self._database.open() as connection:
                return question(connection)

        return self._mended(asked)

    def _mended(self, action: Callable[[], _T]) -> _T:
        """What the action gives; where the file is damaged, after it was built again."""
        try:
            return action()
        except Damaged:
            self._notice(
                f"The index {self._database.file} was damaged or another daimm's: building it anew."
            )
            self._database.remove()
        try:
            self.sync()
            return action()
        except Damaged:
            raise DaimmError(
                f"The index {self._database.file} is damaged each time it is built: see whether "
                "the disk is sound."
            ) from None
