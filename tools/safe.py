"""Safes on a local chain, for tests and whoever wants to try: the contracts of version 1.5.0.

    python -m tools.safe 0xALICE 0xBOB --threshold 2

or `Factory.deploy(node, deployer).make(owners, 2)`. On public networks Safe's own page makes them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.book import LOCAL_CHAINS
from daimm_cli.chain.node import Call, Node
from daimm_cli.chain.terms import ZERO_ADDRESS
from tools.chain import web3_of

PACKAGE = Path(__file__).resolve().parents[1] / "node_modules/@safe-global/safe-smart-account"
ARTIFACTS = PACKAGE / "build/artifacts/contracts"
WORDS = "test " * 11 + "junk"
"""Of the accounts that every local chain funds."""


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
        self,
        owners: Sequence[LocalAccount | str],
        threshold: int = 1,
        *,
        handler: str | None = None,
    ) -> str:
        """A new Safe of these owners, accounts or addresses; its address. handler: "" is none."""
        addresses = [owner if isinstance(owner, str) else owner.address for owner in owners]
        set_up = self.at(self.singleton).encode_abi(
            "setup",
            [addresses, threshold, ZERO_ADDRESS, b"",
             (handler or ZERO_ADDRESS) if handler is not None else self.handler,
             ZERO_ADDRESS, 0, ZERO_ADDRESS],
        )  # fmt: skip
        factory = web3_of(self.node).eth.contract(
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
        return str(checksummed("0x" + made.hex()))

    def at(self, address: str) -> Any:
        """A Safe as web3's contract."""
        return web3_of(self.node).eth.contract(
            address=address,  # type: ignore[call-overload]
            abi=artifact("Safe.sol/Safe")["abi"],
        )

    def data(self, address: str, function: str, *arguments: Any) -> bytes:
        """A call of one of the Safe's own functions."""
        return bytes.fromhex(self.at(address).encode_abi(function, list(arguments))[2:])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.safe", description="Make a Safe on a local chain; print its address."
    )
    parser.add_argument("owners", nargs="+", metavar="ADDRESS")
    parser.add_argument("--threshold", type=int, default=1, help="signatures needed; default 1")
    parser.add_argument("--rpc", default=os.environ.get("DAIMM_RPC", "http://127.0.0.1:8545"))
    chosen = parser.parse_args(arguments)
    try:
        owners = [checksummed(owner, "owner") for owner in chosen.owners]
        if not 1 <= chosen.threshold <= len(set(owners)) == len(owners):
            raise DaimmError("Name each owner once, and a threshold that they can reach.")
        node = Node.connect(chosen.rpc)
        if node.chain_id not in LOCAL_CHAINS:
            raise DaimmError(
                f"Chain {node.chain_id} is no local one: make the Safe with Safe's page."
            )
        Account.enable_unaudited_hdwallet_features()
        deployer = Account.from_mnemonic(WORDS)
        print(Factory.deploy(node, deployer).make(owners, chosen.threshold))
    except DaimmError as error:
        print(f"Error: {error.message}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
