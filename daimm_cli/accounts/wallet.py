"""An account that asks for its password when it first signs.

>>> chain.node.send(chain.deployed.market.close_offer(offer), Wallet(address, unlock))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from daimm_cli.chain.transactions import KeySigner, Person


class Wallet:
    """An account that is unlocked when it first signs.

    unlock: gives the unlocked account; called once. person: who is asked first; None: nobody.
    """

    def __init__(
        self, address: str, unlock: Callable[[], KeySigner], person: Person | None = None
    ) -> None:
        self.address = address
        self.person = person
        self._unlock = unlock
        self._signer: KeySigner | None = None

    def asking(self, person: Person) -> Wallet:
        return Wallet(self.address, self._opened, person)

    def sign_transaction(self, transaction_dict: Mapping[str, Any]) -> Any:
        return self._opened().sign_transaction(transaction_dict)

    def sign_typed_data(self, *, full_message: Mapping[str, Any]) -> Any:
        return self._opened().sign_typed_data(full_message=full_message)

    def _opened(self) -> KeySigner:
        if self._signer is None:
            self._signer = self._unlock()
        return self._signer

    def __repr__(self) -> str:
        return f"<Wallet {self.address}>"
