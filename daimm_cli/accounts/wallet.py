"""An account that asks for its password when it first signs.

>>> chain.node.send(chain.deployed.market.close_offer(offer), Wallet(address, unlock))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from daimm_cli.chain.node import Person

if TYPE_CHECKING:
    from daimm_cli.accounts.accounts import Signing


class Wallet:
    """An account that is unlocked when it first signs.

    unlock: gives the unlocked account; called once. person: who is asked first; None: nobody.
    """

    def __init__(
        self, address: str, unlock: Callable[[], Signing], person: Person | None = None
    ) -> None:
        self.address = address
        self.person = person
        self._unlock = unlock
        self._signing: Signing | None = None

    def asking(self, person: Person) -> Wallet:
        """The same account that asks otherwise."""
        return Wallet(self.address, self._opened, person)

    def sign_transaction(self, transaction_dict: Mapping[str, Any]) -> Any:
        """The signed transaction as `raw_transaction`."""
        raw = self._opened().sign_transaction(transaction_dict)
        return SimpleNamespace(raw_transaction=raw)

    def sign_typed_data(
        self, domain: Mapping[str, Any], types: Mapping[str, Any], message: Mapping[str, Any]
    ) -> Any:
        """An EIP-712 signature as whole numbers r, s and v."""
        (primary,) = types
        names = {"name": "string", "version": "string", "chainId": "uint256"}
        names |= {"verifyingContract": "address", "salt": "bytes32"}
        described = [{"name": name, "type": names[name]} for name in names if name in domain]
        signature = self._opened().sign_typed_data(
            {
                "types": {"EIP712Domain": described, **types},
                "domain": domain,
                "primaryType": primary,
                "message": message,
            }
        )
        r, s = (int.from_bytes(part) for part in (signature[:32], signature[32:64]))
        return SimpleNamespace(r=r, s=s, v=signature[64])

    def sign_message(self, message: Mapping[str, Any]) -> bytes:
        """The 65-byte signature of a full EIP-712 message."""
        return self._opened().sign_typed_data(message)

    def _opened(self) -> Signing:
        if self._signing is None:
            self._signing = self._unlock()
        return self._signing

    def __repr__(self) -> str:
        return f"<Wallet {self.address}>"
