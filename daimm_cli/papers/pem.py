"""P-256 keys as files of their owner's: PEM, without a password, readable by nobody else.

>>> private = kept(Path("p256.pem"))  # made where there is none
>>> public(private)
b'-----BEGIN PUBLIC KEY-----...'
"""

from __future__ import annotations

import os
from pathlib import Path

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import open_regular, write_atomic

_SMALL = 16 << 10


def new() -> bytes:
    """A key of its own."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ec

    made = ec.generate_private_key(ec.SECP256R1())
    return made.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())


def kept(path: Path) -> bytes:
    """The key in a file, made where there is none. Raises DaimmError for one that others can read,
    and for what is no such key."""
    if not os.path.lexists(path):
        write_atomic(path, new(), mode=0o600)
    with open_regular(path) as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise DaimmError(f"Others can read the key {path}: chmod 600 it, or make another.")
        pem = file.read(_SMALL)
    public(pem, path)
    return pem


def public(pem: bytes, path: Path = Path("the key")) -> bytes:
    """Its public key, in PEM."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        key = form.load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise DaimmError(
            f"{path} is no P-256 key in PEM without a password: name another, or a file that is "
            "not there yet, and one is made."
        )
    return key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
