"""32 secret bytes under a password: Web3 Secret Storage, version 3, as Ape and geth use it.

>>> sealed = seal(bytes(31) + b"\\x01", "correct horse battery")
>>> unseal(sealed, "correct horse battery").hex()[-2:]
'01'
"""

import getpass
import json
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from daimm_cli.base import bounded_json, disk
from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import open_regular, private_folder, sync_folder, write_atomic
from daimm_cli.base.text import sanitise

MAX_KEYSTORE_BYTES = 64 * 1024
MIN_PASSWORD = 8
CIPHER = "aes-128-ctr"

_MAX_SECRET_INPUT = 4096
_MAX_SCRYPT_MEMORY = 1 << 30
_MAX_PBKDF2_ROUNDS = 20_000_000


class WrongPassword(DaimmError):
    """The password does not open the keystore."""


class Exists(DaimmError):
    """A secret's file is there already, and none is ever replaced."""


def seal(secret: bytes, password: str) -> dict[str, Any]:
    """The keystore of 32 bytes: scrypt (n = 2^18, r = 8, p = 1) and AES-128-CTR; about a second.

    The result holds `address`, the Ethereum address that the bytes would have as a private key.
    """
    from eth_account import Account

    if len(secret) != 32:
        raise ValueError("a keystore holds 32 bytes")
    require_long(password)
    return dict(Account.encrypt(secret, password, kdf="scrypt"))


def unseal(keystore: Mapping[str, Any], password: str, what: str = "the keystore") -> bytes:
    """The 32 bytes in a version 3 keystore.

    what: what is opened, for the message.
    Raises WrongPassword, or DaimmError for a keystore that is damaged or costs over 1 GiB to open.
    """
    checked = _checked(keystore, what)
    from eth_account import Account

    try:
        secret = bytes(Account.decrypt(checked, password))
    except ValueError as error:
        if "MAC mismatch" in str(error):
            raise WrongPassword(f"The password does not open {what}: try again.") from None
        raise DaimmError(f"Cannot open {what}: the file is damaged.") from None
    except (KeyError, TypeError, AttributeError, AssertionError, OverflowError):
        raise DaimmError(f"Cannot open {what}: the file is damaged.") from None
    if len(secret) != 32:
        raise DaimmError(f"Cannot open {what}: it does not hold a 32-byte key.")
    return secret


def read_keystore(path: Path, limit: int = MAX_KEYSTORE_BYTES) -> dict[str, Any]:
    """A version 3 keystore file, checked for its outer shape. limit: bytes."""
    with open_regular(path) as file:
        return parse_keystore(file.read(limit + 1), str(path), limit)


def parse_keystore(data: bytes, where: str, limit: int = MAX_KEYSTORE_BYTES) -> dict[str, Any]:
    """A version 3 keystore from its bytes; `where` names it in messages. limit: bytes."""
    try:
        if len(data) > limit:
            raise ValueError
        keystore = bounded_json.loads(data)
    except ValueError:
        raise DaimmError(
            f"{sanitise(where)} is not a keystore: take another copy, or the right file."
        ) from None
    if not isinstance(keystore, dict) or keystore.get("version") != 3:
        raise DaimmError(f"{sanitise(where)} is not a keystore of version 3: take the right file.")
    return keystore


def keystore_bytes(keystore: Mapping[str, Any]) -> bytes:
    return json.dumps(keystore, indent=2).encode() + b"\n"


