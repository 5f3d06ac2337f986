import copy
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data

from daimm_cli.accounts import keystore
from daimm_cli.accounts.accounts import Accounts, Signer
from daimm_cli.base.errors import DaimmError, VerificationFailed

PASSWORD = "correct horse battery"
KEY = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
ADDRESS = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"  # the pair of web3.js's documentation
MNEMONIC = "test test test test test test test test test test test junk"
ANVIL = ("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8")


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(tmp_path / "accounts")


@pytest.fixture(scope="module")
def sealed() -> bytes:
    """KEY's keystore with little work, so that tests of other things are quick."""
    return json.dumps(
        Account.encrypt(bytes.fromhex(KEY), PASSWORD, kdf="scrypt", iterations=2)
    ).encode()


@pytest.fixture
def seller(accounts: Accounts, sealed: bytes) -> Accounts:
    accounts.folder.mkdir()
    (accounts.folder / "seller.json").write_bytes(sealed)
    return accounts


def test_create_show_list_unlock(accounts: Accounts) -> None:
    assert accounts.list() == []
    made = accounts.create("seller", PASSWORD)
    assert accounts.list() == [made]
    assert accounts.show("seller") == made
    assert accounts.show(made.address) == accounts.show(made.address.lower()[2:]) == made
    assert accounts.unlock("seller", PASSWORD).address == made.address
    assert made.path is not None
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert accounts.folder.stat().st_mode & 0o077 == 0
    assert [entry.name for entry in accounts.folder.iterdir()] == ["seller.json"]
    with pytest.raises(keystore.WrongPassword, match="account 'seller'"):
        accounts.unlock("seller", PASSWORD + "x")


def test_two_created_accounts_differ_and_the_work_is_full(accounts: Accounts) -> None:
    one, other = accounts.create("one", PASSWORD), accounts.create("other", PASSWORD)
    assert one.address != other.address
    assert one.path is not None
    parameters = json.loads(one.path.read_bytes())["crypto"]["kdfparams"]
    assert (parameters["n"], parameters["r"], parameters["p"]) == (2**18, 8, 1)


def test_a_private_key_is_imported(accounts: Accounts) -> None:
    made = accounts.import_secret("old", f" 0x{KEY}\n", PASSWORD)
    assert made.address == ADDRESS
    assert made.path is not None
    assert KEY not in made.path.read_text()
    assert accounts.unlock("old", PASSWORD).address == ADDRESS


@pytest.mark.parametrize("index", [0, 1])
def test_a_mnemonic_is_imported(accounts: Accounts, index: int) -> None:
    path = f"m/44'/60'/0'/0/{index}"
    made = accounts.import_secret("phrase", f"  {MNEMONIC} ", PASSWORD, path)
    assert made.address == ANVIL[index]


@pytest.mark.parametrize(
    "secret",
    [
        "00" * 32,
        "ff" * 32,
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
        KEY[:-1],
        KEY + "0",
        "z" * 64,
        "",
        " ".join(["abandon"] * 12),
        " ".join(["secretword"] * 12),
    ],
)
def test_a_wrong_secret_is_refused_without_repeating_it(accounts: Accounts, secret: str) -> None:
    with pytest.raises(DaimmError) as caught:
        accounts.import_secret("bad", secret, PASSWORD)
    if secret:
        assert secret not in str(caught.value)
        assert "secretword" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert accounts.list() == []


def test_a_wrong_derivation_path_is_refused(accounts: Accounts) -> None:
    with pytest.raises(DaimmError, match="derivation path"):
        accounts.import_secret("bad", MNEMONIC, PASSWORD, "m/44'/x")


@pytest.mark.parametrize(
    "alias",
    ["", ".", "..", "../up", "a/b", "a\0b", ".h", " a", "a ", "é", "x" * 65, ADDRESS, "a\x1b[2J"],
)  # fmt: skip
def test_an_alias_is_a_plain_name(accounts: Accounts, alias: str) -> None:
    with pytest.raises(DaimmError):
        accounts.create(alias, PASSWORD)
    assert not accounts.folder.exists()


@pytest.mark.parametrize("name", [KEY, "0x" + KEY, MNEMONIC])
def test_a_key_given_as_a_name_is_refused_and_not_repeated(seller: Accounts, name: str) -> None:
    for verb in (seller.show, lambda it: seller.create(it, PASSWORD)):
        with pytest.raises(DaimmError, match="treat it as leaked") as caught:
            verb(name)
        assert name not in str(caught.value)


