"""What chapters of the tour have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts._stage import DemoFailed, Person, Stage
from scripts.demo import found

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from daimm_cli.chain.book import Book
    from daimm_cli.chain.node import Node

DAY = 86_400


def deployed(stage: Stage) -> tuple[Node, Book, LocalAccount]:
    """The node, the contracts, and the account that made them."""
    from eth_account import Account

    from daimm_cli.chain.book import load
    from daimm_cli.chain.node import Node

    node = Node.connect(stage.chain.url)
    book = load(node.chain_id, {"DAIMM_DEPLOYMENTS": str(stage.deployments)})
    return node, book, Account.from_key(stage.chain.accounts[0].key)


def opened(seller: Person, *terms: str, step: str = "") -> str:
    """The id of an offer of the model."""
    told = seller.types("offer", "open", "1", *terms, "--yes", step=step)
    return found(r"(?i)offer\s+(0x[0-9a-f]{64})", told.out)


def bought(buyer: Person, *what: str, step: str = "") -> str:
    """What `daimm buy` said."""
    return buyer.types("buy", *what, "--yes", step=step).out


def deliver(seller: Person) -> None:
    seller.types("order", "deliver", "--all", "--yes")


def require(condition: object, otherwise: str) -> None:
    """Raise DemoFailed unless it is so."""
    if not condition:
        raise DemoFailed(otherwise)
