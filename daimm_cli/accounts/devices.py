"""Accounts of Ape's plugins: hardware wallets, which keep the key and sign by themselves.

>>> [(info.alias, info.kind) for info in listed()]
[('cold', 'ledger')]
>>> signer(find("cold")).sign_typed_data(full_message=message)      # confirmed on the device

Ape is slow to import, so it is only where a plugin with accounts is installed besides its own. What
a device gives back is checked: a signature of another account is refused.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import pkgutil
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from daimm_cli.accounts.accounts import AccountInfo
from daimm_cli.base.errors import DaimmError, OutsideFailed, VerificationFailed
from daimm_cli.base.text import sanitise
from daimm_cli.cli.output import say

_OWN = ("ape_accounts", "ape_test")
"""Ape's own: keystores, which are read without it, and keys that everybody knows."""


_SHOWS_DATA = ("trezor",)
"""Plugins that take EIP-712 data as it is, to show it on the device; others take its hashes."""


@functools.cache
def plugins() -> tuple[str, ...]:
    """The installed plugins of Ape that bring accounts, by name; nothing is imported."""
    found = []
    for module in pkgutil.iter_modules():
        if module.name.startswith("ape_") and module.name not in _OWN:
            spec = importlib.util.find_spec(module.name)
            source = Path(spec.origin).read_bytes() if spec and spec.origin else b""
            if b"account_types" in source:
                found.append(module.name.removeprefix("ape_"))
    return tuple(found)


def listed() -> list[AccountInfo]:
    return [info for info, _ in _accounts()]


def find(name: str) -> AccountInfo | None:
    """The one with this alias or address."""
    wanted = name.lower()
    for info, _ in _accounts():
        if info.alias == name or wanted in (info.address.lower(), info.address.lower()[2:]):
            return info
    return None


def signer(info: AccountInfo) -> DeviceSigner:
    """What signs for such an account."""
    for found, account in _accounts():
        if found == info:
            return DeviceSigner(info, account)
    raise DaimmError(
        f"There is no account '{sanitise(info.alias, 40)}' in Ape any more: add it there again, or "
        "choose another with --account."
    )


class DeviceSigner:
    """An account whose key is elsewhere, behind Ape's AccountAPI."""

    def __init__(self, info: AccountInfo, account: Any) -> None:
        self._info = info
        self._account = account

    @property
    def address(self) -> str:
        return self._info.address

    def sign_transaction(self, transaction_dict: Mapping[str, Any]) -> Any:
        """As `chain.transactions.Signer`'s; fields as web3 has them, complete."""
        from ape_ethereum.transactions import DynamicFeeTransaction, StaticFeeTransaction
        from eth_account._utils.legacy_transactions import (
            encode_transaction,
            serializable_unsigned_transaction_from_dict,
        )

        fields = {name: value for name, value in transaction_dict.items() if name != "from"}
        kind = StaticFeeTransaction if "gasPrice" in fields else DynamicFeeTransaction
        typed = {} if "gasPrice" in fields else {"type": 2}
        unsigned = serializable_unsigned_transaction_from_dict({**fields, **typed})
        asked = kind(**{**fields, "from": self.address})
        made = self._confirmed(lambda: self._account.sign_transaction(asked)).signature
        signature = self._checked(bytes(unsigned.hash()), made)
        r, s = (int.from_bytes(part) for part in (signature[:32], signature[32:64]))
        parity = signature[64] - 27
        v = parity if typed else parity + 35 + 2 * int(fields["chainId"])
        return SimpleNamespace(raw_transaction=bytes(encode_transaction(unsigned, vrs=(v, r, s))))

    def sign_typed_data(self, *, full_message: Mapping[str, Any]) -> Any:
        """As `chain.transactions.KeySigner`'s."""
        from eth_account.messages import encode_typed_data

        from daimm_cli.chain.signatures import hash_typed

        encoded = encode_typed_data(full_message=dict(full_message))
        digest = hash_typed(full_message)
        asked = _plain(full_message) if self._info.kind in _SHOWS_DATA else encoded
        made = self._confirmed(lambda: self._account.sign_message(asked))
        return SimpleNamespace(signature=self._checked(digest, made))

    def _checked(self, digest: bytes, made: Any) -> bytes:
        """The signature with v = 27 or 28, however the device counts; of this account's key."""
        from daimm_cli.chain.signatures import recovered

        try:
            half = b"".join(bytes(part).rjust(32, b"\0") for part in (made.r, made.s))
        except (AttributeError, TypeError, ValueError):
            half = b""
        for v in (27, 28):
            if recovered(digest, half + v.to_bytes(1)) == self.address:
                return half + v.to_bytes(1)
        raise VerificationFailed(
            f"The device did not sign what was asked, or not for {self.address}: check that it is "
            "the right one, and its plugin's version."
        )

    def _confirmed(self, asking: Any) -> Any:
        say(f"Confirm on the device ({self._info.kind}, account '{self._info.alias}').")
        try:
            with contextlib.redirect_stdout(sys.stderr):  # plugins show there what is signed
                done = asking()
        except Exception as error:  # noqa: BLE001 - Ape and its plugins raise what they like
            raise OutsideFailed(
                f"The device did not sign: {sanitise(error) or type(error).__name__}. Connect and "
                "unlock it, open its Ethereum app, and try again."
            ) from None
        if done is None:
            raise DaimmError(
                "The device did not sign, it was declined there or cannot do it: try again and "
                "confirm it, or choose another account with --account."
            )
        return done

    def __repr__(self) -> str:
        return f"<DeviceSigner {self._info.alias} {self.address}>"


def _plain(value: Any) -> Any:
    """Typed data as JSON has it: bytes in hexadecimal."""
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return "0x" + value.hex() if isinstance(value, bytes) else value


@functools.cache
def _accounts() -> list[tuple[AccountInfo, Any]]:
    if not plugins():
        return []
    try:
        from ape import accounts as manager

        containers = dict(manager.containers)
    except Exception as error:  # noqa: BLE001 - a project's settings of Ape may be broken
        say(f"Ape cannot tell the accounts of its plugins: {sanitise(error)}")
        return []
    found = []
    for kind, container in containers.items():
        if kind not in plugins():
            continue
        try:
            for account in container.accounts:
                alias = sanitise(account.alias or account.address, 64)
                found.append((AccountInfo(alias, str(account.address), None, kind), account))
        except Exception as error:  # noqa: BLE001 - one plugin's fault is not the others'
            say(f"The accounts of Ape's plugin {kind} cannot be read: {sanitise(error)}")
    return found
