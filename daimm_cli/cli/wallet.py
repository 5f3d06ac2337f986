"""Signing from the command line: the person is asked first, and the password comes last.

>>> chain.close_offer(Wallet(address, unlock, Asking()), offer)
Close an offer: about 41,300 gas, at most 0.000063 ether. Go on? [y/N]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import ChainRefused
from daimm_cli.base.text import ether
from daimm_cli.chain.node import Call, Person, Signed
from daimm_cli.cli.output import confirm, say

if TYPE_CHECKING:
    from daimm_cli.accounts.accounts import Signing


USUAL = 2 * 10**16
"""Wei; gas that may cost more is asked about like a price, unless a maximum was set."""


@dataclass(frozen=True)
class Asking:
    """Shows what each transaction costs, and asks whoever is at the terminal before it is signed.

    yes: they said beforehand that nothing need be asked. max_gas: wei, most that the gas of a
    transaction may cost; None: the usual. agreed: they have agreed to what follows, but for unusual
    gas. brings: a sentence that is shown beside what it costs.
    """

    yes: bool = False
    max_gas: int | None = None
    agreed: bool = False
    brings: str = ""

    def agree(self, call: Call, gas: int, worst: int) -> None:
        """As `Person.agree`; raises Stopped where the person says no."""
        doing = call.doing[:1].upper() + call.doing[1:]
        cost = worst - call.value
        dear = cost > (USUAL if self.max_gas is None else self.max_gas)
        if dear and (self.yes or self.max_gas is not None):
            most = "usual" if self.max_gas is None else f"your {ether(self.max_gas)}"
            raise ChainRefused(
                f"{doing} may cost {ether(cost, up=True)} of gas, more than {most}: wait, use "
                f"another node, or set --max-gas {ether(cost, up=True).split()[0]} if you agree."
            )
        shown = f"{doing}: about {gas:,} gas, at most {ether(worst, up=True)}."
        shown = f"{shown} {self.brings}".strip()
        unasked = self.yes or (self.agreed and not dear)
        if unasked:
            say(shown)
        if dear:
            shown += " That is far more than usual."
        confirm(f"{shown} Go on?", yes=unasked)

    def left(self, signed: Signed) -> None:
        """As `Person.left`: who is interrupted from here on has to know."""
        say(f"Sent as transaction 0x{signed.hash.hex()}.")

    def ask(self, question: str) -> None:
        """As `Person.ask`; raises Stopped where the person says no."""
        confirm(question, yes=self.yes)


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
