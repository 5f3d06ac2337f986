"""Deploys the contracts, or goes on where it stopped.

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
from daimm_cli.chain.book import Book
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from daimm_cli.chain.transactions import Signer
from daimm_cli.governance import files
from scripts._creation import Creation
from scripts._params import Params
from scripts._plan import names, plan
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
    replace: str | None = None,
) -> Book:
    """Bring the chain to what `params` says and write its address book, which is returned.

    folder: where the book goes; None is `daimm_cli.chain.book.folder_to_write`. say: told each
    step. replace: a contract that becomes a former one, with all that was built on it; new ones
    are put beside them. Raises DaimmError where the book there is of other contracts.
    """
    if node.chain_id != params.chain_id:
        raise DaimmError(f"The parameters are for chain {params.chain_id}, not {node.chain_id}.")
    creation = Creation(node, signer, folder, say)
    deployer = creation.deployer
    if replace is not None:
        creation.replace(replace, names(params))
    for name, arguments in plan(params, deployer, creation.address):
        creation.create(name, *arguments)
    chain = Chain(node, creation.book)
    params = params.resolved(deployer, creation.address("Timelock"))
    left = settle(chain, signer, params, deployer, say)
    file = creation.folder / f"{node.chain_id}.proposal.yaml"
    file.unlink(missing_ok=True)
    if left and params.admin != creation.address("Timelock"):
        raise DaimmError(f"{params.admin} governs: run deploy with that account.")
    if left:
        files.write(file, TITLE, TEXT, left, chain.book)
        say(f"Next, what only governance can do: daimm dao propose {file}")
    return creation.book
