"""The system's keyring, where the person wants passwords remembered there.

>>> put("account:0x8fd379246834eac74B8419FfdA202CF8051F7A03", "correct horse battery")
>>> get("account:0x8fd379246834eac74B8419FfdA202CF8051F7A03")
'correct horse battery'

The package `keyring` finds what the system has (Secret Service, KWallet, macOS, Windows); it comes
with `daimm[keyring]`.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from typing import Any

from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.base.text import sanitise

SERVICE = "daimm"


def get(user: str) -> str | None:
    """The password that is remembered under this name, or None."""
    with _keyring("read") as keyring:
        found = keyring.get_password(SERVICE, user)
    return found if isinstance(found, str) and found else None


def put(user: str, password: str) -> None:
    """Remember a password, and see that it is there."""
    with _keyring("write to") as keyring:
        keyring.set_password(SERVICE, user, password)
    if get(user) != password:
        raise OutsideFailed(f"The keyring ({backend()}) did not keep the password: choose another.")


def remove(user: str) -> bool:
    """Forget a password; False where none was remembered."""
    if get(user) is None:
        return False
    with _keyring("write to") as keyring:
        keyring.delete_password(SERVICE, user)
    return True


def backend() -> str:
    """What the system's keyring is. Raises DaimmError where there is none."""
    with _keyring("find") as keyring:
        found = keyring.get_keyring()
        if type(found).__module__ == "keyring.backends.fail":
            raise keyring.errors.NoKeyringError
    return sanitise(getattr(found, "name", None) or type(found).__name__, 80)


@contextlib.contextmanager
def _keyring(doing: str) -> Iterator[Any]:
    """The library; whatever it raises is told."""
    try:
        library = importlib.import_module("keyring")
    except ImportError:
        raise DaimmError(
            "Passwords are to come from the system's keyring, and the package for it is missing: "
            "install it with `pip install 'daimm[keyring]'`."
        ) from None
    try:
        yield library
    except Exception as error:  # noqa: BLE001 - each backend raises what it likes
        if type(error).__name__ == "NoKeyringError":
            raise DaimmError(
                "This system has no keyring that can be used: start one, or give the password in "
                "a file that DAIMM_PASSWORD_FILE names."
            ) from None
        raise OutsideFailed(
            f"Cannot {doing} the keyring ({type(error).__name__}): unlock it, or give the password "
            "in a file that DAIMM_PASSWORD_FILE names."
        ) from None
