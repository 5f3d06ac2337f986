"""A local Ethereum chain (anvil) for tests, the demo and anybody who wants to try things.

    from tools.chain import LocalChain

    with LocalChain() as chain:
        print(chain.url, chain.rpc("eth_blockNumber"), chain.accounts[0].address)

or `python -m tools.chain` for a chain that lives until Ctrl-C. The port is picked by the system,
the accounts are anvil's well-known ones (never use them on a public network), and the chain ends
with the program that started it, however that ends.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tools import running
from tools.running import ProgramFailed

if TYPE_CHECKING:
    from web3 import Web3

    from daimm_cli.chain.reader import Reader

ROOT = Path(__file__).resolve().parent.parent
CHAIN_ID = 31337
START_SECONDS = 30.0
# Blocks whose state is kept. All in memory: anvil 1.7.1 loses states that it moved to the disk,
# and a reorg on top of one leaves a chain without contracts. Reverted blocks count, too.
STATES = 1_000_000


_TAKEN = (
    "Port {port} is taken, maybe by another local chain: end that one, or choose a port with "
    "`make chain PORT=8546`."
)


class ChainError(ProgramFailed):
    """The local chain refused a request, or anvil is not there."""


@dataclass(frozen=True)
class Account:
    """An account that the chain funds: address and private key, lower-case hex with 0x."""

    address: str
    key: str


def tool_path(name: str) -> Path:
    """The native `forge`, `anvil` or `cast` of node_modules, else the one on PATH.

    The launchers in node_modules/.bin are avoided: they are Node programs that outlive a kill.
    DAIMM_ANVIL (DAIMM_FORGE, DAIMM_CAST) names another one.
    """
    chosen = os.environ.get(f"DAIMM_{name.upper()}")
    if chosen:
        return Path(chosen)
    machine = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64"}.get(
        platform.machine(), platform.machine()
    )
    package = f"{name}-{platform.system().lower()}-{machine}"
    native = ROOT / "node_modules" / "@foundry-rs" / package / "bin" / name
    if native.exists():
        return native
    found = shutil.which(name)
    if found is None:
        raise ChainError(f"{name} is not installed: run `make setup`")
    return Path(found)


class LocalChain:
    """An anvil process; a context manager, or `start()` and `stop()`.

    `block_time` is in seconds (None mines a block per transaction); `genesis_time` is in seconds
    since 1970; `extra` are further arguments of anvil. Raises ProgramFailed when it cannot start.
    """

    def __init__(
        self,
        *,
        chain_id: int = CHAIN_ID,
        accounts: int = 10,
        port: int = 0,
        block_time: int | None = None,
        genesis_time: int | None = None,
        hardfork: str = "osaka",
        extra: Sequence[str] = (),
    ) -> None:
        self.chain_id = chain_id
        self.accounts: tuple[Account, ...] = ()
        self.url = ""
        self._arguments = [
            *("--host", "127.0.0.1", "--port", str(port), "--chain-id", str(chain_id)),
            *("--accounts", str(accounts), "--hardfork", hardfork, "--enable-tx-gas-limit"),
            *("--prune-history", str(STATES)),
            *(("--block-time", str(block_time)) if block_time is not None else ()),
            *(("--timestamp", str(genesis_time)) if genesis_time is not None else ()),
            *extra,
        ]
        self._reorgs = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def start(self) -> LocalChain:
        self._folder = tempfile.TemporaryDirectory(prefix="daimm-chain-")
        folder = Path(self._folder.name)
        config = folder / "config.json"
        command = [str(tool_path("anvil")), *self._arguments, "--config-out", str(config)]
        environment = os.environ | {"HOME": str(folder), "NO_COLOR": "1"}
        self._process = running.start(command, log=folder / "log", environment=environment)
        atexit.register(self.stop)
        try:
            listening = r"Listening on (127\.0\.0\.1:\d+)"
            found = running.wait_for(
                listening, self._process, folder / "log", seconds=START_SECONDS
            )
            self.url = f"http://{found[1]}"
            self.rpc("eth_chainId")
            made = json.loads(config.read_text())
        except BaseException:
            self.stop()
            raise
        pairs = zip(made["available_accounts"], made["private_keys"], strict=True)
        self.accounts = tuple(Account(address, key) for address, key in pairs)
        return self

    def stop(self) -> None:
        """End the chain. Doing it twice is harmless."""
        atexit.unregister(self.stop)
        if self._process is not None:
            running.stop(self._process)
            self._process = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def rpc(self, method: str, *params: Any) -> Any:
        """The result of a JSON-RPC call; ChainError carries the node's refusal."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)})
        request = urllib.request.Request(
            self.url, body.encode(), {"Content-Type": "application/json"}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as response:
            answer = json.load(response)
        if "error" in answer:
            raise ChainError(f"{method}: {answer['error'].get('message', answer['error'])}")
        return answer["result"]

    def snapshot(self) -> str:
        """Remember the chain's state; the answer goes to `revert`."""
        return str(self.rpc("evm_snapshot"))

    def reorg(self, depth: int) -> None:
        """Put empty blocks in the place of the newest `depth`: what they held never happened."""
        self._reorgs += 1
        # Another miner, or the new blocks may be the old ones, hash and all.
        self.rpc("anvil_setCoinbase", f"0xc0{self._reorgs:038x}")
        self.rpc("anvil_reorg", depth, [])

    def revert(self, snapshot: str) -> None:
        """Go back to a snapshot, which is used up by it."""
        if self.rpc("evm_revert", snapshot) is not True:
            raise ChainError(f"there is no snapshot {snapshot}")

    def mine(self, blocks: int = 1) -> None:
        """Add empty blocks."""
        self.rpc("anvil_mine", hex(blocks))

    def now(self) -> int:
        """The latest block's time, in seconds since 1970."""
        return int(self.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def travel(self, seconds: int) -> None:
        """Mine a block whose time is `seconds` after the latest block's."""
        self.rpc("evm_setNextBlockTimestamp", self.now() + seconds)
        self.mine()

    def catch_up(self) -> None:
        """Bring the chain's clock to this machine's, which runs on while a chain is put back."""
        self.travel(max(1, int(time.time()) - self.now()))

    @contextlib.contextmanager
    def still(self) -> Iterator[None]:
        """Within it only `travel` moves the chain's clock, however slow the machine is."""
        self.rpc("anvil_setBlockTimestampInterval", 0)
        try:
            yield
        finally:
            self.rpc("anvil_removeBlockTimestampInterval")

    def __enter__(self) -> LocalChain:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def web3_of(node: Reader) -> Web3:
    """web3 over a node's connection, for what the library does not ask."""
    from web3 import Web3
    from web3.providers.base import JSONBaseProvider

    provider: Any = JSONBaseProvider()
    provider.make_request = node.provider.make_request
    return Web3(provider)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.chain", description="A local chain that lives until Ctrl-C."
    )
    parser.add_argument("--port", type=int, default=8545, help="default 8545; 0 picks a free one")
    parser.add_argument("--block-time", type=int, help="seconds; default a block per transaction")
    parser.add_argument("--accounts", type=int, default=10)
    chosen = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with LocalChain(
            port=chosen.port, block_time=chosen.block_time, accounts=chosen.accounts
        ) as chain:
            print(f"{chain.url}, chain id {chain.chain_id}; Ctrl-C ends it.")
            print("Accounts with ether, and their keys, which everybody knows:")
            for account in chain.accounts:
                print(f"  {account.address}\n    {account.key}")
            print(f"Next, in another terminal: .venv/bin/ape run deploy --network {chain.url}")
            sys.stdout.flush()
            signal.pause()
    except KeyboardInterrupt:
        return 0
    except ProgramFailed as error:
        taken = "Address already in use" in str(error)
        print(_TAKEN.format(port=chosen.port) if taken else error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