def test_an_account_is_never_replaced(seller: Accounts, sealed: bytes) -> None:
    with pytest.raises(DaimmError, match="already"):
        seller.create("seller", PASSWORD)
    with pytest.raises(DaimmError, match="taken"):
        keystore.write_new(seller.folder / "seller.json", b"other", "taken")
    assert (seller.folder / "seller.json").read_bytes() == sealed
    assert [entry.name for entry in seller.folder.iterdir()] == ["seller.json"]


def test_a_short_password_is_refused(accounts: Accounts) -> None:
    with pytest.raises(DaimmError, match="at least 8"):
        accounts.create("seller", "1234567")
    assert accounts.list() == []


@pytest.mark.parametrize("name", ["nobody", "../seller", "..", "", ".", "0x" + "00" * 20, "a\0"])
def test_an_unknown_account_is_a_sentence(seller: Accounts, name: str) -> None:
    with pytest.raises(DaimmError):
        seller.show(name)


def damaged(sealed: bytes, change: dict[str, Any]) -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(sealed)
    for path, value in change.items():
        target = stored
        *parents, last = path.split(".")
        for parent in parents:
            target = target[parent]
        target[last] = value
    return stored


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"crypto.kdfparams.n": 2**40}, "absurd"),
        ({"crypto.kdfparams.n": 2**21}, "absurd"),
        ({"crypto.kdfparams.r": 2**30}, "absurd"),
        ({"crypto.kdfparams.p": 2**20}, "absurd"),
        ({"crypto.kdfparams.n": 3}, "absurd"),
        ({"crypto.kdfparams.n": "2"}, "damaged"),
        ({"crypto.kdfparams.dklen": 2**31}, "damaged"),
        ({"crypto.kdf": "argon2"}, "damaged"),
        ({"crypto.kdf": "pbkdf2", "crypto.kdfparams": {"c": 10**12, "dklen": 32}}, "absurd"),
        ({"crypto.kdf": "pbkdf2", "crypto.kdfparams": {"c": 1, "dklen": 32}}, "damaged"),
        ({"crypto": {}}, "damaged"),
        ({"crypto": 1}, "damaged"),
        ({"crypto.mac": 7}, "damaged"),
        ({"crypto.ciphertext": "zz"}, "damaged"),
        ({"crypto.ciphertext": "00" * 32}, "password does not open"),
        ({"crypto.cipherparams": {}}, "damaged"),
        ({"version": 4}, "version 3"),
        ({"address": "00" * 19}, "states an address that is none"),
        ({"address": 7}, "states an address that is none"),
        ({"crypto.cipher": "aes-256-gcm"}, "encrypted by 'aes-256-gcm'"),
        ({"crypto.cipher": None}, "encrypted by 'None'"),
    ],
)
def test_a_damaged_or_hostile_keystore_is_a_sentence(
    seller: Accounts, sealed: bytes, change: dict[str, Any], says: str
) -> None:
    (seller.folder / "seller.json").write_text(json.dumps(damaged(sealed, change)))
    with pytest.raises(DaimmError, match=says):
        seller.unlock("seller", PASSWORD)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"[" * 60_000, b"\xff", b" " * 65_537 + b"{}"])
def test_a_file_that_is_no_keystore_is_passed_over(seller: Accounts, data: bytes) -> None:
    (seller.folder / "other.json").write_bytes(data)
    (seller.folder / "dir.json").mkdir()
    assert [info.alias for info in seller.list()] == ["seller"]
    with pytest.raises(DaimmError, match="not a keystore"):
        seller.show("other")


def test_a_keystore_that_lies_about_its_address_is_refused(seller: Accounts, sealed: bytes) -> None:
    (seller.folder / "seller.json").write_text(json.dumps(damaged(sealed, {"address": "11" * 20})))
    with pytest.raises(VerificationFailed, match="do not use it"):
        seller.unlock("seller", PASSWORD)


def test_an_unlocked_account_shows_and_gives_away_nothing(seller: Accounts) -> None:
    signer = seller.unlock("seller", PASSWORD)
    assert repr(signer) == str(signer) == f"<Signer seller {ADDRESS}>"
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(signer)
    assert not hasattr(signer, "__dict__")


def test_a_transaction_is_signed_for_its_chain() -> None:
    signer = Signer(bytes.fromhex(KEY))
    transaction = {
        "type": 2, "chainId": 31337, "nonce": 0, "to": ADDRESS, "value": 1, "data": "0x",
        "gas": 21_000, "maxFeePerGas": 2, "maxPriorityFeePerGas": 1,
    }  # fmt: skip
    raw = signer.sign_transaction(transaction).raw_transaction
    assert raw[0] == 2
    assert Account.recover_transaction(raw) == ADDRESS
    with pytest.raises(DaimmError, match="chain id"):
        signer.sign_transaction({k: v for k, v in transaction.items() if k != "chainId"})
    with pytest.raises(DaimmError, match="cannot be signed"):
        signer.sign_transaction({**transaction, "gas": "much"})
    with pytest.raises(DaimmError, match="cannot be signed"):
        signer.sign_transaction({**transaction, "from": ANVIL[0]})


