"""Writes tests/vectors/client.json, known answers for whoever writes another client.

    python -m tools.client_vectors

What docs/protocol.md, docs/secrets.md and docs/manifest.md say byte for byte: what follows from a
seed and how its file looks, the proof of a key line, the data of a direct payment, a pack.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from daimm_cli.accounts.seed import FORMAT, fingerprint
from daimm_cli.bindings.aim_token import AIMToken
from daimm_cli.bindings.market import Market
from daimm_cli.bindings.structs import Bps, Purchase
from daimm_cli.chain.terms import ZERO_ADDRESS
from daimm_cli.manifest import manifest
from daimm_cli.models import pack
from daimm_cli.protocol import keys
from daimm_cli.protocol.curve import keccak
from tools import terms_vectors
from tools.delivery_vectors import SEED, hex32, point_json
from tools.terms_vectors import address, word

PATH = Path(__file__).parent.parent / "tests" / "vectors" / "client.json"
PASSWORD = "correct horse battery staple"  # noqa: S105 - of a vector
NUMBER = 7
LABEL = keys.line_label(SEED, NUMBER)
FILES = {"config.json": b"{}\n", "onnx/model.onnx": b"weights" * 100}


def seed_file() -> dict[str, Any]:
    """A seed file whose scrypt is cheap; `daimm` itself takes n = 2^18."""
    salt, counter = word("salt")[:32], word("iv")[:16]
    derived = hashlib.scrypt(PASSWORD.encode(), salt=salt, n=4096, r=8, p=1, dklen=32)
    encryptor = Cipher(algorithms.AES128(derived[:16]), modes.CTR(counter)).encryptor()
    sealed = encryptor.update(SEED) + encryptor.finalize()
    return {
        "daimm": FORMAT,
        "fingerprint": fingerprint(SEED),
        "version": 3,
        "id": "00000000-0000-4000-8000-000000000000",
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": {"iv": counter.hex()},
            "ciphertext": sealed.hex(),
            "kdf": "scrypt",
            "kdfparams": {"dklen": 32, "n": 4096, "r": 8, "p": 1, "salt": salt.hex()},
            "mac": keccak(derived[16:] + sealed).hex(),
        },
    }


def line() -> dict[str, Any]:
    """A line's secret, and the proof of it that a manifest carries."""
    a = keys.line_secret(SEED, LABEL)
    seller = f"eip155:31337:{address('seller')}"
    registry = f"eip155:31337:{address('registry')}"
    commitment = word("commitment")
    described = manifest.key_line_part(
        a, LABEL, seller=seller, registry=registry, commitment=commitment
    )
    context = manifest.line_context(seller, registry, hex32(commitment), hex32(LABEL))
    return {
        "number": NUMBER,
        "label": hex32(LABEL),
        "message": "0x" + keys.derivation("DAIMM/line/v1", LABEL).hex(),
        "a": hex32(a.value),
        "seller": seller,
        "registry": registry,
        "commitment": hex32(commitment),
        "context": context.decode(),
        "key_line": described,
    }


def order() -> dict[str, Any]:
    """A buyer's secret for one order."""
    public = {
        "chain_id": 31337,
        "market": address("market 31337"),
        "offer_id": word("offer"),
        "buyer": address("buyer"),
        "salt": word("purchase"),
    }
    x = keys.order_secret(SEED, **public)  # type: ignore[arg-type]
    fields = [
        (31337).to_bytes(32),
        bytes.fromhex(address("market 31337")[2:]),
        word("offer"),
        bytes.fromhex(address("buyer")[2:]),
        word("purchase"),
    ]
    return {
        **public,
        "offer_id": hex32(word("offer")),
        "salt": hex32(word("purchase")),
        "message": "0x" + keys.derivation("DAIMM/order/v2", *fields).hex(),
        "x": hex32(x.value),
        "key": point_json(keys.order_key(x)),
    }


def direct_payment() -> dict[str, Any]:
    """A purchase by ERC-1363: the data, and the whole call of the token."""
    offer = terms_vectors.offers()["ordinary"]
    key = terms_vectors.orders()["ordinary"].key
    purchase = Purchase(key, offer.total, Bps(100), 1_800_000_000, word("purchase"))
    market, recipient = Market(address("market 31337")), address("friend")
    data = market.buy_for(offer, purchase, recipient, ZERO_ADDRESS, b"").data[4:]
    paid = AIMToken(address("token")).transfer_and_call_with_data(market.address, offer.total, data)
    return {
        "offer": offer.to_json(),
        "purchase": purchase.to_json(),
        "recipient": recipient,
        "market": market.address,
        "data": "0x" + data.hex(),
        "call": "0x" + paid.data.hex(),
    }


def archive() -> dict[str, Any]:
    """A pack of two files."""
    with tempfile.TemporaryDirectory() as name:
        for file, content in FILES.items():
            path = Path(name, "files", file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        packed = Path(name, "pack.tar")
        size = pack.pack_to(pack.collect([Path(name, "files")]), packed)
        whole = packed.read_bytes()
    return {
        "files": {file: "0x" + content.hex() for file, content in FILES.items()},
        "first_header": "0x" + whole[:512].hex(),
        "size": size,
        "sha256": hashlib.sha256(whole).hexdigest(),
    }


def generate() -> dict[str, Any]:
    """The whole file."""
    return {
        "made_by": "python -m tools.client_vectors",
        "seed": hex32(SEED),
        "password": PASSWORD,
        "seed_file": seed_file(),
        "line": line(),
        "order": order(),
        "direct_payment": direct_payment(),
        "pack": archive(),
    }


if __name__ == "__main__":
    PATH.write_text(json.dumps(generate(), indent=1) + "\n")
