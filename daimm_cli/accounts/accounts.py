"""Accounts: the encrypted keystores that Ape, geth and Foundry keep, and signing with one of them.

A private key never leaves a `Signer`: not in its repr, not in an error, not by pickling.

>>> accounts = Accounts(Path("~/.ape/accounts").expanduser())
>>> accounts.create("seller", "correct horse battery").address
'0x8fd379246834eac74B8419FfdA202CF8051F7A03'
>>> signer = accounts.unlock("seller", "correct horse battery")
>>> raw = signer.sign_transaction({"to": "0x...", "value": 1, ...}).raw_transaction
"""

import contextlib
import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from daimm_cli.accounts import keystore
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.files import open_regular, write_atomic
from daimm_cli.base.text import sanitise
from daimm_cli.bindings.values import checksummed

DEFAULT_HD_PATH = "m/44'/60'/0'/0/0"

_ALIAS = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}", re.ASCII)
_ADDRESS = re.compile(r"(?:0x)?[0-9a-fA-F]{40}", re.ASCII)
_PRIVATE_KEY = re.compile(r"(?:0x)?[0-9a-fA-F]{64}", re.ASCII)
_HD_PATH = re.compile(r"m(/[0-9]{1,10}'?){0,10}", re.ASCII)
_WORD_COUNTS = (12, 15, 18, 21, 24)


@dataclass(frozen=True)
class AccountInfo:
    """An account: its alias, checksummed address, and keystore, whose name is the alias.

    address: "" where a keystore does not say it (it need not) and was never unlocked here.
    kind: "keystore", "safe", or the name of the Ape plugin that has it; only the first has a path.
    """

    alias: str
    address: str
    path: Path | None
    kind: str = "keystore"


class Signer:
    """An unlocked account."""

    __slots__ = ("__account", "alias")

    def __init__(self, private_key: bytes, alias: str = "") -> None:
        from eth_account import Account

        self.alias = alias
        self.__account = Account.from_key(private_key)

    @property
    def address(self) -> str:
        return str(self.__account.address)

    def sign_transaction(self, transaction_dict: Mapping[str, Any]) -> Any:
        """As `chain.transactions.Signer`'s; fields as web3 has them, complete with chainId.

        Raises DaimmError where a field is missing or of the wrong kind.
        """
        if "chainId" not in transaction_dict:
            raise DaimmError(
                "A transaction without a chain id could be replayed: it is not signed."
            )
        try:
            return self.__account.sign_transaction(dict(transaction_dict))
        except (TypeError, ValueError, KeyError) as error:
            raise DaimmError(f"The transaction cannot be signed: {sanitise(error)}") from None

    def sign_typed_data(self, *, full_message: Mapping[str, Any]) -> Any:
        """As `chain.transactions.KeySigner`'s: types, domain, primaryType, message."""
        return self.__account.sign_typed_data(full_message=dict(full_message))

    def __repr__(self) -> str:
        return f"<Signer {self.alias} {self.address}>" if self.alias else f"<Signer {self.address}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an unlocked account is not copied or stored")


