"""Where the contracts are, by chain id.

>>> book = load(31337)
>>> book.address("Market")
'0x5FC8d32690cc91D4c39d9d3abcBD16989F875707'

A book is one JSON file, `<chain id>.json`, written by `ape run deploy`. Those of public networks
ship with the package. Others are looked for first: in the folder that DAIMM_DEPLOYMENTS names, then
in `deployments` under daimm's home, so that a chain of one's own needs no change to the package.

A contract that another one replaced stays in the book, with all that was built on it: orders end
where they began.

>>> book.succeeded("Market").of("former").address("Market") == book.address("Market")
True
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daimm_cli.base import bounded_json
from daimm_cli.base.config import home_folder
from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import write_atomic
from daimm_cli.base.text import as_json
from daimm_cli.bindings.values import checksummed, word

RULES = ("MovingPrice", "Vouchers")
"""Price rules that daimm knows: a deployment may have them."""

PUBLIC = Path(__file__).resolve().parent.parent / "deployments"
LOCAL_CHAINS = frozenset({1337, 31337})

FORMER = "former"
"""In place of an address: the market before the present one."""

MAX_BOOK_BYTES = 1 << 20
_ENTRY = {"address", "arguments", "block", "code_hash", "transaction"}


@dataclass(frozen=True)
class Entry:
    """One deployed contract.

    arguments: the constructor's, as JSON values (whole numbers as strings). block: where it was
    created. transaction, code_hash: 32 bytes; the hash is keccak256 of the code at `address`.
    """

    address: str
    arguments: tuple[Any, ...]
    block: int
    code_hash: bytes
    transaction: bytes


@dataclass(frozen=True)
class Book:
    """The contracts of one chain.

    former: what was replaced together, the last one last.
    """

    chain_id: int
    contracts: Mapping[str, Entry]
    former: tuple[Mapping[str, Entry], ...] = ()

    def address(self, name: str) -> str:
        """Checksummed address; raises DaimmError where the chain has no such contract."""
        entry = self.contracts.get(name)
        if entry is None:
            raise DaimmError(
                f"Chain {self.chain_id} has no {name}: choose a network that has one, with "
                "--profile or --rpc, or run `ape run deploy`, which adds what is missing."
            )
        return entry.address

    def succeeded(self, name: str) -> Book:
        """With a contract, and all that was built on it, among the former ones: deploy new ones.

        Raises DaimmError where there is no such contract, so that a second run replaces nothing.
        """
        self.address(name)
        replaced = {each: self.contracts[each] for each in sorted(self._built_on({name}))}
        kept = {each: entry for each, entry in self.contracts.items() if each not in replaced}
        return dataclasses.replace(self, contracts=kept, former=(*self.former, replaced))

    def of(self, market: str | None) -> Book:
        """As it was while the market at this address, or the one before (FORMER), was the present
        one; None for that. Raises DaimmError where there was none such."""
        if market is None:
            return self
        wanted = None if market == FORMER else checksummed(market, "market")
        for book in self.markets():
            if wanted == book.address("Market") or (wanted is None and book is not self):
                return book
        raise DaimmError(
            f"Chain {self.chain_id} has no such market: leave --market out for the present one."
            if wanted
            else f"Chain {self.chain_id} has no former market: leave --market out."
        )

    def markets(self) -> Iterator[Book]:
        """This book, and as it was with each market before this one, the last one first."""
        book, seen = self, set()
        while True:
            market = book.contracts.get("Market")
            if market and market.address not in seen:
                seen.add(market.address)
                yield book
            if not book.former:
                return
            *earlier, replaced = book.former
            since = book._built_on({*replaced})
            kept = {name: entry for name, entry in book.contracts.items() if name not in since}
            book = Book(self.chain_id, {**kept, **replaced}, tuple(earlier))

    def _built_on(self, names: set[str]) -> set[str]:
        """These contracts, and those whose constructors were given one of them."""
        found = set(names)
        while True:
            known = [self.contracts[name].address for name in found if name in self.contracts]
            above = {
                name
                for name, entry in self.contracts.items()
                if any(address in str(entry.arguments) for address in known)
            }
            if above <= found:
                return found
            found |= above

    @property
    def names(self) -> dict[str, str]:
        """What each address is called; of what was replaced, that it was."""
        before = {e.address: f"{name}, former" for kept in self.former for name, e in kept.items()}
        return before | {entry.address: name for name, entry in self.contracts.items()}

    @property
    def kinds(self) -> dict[str, str]:
        """What each address, former ones too, is in Solidity."""
        parts = (*self.former, self.contracts)
        return {e.address: name.partition("/")[0] for part in parts for name, e in part.items()}

    @property
    def rules(self) -> dict[str, str]:
        """The price rules that daimm knows, by address, the former ones too."""
        return {address: kind for address, kind in self.kinds.items() if kind in RULES}

    @property
    def first_block(self) -> int:
        """Nothing of ours happened on the chain before this block."""
        return min((entry.block for entry in self.contracts.values()), default=0)

    def to_json(self) -> str:
        """Sorted, so that a new deployment shows as the lines that changed."""
        return (
            json.dumps(dataclasses.asdict(self), default=as_json, indent=2, sort_keys=True) + "\n"
        )

    @classmethod
    def from_json(cls, text: bytes) -> Book:
        """What `to_json` wrote; raises DaimmError for anything else."""
        try:
            data: Any = bounded_json.loads(text) if len(text) <= MAX_BOOK_BYTES else None
            if not isinstance(data["chain_id"], int):
                raise TypeError
            former = tuple(map(_entries, data.get("former", [])))
            return cls(data["chain_id"], _entries(data["contracts"]), former)
        except (DaimmError, ValueError, TypeError, KeyError, AttributeError):
            raise DaimmError("This is no address book: deploy again or restore it.") from None


def folders(environment: Mapping[str, str] | None = None) -> Iterator[Path]:
    """Where books are looked for, first one first."""
    env = os.environ if environment is None else environment
    if chosen := env.get("DAIMM_DEPLOYMENTS"):
        yield Path(chosen).expanduser()
    yield home_folder(env) / "deployments"
    yield PUBLIC


def folder_to_write(chain_id: int, environment: Mapping[str, str] | None = None) -> Path:
    """Where a new book goes: local chains never into the package, so a checkout stays clean."""
    env = os.environ if environment is None else environment
    if chain_id in LOCAL_CHAINS or env.get("DAIMM_DEPLOYMENTS"):
        return next(folders(env))
    return PUBLIC


def find(chain_id: int, environment: Mapping[str, str] | None = None) -> Path | None:
    """The book's file, or None."""
    files = (folder / f"{int(chain_id)}.json" for folder in folders(environment))
    return next((file for file in files if file.is_file()), None)


