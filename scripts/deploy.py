"""Deploys the contracts, or goes on where it stopped: `ape run deploy --network <network>`.

    from scripts.deploy import deploy
    book = deploy(node, signer, params)

There is one way to deploy: `deploy`, a function of a node, a signer and the network's parameters.
Ape runs it on its own connection and account; tests and the demo run the same function on theirs,
because starting Ape takes seconds. Every step looks first whether it is done, so a second run does
nothing, and a run after a crash finishes: a creation is written down before it is broadcast, and
the next run sends the same bytes again. docs/deploy.md has the order and the roles.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.base.files import write_atomic
from daimm_cli.bindings.calls import Call
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.structs import Bps
from daimm_cli.chain import book as books
from daimm_cli.chain.answers import Receipt
from daimm_cli.chain.book import LOCAL_CHAINS, Book, Entry
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from daimm_cli.chain.transactions import Signed, Signer
from daimm_cli.protocol.curve import keccak
from scripts import _ape
from scripts._artifacts import artifact, build
from scripts._params import AIM, Params, for_chain

ADMIN_ROLE = 0
GUARDIAN_ROLE = 1
STOP = keccak(b"stopNewBusiness(uint40)")[:4]


At = Callable[[str], str]
"""A contract's name to its address."""

PLAN: dict[str, Callable[[At, Params, str], list[Any]]] = {
    "Authority": lambda _at, _params, deployer: [deployer],
    "AIMToken": lambda _at, params, _deployer: [list(params.supply.items())],
    "Faucet": lambda at, params, _deployer: [at("AIMToken"), *_faucet(params)],
    "ContentProof": lambda _at, _params, _deployer: [],
    "ModelRegistry": lambda at, _params, _deployer: [at("ContentProof")],
    "ModelLicense": lambda at, _params, _deployer: [at("Authority"), at("ModelRegistry")],
    "RevenueSplitter": lambda _at, _params, _deployer: [],
    "Lineage": lambda at, _params, _deployer: [at("ModelRegistry"), at("RevenueSplitter")],
    "Market": lambda at, params, _deployer: [
        *(at("Authority"), at("ModelRegistry"), at("ModelLicense"), at("Lineage"), at("AIMToken")),
        params.treasury,
    ],
    "Bonds": lambda at, params, _deployer: [at("Market"), at("ModelLicense"), params.treasury],
}
"""What is deployed, in order, and each constructor's arguments."""


def deploy(
    node: Node,
    signer: Signer,
    params: Params,
    *,
    folder: Path | None = None,
    say: Callable[[str], None] = lambda _line: None,
) -> Book:
    """Bring the chain to what `params` says and write its address book, which is returned.

    folder: where the book goes; None is `daimm_cli.chain.book.folder_to_write`. say: told each
    step. Raises DaimmError where the book there is of other contracts.
    """
    if node.chain_id != params.chain_id:
        raise DaimmError(f"The parameters are for chain {params.chain_id}, not {node.chain_id}.")
    deployment = _Deployment(node, signer, folder, say)
    params = params.resolved(deployment.deployer)
    book = deployment.contracts(params)
    _settings(Chain(node, book), signer, params, deployment.deployer, say)
    return book


