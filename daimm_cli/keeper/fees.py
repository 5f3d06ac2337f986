"""What a keeper may offer for gas.

>>> Policy(most=200 * GWEI, patience=90).capped(node, asked, asked)
{'maxFeePerGas': 41000000000, 'maxPriorityFeePerGas': 1000000000}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused

if TYPE_CHECKING:
    from daimm_cli.chain.node import Node
    from daimm_cli.chain.transactions import Fees

BUMP = 8
"""A replacement offers one part in so many more than what it replaces."""


@dataclass(frozen=True)
class Policy:
    """most: wei per gas that may be offered. patience: seconds until a transaction is stuck."""

    most: int
    patience: int

    def capped(self, node: Node, asked: Fees, fees: Fees, before: Fees | None = None) -> Fees:
        """No more than is allowed; ChainRefused where that is not enough.

        asked: the node's price. before: what `fees` are to replace.
        """
        from daimm_cli.chain.node import GWEI

        capped = {name: min(value, self.most) for name, value in fees.items()}
        least = raised(before, before) if before else {}
        if any(capped[name] < value for name, value in least.items()):
            raise ChainRefused(
                f"A higher fee would pass the limit of {self.most / GWEI:g} gwei per gas: wait, or "
                "raise max_gas_price."
            )
        if (asked.get("gasPrice") or node.base_fee()) > self.most:
            raise ChainRefused(
                f"Gas costs more than the limit of {self.most / GWEI:g} gwei: waiting."
            )
        return capped


def raised(fees: Fees, before: Fees) -> Fees:
    """`fees`, but enough to replace a transaction that offered `before`."""
    return {
        name: max(value, before.get(name, 0) + before.get(name, 0) // BUMP + 1)
        for name, value in fees.items()
    }
