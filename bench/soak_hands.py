"""Accounts of a soak that have one transaction under way at most.

>>> hands = Hands(chain.node)
>>> hands.send(call, account)
True
>>> hands.send(call, account)  # the first one is neither mined nor gone
False
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from daimm_cli.base.errors import DaimmError

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from daimm_cli.bindings.calls import Call
    from daimm_cli.chain.node import Node
    from daimm_cli.chain.transactions import Signed


class Hands:
    """What a re-org takes back is gone; whoever wants it looks again."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._waiting: dict[str, Signed] = {}

    def is_free(self, account: LocalAccount) -> bool:
        signed = self._waiting.get(account.address)
        if signed is None or not self.node.knows(signed.hash):
            return True
        return self.node.receipt(signed.hash) is not None

    def send(self, call: Call, account: LocalAccount) -> bool:
        """Whether it left: not while another one is under way, nor where the chain refuses it."""
        if not self.is_free(account):
            return False
        try:
            nonce = self.node.nonce(account.address, "latest")
            signed = self.node.sign(call, account, nonce=nonce)
            self.node.broadcast(signed)
        except DaimmError:
            return False
        self._waiting[account.address] = signed
        return True