class Accounts:
    """A folder of keystores: `<alias>.json`, or `<alias>` as Foundry and geth name them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def list(self) -> "list[AccountInfo]":
        """All readable keystores by alias; files of other kinds are passed over."""
        found = []
        for path in sorted(self.folder.glob("[!.]*")):
            if path.suffix == ".json" or not (self.folder / f"{path.name}.json").exists():
                with contextlib.suppress(DaimmError):
                    found.append(_info(path))
        return found

    def show(self, name: str) -> AccountInfo:
        """The account with this alias or address."""
        _refuse_key(name)
        if _ADDRESS.fullmatch(name):
            wanted = name.lower().removeprefix("0x")
            for info in self.list():
                if info.address.lower()[2:] == wanted:
                    return info
            raise DaimmError(f"No keystore in {self.folder} has the address {name}.", hint=_HINT)
        if Path(name).name != name or name.startswith(".") or "\0" in name or len(name) > 200:
            raise DaimmError(f"'{sanitise(name, 40)}' is not an account's alias.", hint=_HINT)
        for path in self._paths(name):
            if path.is_file():
                return _info(path)
        raise DaimmError(
            f"There is no account '{sanitise(name, 40)}' in {self.folder}.", hint=_HINT
        )

    def create(self, alias: str, password: str) -> AccountInfo:
        """Draw a new key and keep it under `password`."""
        from eth_account import Account

        self.require_free(alias)
        return self._store(alias, bytes(Account.create().key), password)

    def import_secret(
        self, alias: str, secret: str, password: str, hd_path: str = DEFAULT_HD_PATH
    ) -> AccountInfo:
        """Keep an existing key: `secret` is a private key in hex or a mnemonic of 12 to 24 words.

        hd_path: which key of the mnemonic. Messages never repeat the secret.
        """
        self.require_free(alias)
        return self._store(alias, key_from(secret, hd_path), password)

    def unlock(self, name: str, password: str) -> Signer:
        """Open the account with this alias or address.

        Raises WrongPassword, or VerificationFailed where the key is not the stated address's.
        """
        info = self.show(name)
        assert info.path is not None
        stored = keystore.read_keystore(info.path)
        signer = Signer(keystore.unseal(stored, password, f"account '{info.alias}'"), info.alias)
        if not info.address:
            _record(info.path, signer.address)
        elif signer.address != info.address:
            raise VerificationFailed(
                f"The keystore {info.path} says {info.address} but holds the key of "
                f"{signer.address}: do not use it."
            )
        return signer

    def require_free(self, alias: str) -> None:
        """Raise DaimmError for what cannot be an alias, or is one already."""
        _refuse_key(alias)
        if not _ALIAS.fullmatch(alias) or _ADDRESS.fullmatch(alias) or alias != alias.strip():
            raise DaimmError(
                f"'{sanitise(alias, 40)}' cannot be an alias: use up to 64 letters, digits, "
                "'.', '-', '_', and no address."
            )
        if any(os.path.lexists(path) for path in self._paths(alias)):
            raise DaimmError(self._taken(alias))

    def _paths(self, alias: str) -> tuple[Path, Path]:
        return self.folder / f"{alias}.json", self.folder / alias

    def _taken(self, alias: str) -> str:
        return f"There is an account '{alias}' in {self.folder} already: choose another alias."

    def _store(self, alias: str, private_key: bytes, password: str) -> AccountInfo:
        sealed = keystore.seal(private_key, password)
        path = self.folder / f"{alias}.json"
        keystore.write_new(path, keystore.keystore_bytes(sealed), self._taken(alias))
        return _info(path)


_HINT = "daimm account list"


def _info(path: Path) -> AccountInfo:
    stored = keystore.read_keystore(path)
    if "daimm" in stored:
        raise DaimmError(f"{path} is a seed, no account: keep it in daimm's home instead.")
    alias = path.stem if path.suffix == ".json" else path.name
    address = stored.get("address") or _recorded(path)
    if not address:
        return AccountInfo(alias, "", path)
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        raise DaimmError(
            f"The keystore {path} states an address that is none: take another copy of it."
        )
    return AccountInfo(alias, checksummed("0x" + address.lower().removeprefix("0x")), path)


def _recorded(path: Path) -> str | None:
    """The address that the keystore was found to hold, if it is still the same file."""
    try:
        with open_regular(_record_of(path)) as file:
            digest, _, address = file.read(200).decode().strip().partition("  ")
    except (DaimmError, UnicodeDecodeError):
        return None
    return address if digest == hashlib.sha256(path.read_bytes()).hexdigest() else None


def _record(path: Path, address: str) -> None:
    """Keep beside a keystore the address that it does not say."""
    line = f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {address}\n"
    with contextlib.suppress(OSError):  # a folder that is not ours to write to: asked again then
        write_atomic(_record_of(path), line.encode(), mode=0o600)


def _record_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.address")


def key_from(secret: str, hd_path: str) -> bytes:
    """The private key in what somebody imports: hex, or the words of a mnemonic."""
    from eth_account import Account

    words = secret.lower().split()
    if len(words) in _WORD_COUNTS:
        if not _HD_PATH.fullmatch(hd_path):
            raise DaimmError(
                f"'{sanitise(hd_path, 40)}' is no derivation path: write it like {DEFAULT_HD_PATH}."
            )
        Account.enable_unaudited_hdwallet_features()
        try:
            return bytes(Account.from_mnemonic(" ".join(words), account_path=hd_path).key)
        except Exception:  # noqa: BLE001 - the library's messages repeat the words
            raise DaimmError(
                "These words are not a valid mnemonic: check their spelling and order."
            ) from None
    if _PRIVATE_KEY.fullmatch(secret.strip()):
        try:
            return bytes(Account.from_key(secret.strip().removeprefix("0x")).key)
        except Exception:  # noqa: BLE001 - zero, or not below the group's order
            raise DaimmError(
                "This number cannot be a private key, it is out of range: copy it again."
            ) from None
    raise DaimmError("Give a private key of 64 hexadecimal digits or a mnemonic of 12 to 24 words.")


def _refuse_key(name: str) -> None:
    if _PRIVATE_KEY.fullmatch(name.strip()) or len(name.split()) in _WORD_COUNTS:
        raise DaimmError(
            "That looks like a private key or mnemonic, not an alias; your shell may remember it, "
            "so treat it as leaked. `daimm account import` asks for a key unseen."
        )
