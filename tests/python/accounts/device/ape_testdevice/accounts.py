"""What the plugin brings: the container that finds the accounts, and the account that signs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rich
from ape.api.accounts import AccountAPI, AccountContainerAPI
from ape.types import MessageSignature, TransactionSignature
from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_utils.conversions import to_bytes


class Container(AccountContainerAPI):
    @property
    def aliases(self) -> Iterator[str]:
        yield from (path.stem for path in sorted(self.data_folder.glob("*.json")))

    @property
    def accounts(self) -> Iterator[AccountAPI]:
        for path in sorted(self.data_folder.glob("*.json")):
            yield Device(file=path)

    def __len__(self) -> int:
        return len(list(self.aliases))


class Device(AccountAPI):
    file: Path

    @property
    def told(self) -> dict[str, str]:
        return dict(json.loads(self.file.read_text()))

    @property
    def alias(self) -> str:
        return self.file.stem

    @property
    def address(self) -> Any:
        return self.told["address"]

    def sign_message(self, msg: Any, **signer_options: Any) -> MessageSignature | None:
        if self.file.parent.name == "trezor":
            assert isinstance(msg, dict)
            json.dumps(msg)
            msg = encode_typed_data(full_message=msg)
        assert isinstance(msg, SignableMessage)
        signed = self._signed(lambda: Account.sign_message(msg, self.told["key"]))
        return signed and MessageSignature(
            v=signed.v - 27, r=to_bytes(signed.r), s=to_bytes(signed.s)
        )

    def sign_transaction(self, txn: Any, **signer_options: Any) -> Any:
        fields = txn.model_dump(mode="json", by_alias=True, exclude={"sender"})
        if self.told["does"] == "change":
            fields["value"] = 1
        signed = self._signed(lambda: Account.sign_transaction(fields, self.told["key"]))
        if signed is None:
            return None
        txn.signature = TransactionSignature(v=signed.v, r=to_bytes(signed.r), s=to_bytes(signed.s))
        return txn

    def _signed(self, sign: Any) -> Any:
        rich.print("Please follow the prompts on your device.")
        if self.told["does"] == "fail":
            raise RuntimeError("0x6985: condition of use not satisfied\x1b[31m")
        return None if self.told["does"] == "decline" else sign()
