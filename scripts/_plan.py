"""What is deployed, in which order, and with which constructor arguments.

>>> plan(params)["Lineage"](book.address)
['0x5FbDB2315678afecb367f032d93F642f64180aa3', '0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0']
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from daimm_cli.chain.book import Book
from scripts._params import Params

At = Callable[[str], str]
"""A contract's name to its address."""


def plan(params: Params, deployer: str) -> dict[str, Callable[[At], list[Any]]]:
    """Every contract that the parameters ask for, the layers from below, and its arguments."""
    contracts: dict[str, Callable[[At], list[Any]]] = {
        "Authority": lambda _at: [deployer],
        "AIMToken": lambda _at: [list(params.supply.items())],
    }
    if faucet := params.faucet:
        contracts["Faucet"] = lambda at: [at("AIMToken"), faucet.amount, faucet.interval]
    return contracts | {
        "ContentProof": lambda _at: [],
        "ModelRegistry": lambda at: [at("ContentProof")],
        "ModelLicense": lambda at: [at("Authority"), at("ModelRegistry")],
        "RevenueSplitter": lambda _at: [],
        "Lineage": lambda at: [at("ModelRegistry"), at("RevenueSplitter")],
        "Market": lambda at: [
            *(at("Authority"), at("ModelRegistry"), at("ModelLicense"), at("Lineage")),
            *(at("AIMToken"), params.treasury),
        ],
        "Bonds": lambda at: [at("Market"), at("ModelLicense"), params.treasury],
    }


def expected_contracts(book: Book, params: Params, deployer: str) -> dict[str, list[Any]]:
    """Each contract that the parameters ask for, with its arguments as a book has them."""

    def at(name: str) -> str:
        return book.contracts[name].address if name in book.contracts else "missing"

    return {name: as_written(given(at)) for name, given in plan(params, deployer).items()}


def as_written(value: Any) -> Any:
    """Arguments as the book's JSON has them."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [as_written(item) for item in value]
    return str(value)
