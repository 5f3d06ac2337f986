"""The one secret of a daimm home: 32 bytes that every key line and order key is derived from.

Lost, and nothing that was sold can be delivered and nothing that was bought can be opened; so it is
one file, `seed.json`, a keystore that a backup can copy as it is.

>>> seed = create(home, ask_password("the new seed", new=True))
>>> len(seed), fingerprint(seed)
(32, '6f1c0a93b2d4e875')
"""

import contextlib
import hmac
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from daimm_cli.accounts import keystore
from daimm_cli.accounts.keystore import Exists
from daimm_cli.base.errors import DaimmError

FILE_NAME = "seed.json"
FORMAT = "seed/v1"

_FINGERPRINT_TAG = b"DAIMM/seed-fingerprint/v1"
_STATED = re.compile(r"[0-9a-f]{16}", re.ASCII)


def seed_path(home: Path) -> Path:
    return home / FILE_NAME


def exists(home: Path) -> bool:
    return seed_path(home).exists()


def create(home: Path, password: str) -> bytes:
    """Draw a seed and keep it under `password`; one that is there already is opened instead."""
    drawn = secrets.token_bytes(32)
    with contextlib.suppress(Exists):
        store(home, pack_seed(drawn, password))
    return unlock(home, password)


def unlock(home: Path, password: str) -> bytes:
    """Open the home's seed. Raises WrongPassword, or DaimmError where there is none."""
    path = seed_path(home)
    if not path.exists():
        raise DaimmError(f"There is no seed in {home}: check DAIMM_HOME or restore your backup.")
    return open_seed(keystore.read_keystore(path), password, str(path))


def fingerprint(seed: bytes) -> str:
    """16 digits that tell seeds apart and tell nothing of them."""
    return hmac.digest(seed, _FINGERPRINT_TAG, "sha256")[:8].hex()


def stated_fingerprint(home: Path) -> str | None:
    """What the home's seed file says its fingerprint is; None where it says nothing."""
    try:
        return fingerprint_in(keystore.read_keystore(seed_path(home)))
    except DaimmError:
        return None


def fingerprint_in(parsed: Mapping[str, Any]) -> str | None:
    """The fingerprint that a parsed seed file states; nothing vouches for it."""
    stated = parsed.get("fingerprint")
    return stated if isinstance(stated, str) and _STATED.fullmatch(stated) else None


def pack_seed(seed: bytes, password: str, **public: Any) -> bytes:
    """The bytes of a seed file: a keystore without an address, marked so that it is no account.

    public: more fields, for whoever has the file to read.
    """
    sealed = keystore.seal(seed, password)
    sealed.pop("address", None)  # the point that belongs to the seed is nobody's business
    head = {"daimm": FORMAT, "fingerprint": fingerprint(seed)}
    return keystore.keystore_bytes({**head, **sealed, **public})


def open_seed(
    parsed: Mapping[str, Any], password: str, where: str, what: str = "the seed"
) -> bytes:
    """The seed in a parsed seed file; `where` names the file in messages, `what` its kind."""
    require_seed(parsed, where)
    seed = keystore.unseal(parsed, password, what)
    if fingerprint_in(parsed) not in (None, fingerprint(seed)):
        raise DaimmError(f"{where} states another seed's fingerprint: the file was tampered with.")
    return seed


def require_seed(parsed: Mapping[str, Any], where: str) -> None:
    if parsed.get("daimm") != FORMAT:
        raise DaimmError(f"{where} is a keystore but not a daimm seed: take the right file.")


def store(home: Path, data: bytes) -> None:
    """Put a seed file in place, readable by its owner alone. Never over another seed."""
    path = seed_path(home)
    keystore.write_new(path, data, f"{path} exists: a seed is never replaced.")