def write_new(path: Path, data: bytes, taken: str) -> None:
    """Write a secret file (0600) that must not exist yet: whole or absent, whoever else writes.

    Raises Exists(taken) where the name is in use.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with private_folder(path) as work:
        write_atomic(work / "new", data, mode=0o600)
        try:
            os.link(work / "new", path)
        except FileExistsError:
            raise Exists(taken) from None
    sync_folder(path.parent)


def require_long(password: str) -> None:
    if len(password) < MIN_PASSWORD:
        raise DaimmError(f"The password is too short: choose at least {MIN_PASSWORD} characters.")


def ask_password(what: str, *, new: bool = False) -> str:
    """A password that is typed unseen. what: what it opens, for the prompt. new: asked for twice.

    `daimm_cli.accounts.passwords` has the other places that one may come from.
    """
    _need_terminal(
        f"the password for {what}", "set DAIMM_PASSWORD_FILE to a file that holds it (mode 600)"
    )
    first = getpass.getpass(f"Password for {sanitise(what)}: ", stream=sys.stderr)
    if not first:
        raise DaimmError("No password was given: nothing was done.")
    if new:
        require_long(first)
    if new and getpass.getpass("The same again: ", stream=sys.stderr) != first:
        raise DaimmError("The two passwords differ: nothing was done.")
    return first


def ask_secret(what: str, source: str | None) -> str:
    """A secret line: typed unseen at the terminal (None), from stdin ("-") or from a file."""
    if source == "-":
        return _one_line(sys.stdin.buffer.read(_MAX_SECRET_INPUT + 1), what)
    if source is not None:
        return read_secret(Path(source), what)
    _need_terminal(
        what, "name a file that holds it (mode 600) with --from, or pipe it in with --from -"
    )
    typed = getpass.getpass(f"{what[:1].upper()}{what[1:]}: ", stream=sys.stderr)
    return _one_line(typed.encode(), what)


def read_secret(path: Path, what: str, *, closed: int = 0o077) -> str:
    """The one line of a file that only its owner can read, or of a pipe.

    closed: permissions that the file must not give.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if stat.S_ISREG(status.st_mode) and status.st_mode & closed:
                raise DaimmError(
                    f"Other users can read {path}, which holds {what}: run `chmod 600` on it."
                )
            return _one_line(file.read(_MAX_SECRET_INPUT + 1), f"{what} in {path}")
    except OSError as error:
        raise DaimmError(f"Cannot read {what} from its file. {disk.sentence(error)}") from None


def _one_line(data: bytes, what: str) -> str:
    try:
        text = data.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        text = ""
    if not text or len(data) > _MAX_SECRET_INPUT or "\n" in text or "\0" in text:
        raise DaimmError(f"Cannot read {what}: it must be one line of text.")
    return text


def _need_terminal(what: str, otherwise: str) -> None:
    if not sys.stdin.isatty():
        raise DaimmError(f"Nobody is at the terminal to type {sanitise(what)}: {otherwise}.")


def _checked(keystore: Mapping[str, Any], what: str) -> dict[str, Any]:
    """The keystore with its names in lower case, as the library reads them.

    Refuses key derivation that a hostile file made so expensive that it stops the machine.
    """
    try:
        plain: dict[str, Any] = _lowered(keystore)
        crypto = plain["crypto"]
        kdf, parameters = crypto["kdf"], crypto["kdfparams"]
        if plain["version"] != 3 or parameters["dklen"] != 32:
            raise ValueError
        if kdf == "scrypt":
            n, r, p = (_positive(parameters[key]) for key in ("n", "r", "p"))
            fits = 128 * n * r <= _MAX_SCRYPT_MEMORY and p <= 16 and n & (n - 1) == 0
        elif kdf == "pbkdf2":
            fits = _positive(parameters["c"]) <= _MAX_PBKDF2_ROUNDS
        else:
            raise ValueError
        cipher = crypto["cipher"]
    except (KeyError, TypeError, ValueError):
        raise DaimmError(f"Cannot open {what}: the file is damaged.") from None
    if cipher != CIPHER:
        raise DaimmError(
            f"Cannot open {what}: it is encrypted by '{sanitise(cipher, 40)}', and version 3 takes "
            f"{CIPHER} alone."
        )
    if not fits:
        raise DaimmError(f"Cannot open {what}: its key derivation asks for absurd work or memory.")
    return plain


def _lowered(value: Any) -> Any:
    """Raises ValueError where two names become one: which of them counts is for nobody to guess."""
    if not isinstance(value, Mapping):
        return value
    lowered = {str(name).lower(): _lowered(item) for name, item in value.items()}
    if len(lowered) != len(value):
        raise ValueError
    return lowered


def _positive(value: object) -> int:
    if type(value) is not int or value < 1:
        raise ValueError
    return value
