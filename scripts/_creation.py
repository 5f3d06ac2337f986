"""Creates contracts one by one, each written into the book at once.

>>> creation = Creation(node, signer, None, print)
>>> creation.create("Lineage", registry, splitter)
'0x5FbDB2315678afecb367f032d93F642f64180aa3'

Where a chain has the CREATE2 factory of EIP-7997, the address follows from the contract's bytes,
whoever sends them: what somebody else created is taken as it stands. Elsewhere it follows from the
signer's nonce. The salt counts the contracts of that name that were replaced, so that the same one
can stand beside its former self. Before a creation is broadcast it is written down, and a run after
a crash sends the same bytes again.
"""

from __future__ import annotations

import bisect
import json
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.base.files import write_atomic
from daimm_cli.bindings.calls import Call
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain import book as books
from daimm_cli.chain.answers import Receipt, parsed_bytes
from daimm_cli.chain.book import LOCAL_CHAINS, Book, Entry
from daimm_cli.chain.node import Node
from daimm_cli.chain.reader import Reader
from daimm_cli.chain.terms import ZERO_WORD
from daimm_cli.chain.transactions import Signed, Signer
from daimm_cli.protocol.curve import keccak
from scripts._artifacts import artifact
from scripts._plan import as_written

FACTORY = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
FACTORY_CODE = bytes.fromhex(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234"
    "f58015156039578182fd5b8082525050506014600cf3"
)
"""Takes a salt of 32 bytes and the creation code, refuses what is there already."""


class Creation:
    """book: what is created so far. deployer: who began, also where somebody else goes on."""

    def __init__(
        self, node: Node, signer: Signer, folder: Path | None, say: Callable[[str], None]
    ) -> None:
        self.node = node
        self.signer = signer
        self.say = say
        self.folder = books.folder_to_write(node.chain_id) if folder is None else folder
        for place in (self.folder.parent, self.folder):  # the first may be daimm's home
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self.folder / f"{node.chain_id}.json"
        self._pending = self.folder / f"{node.chain_id}.pending.json"
        self._by_factory = has_factory(node)
        self.book = books.read(file, node.chain_id) if file.exists() else Book(node.chain_id, {})
        begun = self.book.contracts.get("Authority")
        same = begun is not None and self._stands("Authority", begun)
        self.deployer = str(begun.arguments[0]) if same and begun else signer.address

    def address(self, name: str) -> str:
        """Of one that was created."""
        return self.book.address(name)

    def replace(self, name: str, whole: Collection[str]) -> None:
        """Make a contract a former one. whole: what the book has when nothing is left to create."""
        if not self.book.contracts.keys() >= {*whole}:
            raise DaimmError("A deployment is not finished: run deploy without --replace first.")
        self.book = self.book.succeeded(name)
        books.save(self.book, self.folder)

    def create(self, name: str, *arguments: Any) -> str:
        """The contract's address: the book's where it stands there with these arguments."""
        written = as_written(arguments)
        entry = self.book.contracts.get(name)
        if entry is not None:
            if list(entry.arguments) == written and self._stands(name, entry):
                return entry.address
            if self.node.chain_id not in LOCAL_CHAINS:
                raise DaimmError(
                    f"The address book of chain {self.node.chain_id} has another {name}: deploy a "
                    f"new one beside it with --replace {name}, or restore the parameters."
                )
        address, block, transaction, cost = self._created(name, artifact(name).creation(arguments))
        code = self.node.code(address)
        if not artifact(name).made(code):
            raise DaimmError(
                f"{self.node.who} shows no {name} at {address} after creating it: wait, then run "
                "deploy again."
            )
        made = Entry(address, tuple(written), block, keccak(code), transaction)
        self.book = replace(self.book, contracts={**self.book.contracts, name: made})
        books.save(self.book, self.folder)
        self._pending.unlink(missing_ok=True)
        self.say(f"{name:<14} {address}  {cost}")
        return address

    def _created(self, name: str, code: bytes) -> tuple[str, int, bytes, str]:
        """Address, block and transaction of a contract that is there now; what it cost."""
        call = Call(None, code, f"create {name}")
        fixed = None
        if self._by_factory:
            salt = sum(name in gone for gone in self.book.former).to_bytes(32)
            call = Call(FACTORY, salt + code, call.doing)
            fixed = create2(salt, code)
        sent = self._resume(name, call)
        if sent is None and (fixed is None or not self.node.code(fixed)):
            try:
                sent = self.node.send(
                    call, self.signer, before=lambda signed: self._write_down(name, signed)
                )
            except ChainRefused:
                if fixed is None or not self.node.code(fixed):
                    raise  # otherwise somebody else was faster
        if sent is None:
            assert fixed is not None
            return fixed, *self._found(fixed, call), "there already"
        return fixed or str(sent.created), sent.block, sent.hash, f"{sent.gas_used:>9,} gas"

    def _found(self, address: str, call: Call) -> tuple[int, bytes]:
        """Block and transaction that created what is there.

        Blocks whose state the node no longer has count as if it had been there; the transaction is
        zero where another contract called the factory.
        """

        def there(block: int) -> bool:
            try:
                return bool(self.node.code(address, block))
            except DaimmError:
                return True

        block = bisect.bisect_left(range(self.node.latest().number), True, key=there)
        with self.node.asking("read a block"):
            for each in self.node.ask("eth_getBlockByNumber", hex(block), True)["transactions"]:
                digest = parsed_bytes(each["hash"])
                if parsed_bytes(each["input"]) == call.data:
                    receipt = self.node.receipt(digest)
                    if receipt is not None and receipt.succeeded:
                        return block, digest
        return block, ZERO_WORD

    def _stands(self, name: str, entry: Entry) -> bool:
        code = self.node.code(entry.address)
        return bool(code) and artifact(name).made(code) and keccak(code) == entry.code_hash

    def _write_down(self, name: str, signed: Signed) -> None:
        note = {
            "contract": name,
            "nonce": signed.nonce,
            "raw": signed.raw.hex(),
            "sender": signed.sender,
        }
        write_atomic(self._pending, json.dumps(note, sort_keys=True).encode(), mode=0o600)

    def _resume(self, name: str, call: Call) -> Receipt | None:
        """Finish the creation that a run before this one had sent, if it was this one."""
        try:
            note = json.loads(self._pending.read_text())
            raw = bytes.fromhex(note["raw"])
        except (OSError, ValueError, KeyError):
            return None
        if note["contract"] != name or call.data not in raw:
            return None
        signed = Signed(call, note["sender"], note["nonce"], raw, keccak(raw))
        if self.node.nonce(signed.sender) < signed.nonce:
            return None  # a local chain was started anew
        try:
            self.node.broadcast(signed)
            return self.node.wait(signed)
        except ChainRefused:
            return None


def has_factory(node: Reader) -> bool:
    return node.code(FACTORY) == FACTORY_CODE


def create2(salt: bytes, code: bytes) -> str:
    """Where the factory puts a contract with this creation code (EIP-1014)."""
    digest = keccak(b"\xff" + bytes.fromhex(FACTORY[2:]) + salt + keccak(code))
    return checksummed("0x" + digest[12:].hex())
