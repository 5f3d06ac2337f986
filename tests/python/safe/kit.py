"""Real Safes on the local chain, from the artifacts of Safe's own package."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount

from daimm_cli.chain.node import Call, Node
from daimm_cli.chain.terms import ZERO_ADDRESS

PACKAGE = Path(__file__).resolve().parents[3] / "node_modules/@safe-global/safe-smart-account"
ARTIFACTS = PACKAGE / "build/artifacts/contracts"


def artifact(path: str) -> Any:
    """A compiled contract: `Safe.sol/Safe`."""
    return json.loads((ARTIFACTS / f"{path}.json").read_text())


@dataclass(frozen=True)
class Factory:
    """Safe's contracts, deployed once."""

    node: Node
    deployer: LocalAccount
    singleton: str
    proxies: str
    handler: str

    @classmethod
    def deploy(cls, node: Node, deployer: LocalAccount) -> Factory:
        def create(path: str) -> str:
            code = bytes.fromhex(artifact(path)["bytecode"][2:])
            return str(node.send(Call(None, code, f"create {path}"), deployer).created)

        return cls(
            node,
            deployer,
            create("Safe.sol/Safe"),
            create("proxies/SafeProxyFactory.sol/SafeProxyFactory"),
            create("handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler"),
        )

    def make(
        self, owners: Sequence[LocalAccount], threshold: int = 1, *, handler: str | None = None
    ) -> str:
        """A new Safe of these owners; its address. handler: "" is none."""
        addresses = [owner.address for owner in owners]
        set_up = self.at(self.singleton).encode_abi(
            "setup",
            [addresses, threshold, ZERO_ADDRESS, b"",
             (handler or ZERO_ADDRESS) if handler is not None else self.handler,
             ZERO_ADDRESS, 0, ZERO_ADDRESS],
        )  # fmt: skip
        factory = self.node.web3.eth.contract(
            address=self.proxies,  # type: ignore[call-overload]
            abi=artifact("proxies/SafeProxyFactory.sol/SafeProxyFactory")["abi"],
        )
        salt = int(self.node.nonce(self.deployer.address))
        data = factory.encode_abi(
            "createProxyWithNonce", [self.singleton, bytes.fromhex(set_up[2:]), salt]
        )
        call = Call(self.proxies, bytes.fromhex(data[2:]), "make a Safe")
        made = self.node.simulate(call, self.deployer.address)[-20:]
        self.node.send(call, self.deployer)
        return str(self.node.web3.to_checksum_address("0x" + made.hex()))

    def at(self, address: str) -> Any:
        """A Safe as web3's contract."""
        return self.node.web3.eth.contract(
            address=address,  # type: ignore[call-overload]
            abi=artifact("Safe.sol/Safe")["abi"],
        )

    def data(self, address: str, function: str, *arguments: Any) -> bytes:
        """A call of one of the Safe's own functions."""
        return bytes.fromhex(self.at(address).encode_abi(function, list(arguments))[2:])
