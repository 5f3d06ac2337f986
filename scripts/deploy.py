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

from collections.abc import Callable
from pathlib import Path

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.calls import Call
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.structs import Bps
from daimm_cli.chain import book as books
from daimm_cli.chain.book import Book
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from daimm_cli.chain.transactions import Signer
from daimm_cli.protocol.curve import keccak
from scripts import _ape
from scripts._artifacts import build
from scripts._creation import Creation
from scripts._params import AIM, Params, for_chain
from scripts._plan import plan

ADMIN_ROLE = 0
GUARDIAN_ROLE = 1
STOP = keccak(b"stopNewBusiness(uint40)")[:4]


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
    creation = Creation(node, signer, folder, say)
    params = params.resolved(creation.deployer)
    for name, arguments in plan(params, creation.deployer).items():
        creation.create(name, *arguments(creation.book.address))
    _settings(Chain(node, creation.book), signer, params, creation.deployer, say)
    return creation.book


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
