"""What the contracts say now, typed: one method for each question.

>>> views = Views(node, book)
>>> views.is_open(offer_id), views.balance(views.aim, buyer)
(True, 90000000000000000000)

Amounts are in the token's smallest unit, shares in hundredths of a percent, times in seconds since
1970, order and offer ids 32 bytes, licence and model ids whole numbers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, cast

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import format_amount, parse_amount, sanitise
from daimm_cli.bindings.calls import Call, Contract, Function, View
from daimm_cli.bindings.claims import Claims
from daimm_cli.bindings.deployed import BOUND, Contracts
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.market import TokenPolicy
from daimm_cli.bindings.structs import LicenseId, LicenseRecord, ModelId, OfferId
from daimm_cli.chain import terms
from daimm_cli.chain.book import Book
from daimm_cli.chain.decimals import Decimals
from daimm_cli.chain.node import Node
from daimm_cli.chain.terms import ZERO_WORD, Offer, Order, Parent, Version
from daimm_cli.protocol.curve import keccak

LEDGERS = frozenset(
    name for name, kind in BOUND.items() if "withdraw_for_if_owed" in kind.FUNCTIONS
)
"""Those that owe money, as their ABI says."""


class Ledger(Protocol):
    """A binding of one of LEDGERS."""

    FUNCTIONS: ClassVar[Mapping[str, Function]]
    address: str

    def credit(self, payee: str, account: bytes, token: str) -> View[int]: ...
    def withdraw(self, account: bytes, token: str, to: str) -> Call: ...
    def withdraw_if_owed(self, account: bytes, token: str, to: str) -> Call: ...
    def withdraw_for_if_owed(self, payee: str, token: str) -> Call: ...
    def together(self, calls: Sequence[Call], doing: str | None = None) -> Call: ...


class Deployed(Contracts):
    """The contracts of a book; DaimmError where the chain has none such (a faucet, say)."""

    def __init__(self, book: Book) -> None:
        self.book = book

    def address(self, name: str) -> str:
        return self.book.address(name)

    @property
    def ledgers(self) -> dict[str, Ledger]:
        """Those that owe money, by their names in Solidity."""
        return {name: self.ledger(name) for name in sorted(LEDGERS & self.book.contracts.keys())}

    def ledger(self, name: str) -> Ledger:
        """One of them."""
        return cast(Ledger, self.named(name))

    def claims(self) -> list[Claims]:
        """The contracts of claims, one for each arbitrator and court."""
        names = [name for name in self.book.contracts if name.startswith("Claims/")]
        return [Claims(self.book.address(name)) for name in names]

    def named(self, name: str) -> Contract:
        """One of them by its name in the book."""
        return BOUND[name.partition("/")[0]](self.book.address(name))


@dataclass(frozen=True)
class Token:
    """An ERC-20 token as it describes itself; the symbol is safe to print.

    One that calls itself AIM and is not, looks as if it might, or has no symbol goes by its
    address. told: whether it says its decimals; if not they are 0, amounts are the smallest unit's.
    """

    address: str
    symbol: str
    decimals: int
    told: bool = True

    def shown(self, amount: int) -> str:
        """An amount of its smallest unit, for people."""
        return format_amount(amount, self.decimals, self.symbol)

    def units(self, text: str) -> int:
        """An amount that somebody typed, in its smallest unit; DaimmError where it is none."""
        return parse_amount(text, self.decimals, self.symbol)


class Views:
    """The contracts of a book through a node, for reading."""

    def __init__(self, node: Node, book: Book, decimals: Decimals | None = None) -> None:
        self.node = node
        self.book = book
        self.decimals = Decimals() if decimals is None else decimals
        aim = book.contracts.get("AIMToken")
        self._tokens = {aim.address: Token(aim.address, "AIM", 18)} if aim else {}
        self.deployed = Deployed(book)

    def require_code(self) -> None:
        """Raise DaimmError where the market, above nearly all of the book, has no code."""
        if not self.node.code(self.market):
            raise DaimmError(
                f"There is no Market at {self.market} on chain {self.node.chain_id}: the address "
                "book is of another chain, or a local chain was started anew.",
                hint="deploy again with `ape run deploy`, or choose another node",
            )

    def kind_at(self, address: str) -> type[Contract] | None:
        """The binding of a contract of the book, present or former; None for any other."""
        return BOUND.get(self.book.kinds.get(address, ""))

    def as_booked(self, name: str) -> bool:
        """Whether the code at a contract's address is what the book says."""
        entry = self.book.contracts[name]
        return keccak(self.node.code(entry.address)) == entry.code_hash

    @property
    def market(self) -> str:
        return self.book.address("Market")

    @property
    def aim(self) -> str:
        return self.book.address("AIMToken")

    # Ids, computed here

    def offer_id(self, offer: Offer) -> bytes:
        return terms.offer_id(self.node.chain_id, self.market, offer)

    def order_id(self, offer: bytes, order: Order) -> bytes:
        """It is the delivery's request id, too."""
        return terms.order_id(self.node.chain_id, self.market, offer, order)

    def license_id(self, order_id: bytes) -> int:
        return terms.license_id(self.market, order_id)

    # What the contracts say now

    def is_open(self, offer_id: bytes) -> bool:
        """As far as its seller goes."""
        return self.node.view(self.deployed.market.is_open(OfferId(offer_id)))

    def policy(self, token: str) -> TokenPolicy:
        """Whether the market takes a token, and the protocol's share in hundredths of a percent."""
        return self.node.view(self.deployed.market.token_policy(token))

    def credit(
        self, payee: str, token: str, account: bytes = ZERO_WORD, ledger: str = "Market"
    ) -> int:
        return self.node.view(self.deployed.ledger(ledger).credit(payee, account, token))

    def license(self, license_id: int) -> LicenseRecord:
        """The licence's record; its state is NONE where there is no such licence.

        time: of purchase while pending, then its last second; without an end, 2^35 more than when
        it was bought.
        """
        return self.node.view(self.deployed.licenses.record_of(LicenseId(license_id)))

    def is_version(
        self, model: int, version: int, details: Version, parents: Sequence[Parent] = ()
    ) -> bool:
        """Whether this is exactly what was registered as this version."""
        stored = self.node.view(self.deployed.registry.version_digest(ModelId(model), version))
        return stored == terms.version_digest(model, version, details, parents)

    def token(self, address: str) -> Token:
        """Symbol and decimals; raises DaimmError where the address has no contract."""
        found = self.tokens([address])[address]
        self.decimals.require_unchanged(address)
        if not found.told and not self.node.code(address):
            raise DaimmError(
                f"There is no contract at {address} on chain {self.node.chain_id}, so it is no "
                "token: check the address and the network."
            )
        return found

    def tokens(self, addresses: Iterable[str]) -> dict[str, Token]:
        """Several tokens, asked together and once; what one does not tell is no failure."""
        new = sorted({*addresses} - self._tokens.keys())
        contracts = [ERC20(address) for address in new]
        views = [view for one in contracts for view in (one.decimals(), one.symbol())]
        answers = self.node.calls(views)
        for address, decimals, symbol in zip(new, answers[::2], answers[1::2], strict=True):
            self._tokens[address] = self._known(_token(address, decimals or b"", symbol or b""))
        return {address: self._tokens[address] for address in addresses}

    def _known(self, token: Token) -> Token:
        """With the decimals that it had when it was first met."""
        if token.told:
            return dataclasses.replace(
                token, decimals=self.decimals.of(token.address, token.decimals)
            )
        known = self.decimals.known(token.address)
        return token if known is None else dataclasses.replace(token, decimals=known, told=True)

    def balance(self, token: str, owner: str) -> int:
        return self.node.view(ERC20(token).balance_of(owner))

    def allowance(self, token: str, owner: str, spender: str | None = None) -> int:
        """What the spender, by default the market, may take of the owner's."""
        return self.node.view(ERC20(token).allowance(owner, spender or self.market))


MOST_DECIMALS = 36


def _token(address: str, decimals: bytes, symbol: bytes) -> Token:
    """From what it answered: a symbol is text, or a word as in the oldest tokens."""
    places = int.from_bytes(decimals) if len(decimals) == 32 else MOST_DECIMALS + 1
    told = places <= MOST_DECIMALS
    if len(symbol) != 32:
        size = int.from_bytes(symbol[32:64])
        symbol = symbol[64 : 64 + min(size, 64)]
    name = sanitise(symbol.rstrip(b"\0").decode(errors="replace"), 16)
    if not name.strip() or not name.isascii() or name.upper() == "AIM":
        name = address[:10]
    return Token(address, name, places if told else 0, told)