def test_typed_data_is_signed() -> None:
    message = {
        "types": {
            "EIP712Domain": [{"name": "name", "type": "string"}],
            "Note": [{"name": "text", "type": "string"}],
        },
        "domain": {"name": "test"},
        "primaryType": "Note",
        "message": {"text": "hello"},
    }
    signature = Signer(bytes.fromhex(KEY)).sign_typed_data(full_message=message).signature
    assert len(signature) == 65
    signable = encode_typed_data(full_message=message)
    assert Account.recover_message(signable, signature=signature) == ADDRESS


APE = """
import json, sys, pathlib
import ape
from ape import accounts
from ape_accounts import import_account_from_private_key
ours = accounts.load("ours")
ours.unlock(passphrase=sys.argv[1])
ours.set_autosign(True, passphrase=sys.argv[1])
signed = ours.sign_message("hello")
theirs = import_account_from_private_key("theirs", sys.argv[1], sys.stdin.read())
print(json.dumps({"type": type(ours).__name__, "ours": str(ours.address),
    "theirs": str(theirs.address), "r": signed.r.hex(), "s": signed.s.hex(), "v": signed.v}))
"""


def test_ape_opens_our_keystore_and_we_open_apes(tmp_path: Path) -> None:
    ours = Accounts(tmp_path / "accounts")
    made = ours.create("ours", PASSWORD + "1")
    run = subprocess.run(
        [sys.executable, "-c", APE, PASSWORD + "1"],
        input="0x" + KEY,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "APE_DATA_FOLDER": str(tmp_path), "HOME": str(tmp_path)},
        check=False,
    )
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout.strip().splitlines()[-1])
    assert answer["type"] == "KeyfileAccount"
    assert answer["ours"] == made.address
    vrs = (answer["v"], int(answer["r"], 16), int(answer["s"], 16))
    assert Account.recover_message(encode_defunct(text="hello"), vrs=vrs) == made.address
    assert answer["theirs"] == ADDRESS
    assert {info.alias for info in ours.list()} == {"ours", "theirs"}
    assert ours.unlock("theirs", PASSWORD + "1").address == ADDRESS


@pytest.fixture
def casts(tmp_path: Path) -> Accounts:
    """A folder in which Foundry's `cast` made the keystore `cast`."""
    command = ["cast", "wallet", "import", "cast", "--keystore-dir", str(tmp_path)]
    secret = ["--private-key", "0x" + KEY, "--unsafe-password", PASSWORD]
    subprocess.run([*command, *secret], check=True, capture_output=True)
    return Accounts(tmp_path)


def test_a_keystore_of_cast_that_says_no_address_is_opened_and_its_address_kept(
    casts: Accounts,
) -> None:
    assert [(info.alias, info.address) for info in casts.list()] == [("cast", "")]
    with pytest.raises(keystore.WrongPassword):
        casts.unlock("cast", PASSWORD + "x")
    assert casts.show("cast").address == ""
    assert casts.unlock("cast", PASSWORD).address == ADDRESS
    assert [info.address for info in casts.list()] == [ADDRESS]
    assert casts.show(ADDRESS).alias == "cast"
    with pytest.raises(DaimmError, match="already"):
        casts.create("cast", PASSWORD)


def test_a_kept_address_is_not_believed_of_another_keystore(casts: Accounts) -> None:
    casts.unlock("cast", PASSWORD)
    other = casts.create("other", PASSWORD)
    stored = json.loads((casts.folder / "other.json").read_bytes())
    del stored["address"]
    (casts.folder / "cast").write_text(json.dumps(stored))
    assert casts.show("cast").address == ""
    assert casts.unlock("cast", PASSWORD).address == other.address


def test_a_pipe_in_place_of_a_keystore_does_not_hang(seller: Accounts) -> None:
    os.mkfifo(seller.folder / "pipe.json")
    assert [info.alias for info in seller.list()] == ["seller"]
    with pytest.raises(DaimmError, match="no account 'pipe'"):
        seller.show("pipe")
    with pytest.raises(DaimmError, match="already"):
        seller.create("pipe", PASSWORD)


def test_a_mnemonic_in_capitals_is_the_same_one(accounts: Accounts) -> None:
    words = "Test TEST test test test test test test test test test Junk"
    made = accounts.import_secret("capital", words, PASSWORD)
    assert made.address == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
