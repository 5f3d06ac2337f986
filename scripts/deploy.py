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
from daimm_cli.chain import book as books
from daimm_cli.chain.book import Book
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from daimm_cli.chain.transactions import Signer
from daimm_cli.governance import files
from scripts import _ape
from scripts._artifacts import build
from scripts._creation import Creation
from scripts._params import Params, for_chain
from scripts._plan import plan
from scripts._settings import settle

TITLE = "Bring the contracts to their parameters"
TEXT = "What `ape run deploy` found to differ from the network's parameter file."


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
    deployer = creation.deployer
    for name, arguments in plan(params, deployer, creation.address):
        creation.create(name, *arguments)
    chain = Chain(node, creation.book)
    params = params.resolved(deployer, creation.book.address("Timelock"))
    left = settle(chain, signer, params, deployer, say)
    file = creation.folder / f"{node.chain_id}.proposal.yaml"
    file.unlink(missing_ok=True)
    if left and params.admin != chain.deployed.timelock.address:
        raise DaimmError(f"{params.admin} governs: run deploy with that account.")
    if left:
        files.write(file, TITLE, TEXT, left, chain.book)
        say(f"Next, what only governance can do: daimm dao propose {file}")
    return creation.book


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
