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
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from daimm_cli.base.errors import DaimmError
from daimm_cli.index.columns import followed
from daimm_cli.index.database import Damaged, Database
from daimm_cli.index.reading import T, made
from daimm_cli.index.rows import (
    Credit,
    LicenseRow,
    ModelRow,
    OfferRow,
    OrderRow,
    OrderState,
    VersionRow,
)
from daimm_cli.index.sellers import SellerRecord, seller_record
from daimm_cli.protocol.curve import Point

if TYPE_CHECKING:
    from sqlite3 import Connection

    from daimm_cli.chain.client import Chain

_T = TypeVar("_T")
LIMIT = 1_000


class Index(contextlib.AbstractContextManager["Index"]):
    """The open index of one market; a context manager."""

    def __init__(
        self, database: Database, chain: Chain, notice: Callable[[str], None] = lambda _text: None
    ) -> None:
        self.database = database
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
        treasury = str(chain.book.contracts["Market"].arguments[5])
        database = Database(folder / name, treasury, chain.aim, followed(chain.book))
        return cls(database, chain, notice)

    def __exit__(self, *_error: object) -> None:
        """Nothing stays open between two questions."""

    def sync(
        self,
        progress: Callable[[int, int], None] | None = None,
        in_time: Callable[[], bool] = lambda: True,
    ) -> int:
        """Bring the index to the chain's newest block.

        in_time: once it says no, it ends early, so many blocks short; else 0.
        """
        from daimm_cli.index.follow import Follower

        follower = Follower(self.database, self._chain, progress, in_time, self._notice)
        return self._mended(follower.run)

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Forget everything, and read it again from the chain."""
        self.database.remove()
        self.sync(progress)

    # Models

    def models(self, *, owner: str | None = None, limit: int | None = LIMIT) -> list[ModelRow]:
        """Models, of one owner if named."""
        ever = 'model IN (SELECT id FROM model_registry_transfer WHERE "to" = :owner)'
        return self._list(ModelRow, {"owner": owner}, limit, ever if owner else "")

    def model(self, model: int) -> ModelRow:
        """Raises DaimmError where there is none."""
        return self._one(ModelRow, {"model": model}, f"model {model}: see `daimm model list`")

    def model_count(self, *, owner: str | None = None) -> int:
        query = "SELECT count(*) FROM model_list WHERE :owner IS NULL OR owner = :owner"
        return int(self.select(query, owner=owner)[0][0])

    def versions(self, model: int, *, version: int | None = None) -> list[VersionRow]:
        """The newest first."""
        return self._list(VersionRow, {"model": model, "version": version}, 4095)

    def versions_with_root(self, plaintext_root: bytes) -> list[VersionRow]:
        """Every version that was registered with this plaintext root, the first one first."""
        where = {"details_plaintext_root": plaintext_root}
        return self._list(VersionRow, where, order="added_at, model, version")

    def versions_bound(self, payee: bytes) -> list[VersionRow]:
        """The first versions that were bound to this payee: anybody can register more."""
        order = "added_at, model, version"
        return self._list(VersionRow, {"details_payee": payee}, 3, order=order)

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
        return {Point(int(x), int(y)) for x, y in self.select(query)}

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
        where = {"model": model, "terms_version": version, "seller": seller}
        where["closed"] = 0 if open_only else None
        among = ""
        if models is not None:
            among = f"model IN ({', '.join(str(int(model)) for model in models) or -1})"
        return self._list(OfferRow, where, limit, among)

    def offer(self, offer_id: bytes) -> OfferRow:
        """Raises DaimmError where there is none."""
        missing = f"offer 0x{offer_id.hex()} here: see `daimm offer list`"
        return self._one(OfferRow, {"offer": offer_id}, missing)

    def orders(
        self,
        *,
        state: OrderState | None = None,
        limit: int | None = LIMIT,
        **where: str | bytes | int | None,
    ) -> list[OrderRow]:
        """Orders that fit all that is named: `buyer`, `seller`, `recipient`, `offer`, too."""
        return self._list(OrderRow, {**where, "state": state and state.value}, limit)

    def order(self, order_id: bytes) -> OrderRow:
        """Raises DaimmError where there is none."""
        missing = f"order 0x{order_id.hex()} here: see `daimm order list`"
        return self._one(OrderRow, {"order": order_id}, missing)

    # People

    def seller(self, seller: str, *, offer: bytes, now: int) -> SellerRecord:
        """How the seller did so far; `offer` is not counted among their other offers."""
        judges = [claims.address for claims in self._chain.deployed.claims()]
        return self._read(lambda reading: seller_record(reading, seller, offer, now, judges))

    def role_holders(self, role: int, *, limit: int = LIMIT) -> list[str]:
        """Who was granted a role of the Authority and not deprived of it, the newest first."""
        newest = "ORDER BY block DESC, position DESC LIMIT :limit"
        query = f"SELECT account FROM role_list WHERE role_id = :role {newest}"  # noqa: S608
        return [row["account"] for row in self.select(query, role=str(role), limit=limit)]

    def tokens(self) -> list[str]:
        """Every token whose terms governance ever set."""
        return self._ever("market_token_set", "token")

    def issuers(self) -> list[str]:
        """Every contract that governance ever let or forbade to issue licences."""
        return self._ever("model_license_issuer_set", "issuer")

    def _ever(self, table: str, column: str, limit: int = LIMIT) -> list[str]:
        query = f"SELECT DISTINCT {column} FROM {table} ORDER BY {column} LIMIT :limit"  # noqa: S608
        return [row[column] for row in self.select(query, limit=limit)]

    # Licences and money

    def licenses(
        self, *, owner: str | None = None, license_id: int | None = None, limit: int = LIMIT
    ) -> list[LicenseRow]:
        """Licences, of one owner if named, or the one with this id."""
        ever = 'license_id IN (SELECT id FROM model_license_transfer WHERE "to" = :owner)'
        where = {"owner": owner, "license_id": None if license_id is None else str(license_id)}
        return self._list(LicenseRow, where, limit, ever if owner else "")

    def credits(self, payee: str | None = None) -> list[Credit]:
        """What the ledgers owe and have not paid out, sorted."""
        query = "SELECT * FROM ledger"
        sums: Counter[tuple[str, bytes, str, str]] = Counter()
        for row in self.select(f"{query} WHERE payee = :payee" if payee else query, payee=payee):
            # Of what was passed on, the account is hexadecimal text.
            text = row["account"]
            account = bytes.fromhex(text[2:]) if isinstance(text, str) else text
            sums[row["payee"], account, row["token"], row["ledger"]] += int(row["amount"])
        found = [(place, amount) for place, amount in sorted(sums.items()) if amount]
        return [Credit(*place[:3], amount, place[3]) for place, amount in found]

    def rows(
        self, kind: type[T], limit: int | None = LIMIT, **where: str | bytes | int | None
    ) -> list[T]:
        """Rows of a kind that fit all that is named; None asks for nothing."""
        return self._list(kind, where, limit)

    # Underneath

    def _list(
        self,
        kind: type[T],
        where: Mapping[str, Any],
        limit: int | None = LIMIT,
        among: str = "",
        order: str = "",
    ) -> list[T]:
        """Rows of a kind; a None in `where` asks for nothing. Names are ours.

        among: a further condition, which an index serves.
        """
        asked = {name: value for name, value in where.items() if value is not None}
        tests = [*(f'"{name}" = :{name}' for name in asked), among or "1"]
        query = (
            f"SELECT * FROM {kind.VIEW} WHERE {' AND '.join(tests)} "  # noqa: S608
            f"ORDER BY {order or kind.ORDER} LIMIT :most"
        )
        rows = self.select(query, most=-1 if limit is None else limit, **asked)
        market, rules = self._chain.market, self._chain.book.rules
        return [made(kind, row, market, rules) for row in rows]

    def _one(self, kind: type[T], where: Mapping[str, Any], missing: str) -> T:
        found = self._list(kind, where, 1)
        if not found:
            raise DaimmError(f"There is no {missing}.")
        return found[0]

    def select(self, query: str, **asked: Any) -> list[Any]:
        """The rows of a query of ours."""
        return self._read(lambda connection: connection.execute(query, asked).fetchall())

    def _read(self, question: Callable[[Connection], _T]) -> _T:
        def asked() -> _T:
            with self.database.open() as connection:
                return question(connection)

        return self._mended(asked)

    def _mended(self, action: Callable[[], _T]) -> _T:
        """What the action gives; where the file is damaged, after it was built again."""
        try:
            return action()
        except Damaged:
            self._notice(
                f"The index {self.database.file} was damaged, or another daimm's or "
                "book's: building it anew."
            )
            self.database.remove()
        try:
            self.sync()
            return action()
        except Damaged:
            raise DaimmError(
                f"The index {self.database.file} is damaged each time it is built: see whether "
                "the disk is sound."
            ) from None