def load(chain_id: int, environment: Mapping[str, str] | None = None) -> Book:
    """The chain's book; raises DaimmError where there is none or the file is damaged."""
    file = find(chain_id, environment)
    if file is None:
        raise DaimmError(
            f"No contracts of DAIMM are known on chain {chain_id}: check the network you chose.",
            hint="deploy them with `ape run deploy`, or set DAIMM_DEPLOYMENTS to the folder "
            f"that has {chain_id}.json",
        )
    return read(file, chain_id)


def read(file: Path, chain_id: int) -> Book:
    """The book in one file; raises DaimmError naming the file."""
    try:
        with file.open("rb") as stream:
            book = Book.from_json(stream.read(MAX_BOOK_BYTES + 1))
    except OSError:
        raise DaimmError(f"Cannot use {file}, it cannot be read: let this user read it.") from None
    except DaimmError:
        raise DaimmError(
            f"Cannot use {file}, it is no address book: deploy again or restore it."
        ) from None
    if book.chain_id != chain_id:
        raise DaimmError(
            f"{file} is the book of chain {book.chain_id}, not {chain_id}: restore it, or set "
            "DAIMM_DEPLOYMENTS to another folder."
        )
    return book


def save(book: Book, folder: Path | None = None) -> Path:
    """Write the book whole or not at all; returns the file."""
    where = folder_to_write(book.chain_id) if folder is None else folder
    file = where / f"{book.chain_id}.json"
    write_atomic(file, book.to_json().encode())
    return file


def _entries(data: dict[str, Any]) -> dict[str, Entry]:
    return {name: _entry(entry) for name, entry in sorted(data.items())}


def _entry(data: dict[str, Any]) -> Entry:
    if set(data) != _ENTRY or type(data["block"]) is not int or data["block"] < 0:
        raise ValueError
    if not isinstance(data["arguments"], list):
        raise TypeError
    return Entry(
        address=checksummed(data["address"]),
        arguments=tuple(data["arguments"]),
        block=data["block"],
        code_hash=word(data["code_hash"]),
        transaction=word(data["transaction"]),
    )
