"""`ape run deploy --network <network>`: deploys the contracts, or goes on where it stopped.

from scripts.deploy import deploy      # the same for tests and the demo, without Ape
book = deploy(node, signer, params)
"""

from __future__ import annotations

import os
from typing import Any

import click

from daimm_cli.chain import book as books
from daimm_cli.chain.book import Book
from scripts import _ape
from scripts._artifacts import build
from scripts._deployment import deploy as deploy
from scripts._estimate import estimate
from scripts._params import for_chain
from scripts._sources import publish


@click.command(short_help="Deploy the contracts, or go on where it stopped")
@click.option("--network", help="As Ape names it, or the address of a node.")
@click.option(
    "--estimate", "only_told", is_flag=True, help="Tell what it would cost; send nothing."
)
@click.option("--replace", metavar="CONTRACT", help="Put a new one beside this and what is on it.")
def cli(network: str | None, only_told: bool, replace: str | None) -> None:
    with _ape.connected(network):
        if only_told:
            tell()
        else:
            main(replace)


def main(replace: str | None = None) -> None:
    """Deploy on the network and with the account that Ape has."""
    with _ape.in_sentences():
        build()
        node = _ape.node()
        params = for_chain(node.chain_id)
        node.confirmations = params.confirmations
        book = deploy(node, _ape.signer(), params, say=print, replace=replace)
        for line in publish(book, params, **_sites()):
            print(line)
        print(f"Chain {book.chain_id}: {books.find(book.chain_id)}")
        print(f"Next: .venv/bin/ape run verify --network {_ape.network()}")


def _sites() -> dict[str, Any]:
    """Where sources are handed in, from the environment."""
    named = {"key": "ETHERSCAN_API_KEY", "etherscan": "ETHERSCAN_API_URL"}
    found = {name: os.environ.get(variable) for name, variable in named.items()}
    return {"key": None, **{name: value for name, value in found.items() if value}}


def tell() -> None:
    """Print what is left to do, in gas and in ether at what the network asks now."""
    with _ape.in_sentences():
        build()
        node = _ape.node()
        file = books.find(node.chain_id)
        book = books.read(file, node.chain_id) if file else Book(node.chain_id, {})
        gas = wei = 0
        for cost in estimate(node, for_chain(node.chain_id), book):
            print(f"{cost.what:<32} {cost.gas:>10,} gas  {cost.wei / 10**18:.6f} ether")
            gas, wei = gas + cost.gas, wei + cost.wei
        print(f"{'in all':<32} {gas:>10,} gas  {wei / 10**18:.6f} ether")
