"""The one secret of a daimm home: 32 bytes that every key line and order key is derived from.

Lost, and nothing that was sold can be delivered and nothing that was bought can be opened; so it is
one file, `seed.json`, a keystore that a backup can copy as it is.

>>> seed = ensure(home, lambda new: ask_password("the seed", new=new))
>>> len(seed)
32
"""

import secrets
from collections.abc import Callable
from pathlib import Path

from daimm_cli.crypto import keystore
from daimm_cli.errors import DaimmError

FILE_NAME = "seed.json"
FORMAT = "seed/v1"


def seed_path(home: Path) -> Path:
    """Where a home keeps its seed."""
    return home / FILE_NAME


def exists(home: Path) -> bool:
    """Whether this home has a seed yet."""
    return seed_path(home).exists()


def ensure(home: Path, password: Callable[[bool], str]) -> bytes:
    """The home's seed, created at first need.

    password: called with True where a new password is to be chosen, False where one is to be given.
    """
    return unlock(home, password(False)) if exists(home) else create(home, password(True))


def create(home: Path, password: str) -> bytes:
    """Draw a seed and keep it under `password`. Refuses to replace one."""
    seed = secrets.token_bytes(32)
    store(home, pack_seed(seed, password))
    return seed


def unlock(home: Path, password: str) -> bytes:
    """Open the home's seed. Raises WrongPassword, or DaimmError where there is none."""
    path = seed_path(home)
    if not path.exists():
        raise DaimmError(f"There is no seed in {home}: check DAIMM_HOME or restore your backup.")
    return unpack_seed(path.read_bytes(), password, str(path))


def pack_seed(seed: bytes, password: str) -> bytes:
    """The bytes of a seed file: a keystore without an address, marked so that it is no account."""
    sealed = keystore.seal(seed, password)
    sealed.pop("address", None)  # the point that belongs to the seed is nobody's business
    return keystore.keystore_bytes({"daimm": FORMAT, **sealed})


def unpack_seed(data: bytes, password: str, where: str = "the seed file") -> bytes:
    """The seed in a seed file's bytes."""
    parsed = keystore.parse_keystore(data, where)
    if parsed.get("daimm") != FORMAT:
        raise DaimmError(f"{where} is a keystore but not a daimm seed: take the right file.")
    return keystore.unseal(parsed, password, "the seed")


def store(home: Path, data: bytes) -> None:
    """Put a seed file in place, readable by its owner alone. Never over another seed."""
    path = seed_path(home)
    keystore.write_new(
        path, data, f"{path} exists: a seed is never replaced. Move it away if you mean to."
    )