class _Deployment:
    """Creates contracts one by one, each written into the book at once."""

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
        self.pending = self.folder / f"{node.chain_id}.pending.json"
        found = books.read(file, node.chain_id) if file.exists() else Book(node.chain_id, {})
        begun = found.contracts.get("Authority")
        same = begun is not None and self._stands("Authority", begun)
        # Who began a deployment is in the book; a run to finish it may be anybody's.
        self.deployer = str(begun.arguments[0]) if same and begun else signer.address
        self.book = found

    def contracts(self, params: Params) -> Book:
        """Every contract of PLAN, in its order: the layers from below."""
        for name, arguments in PLAN.items():
            if name != "Faucet" or params.faucet:
                self.create(name, *arguments(self.book.address, params, self.deployer))
        return self.book

    def create(self, name: str, *arguments: Any) -> str:
        """The contract's address: the book's where it stands there with these arguments."""
        written = _plain(arguments)
        entry = self.book.contracts.get(name)
        if entry is not None:
            if list(entry.arguments) == written and self._stands(name, entry):
                return entry.address
            if self.node.chain_id not in LOCAL_CHAINS:
                raise DaimmError(
                    f"The address book of chain {self.node.chain_id} has another {name}: take its "
                    "entry out to deploy a new one beside it, or restore the parameters."
                )
        call = Call(None, artifact(name).creation(arguments), f"create {name}")
        sent = self._resume(name, call) or self.node.send(
            call, self.signer, before=lambda signed: self._write_down(name, signed)
        )
        address = str(sent.created)
        made = Entry(
            address, tuple(written), sent.block, keccak(self.node.code(address)), sent.hash
        )
        self.book = replace(self.book, contracts={**self.book.contracts, name: made})
        books.save(self.book, self.folder)
        self.pending.unlink(missing_ok=True)
        self.say(f"{name:<14} {address}  {sent.gas_used:>9,} gas")
        return address

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
        write_atomic(self.pending, json.dumps(note, sort_keys=True).encode(), mode=0o600)

    def _resume(self, name: str, call: Call) -> Receipt | None:
        """Finish the creation that a run before this one had sent, if it was this one."""
        try:
            note = json.loads(self.pending.read_text())
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


def _settings(
    chain: Chain, signer: Signer, params: Params, deployer: str, say: Callable[[str], None]
) -> None:
    """Roles, issuer, tokens, faucet: each only where the chain does not say so already."""
    authority, market = chain.deployed.authority, chain.deployed.market
    ask = chain.node.view

    def tell(call: Call) -> None:
        sent = chain.node.send(call, signer)
        say(f"{call.doing:<32} {sent.gas_used:>9,} gas")

    if params.faucet and not chain.balance(chain.aim, chain.book.address("Faucet")):
        fill = params.faucet.fill
        sent = chain.node.send(
            ERC20(chain.aim).transfer(chain.book.address("Faucet"), fill), signer
        )
        say(f"{'fill the faucet':<32} {sent.gas_used:>9,} gas")
    if ask(authority.get_target_function_role(market.address, STOP)) != GUARDIAN_ROLE:
        tell(authority.set_target_function_role(market.address, [STOP], GUARDIAN_ROLE))
    if not ask(authority.has_role(GUARDIAN_ROLE, params.guardian)).is_member:
        tell(authority.grant_role(GUARDIAN_ROLE, params.guardian, 0))
    if not ask(chain.deployed.licenses.is_issuer(market.address)):
        tell(chain.deployed.licenses.set_issuer(market.address, True))
    for name, fee in params.fees.items():
        token = chain.aim if name == AIM else name
        policy = chain.policy(token)
        cap = params.delivery_fees[name]
        if policy != (True, fee, cap):
            tell(market.set_token(token, True, Bps(fee), cap))
    if params.admin != deployer:
        if not ask(authority.has_role(ADMIN_ROLE, params.admin)).is_member:
            tell(authority.grant_role(ADMIN_ROLE, params.admin, 0))
        if ask(authority.has_role(ADMIN_ROLE, deployer)).is_member:
            tell(authority.renounce_role(ADMIN_ROLE, deployer))


def expected_contracts(book: Book, params: Params, deployer: str) -> dict[str, list[Any]]:
    """Each contract that the parameters ask for, with its arguments as a book has them."""

    def at(name: str) -> str:
        return book.contracts[name].address if name in book.contracts else "missing"

    return {
        name: _plain(arguments(at, params, deployer))
        for name, arguments in PLAN.items()
        if name != "Faucet" or params.faucet
    }


def _faucet(params: Params) -> tuple[int, int]:
    assert params.faucet is not None
    return params.faucet.amount, params.faucet.interval


def _plain(value: Any) -> Any:
    """Arguments as the book's JSON has them."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return str(value)


def main() -> None:
    """What Ape runs, on the network and with the account that it has."""
    with _ape.in_sentences():
        build()
        node = _ape.node()
        params = for_chain(node.chain_id)
        node.confirmations = params.confirmations
        book = deploy(node, _ape.signer(), params, say=print)
        print(f"Chain {book.chain_id}: {books.find(book.chain_id)}")
        print(f"Next: ape run verify --network {_ape.network()}")
