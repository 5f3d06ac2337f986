"""The launcher's chains answer, know time, and never outlive their parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools.chain import CHAIN_ID, ChainError, LocalChain, main
from tools.running import ProgramFailed

ROOT = Path(__file__).resolve().parents[3]


def gone(pid: int) -> bool:
    """Whether the process has ended (a zombie that init will reap has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_two_chains_live_side_by_side_with_the_same_accounts() -> None:
    with LocalChain() as one, LocalChain(chain_id=7) as two:
        assert one.url != two.url
        assert int(one.rpc("eth_chainId"), 16) == CHAIN_ID
        assert int(two.rpc("eth_chainId"), 16) == 7
        assert one.accounts == two.accounts
        assert len(one.accounts) == 10
        assert int(one.rpc("eth_getBalance", one.accounts[0].address, "latest"), 16) > 10**18


def test_time_travel_and_snapshots() -> None:
    with LocalChain(genesis_time=2_000_000_000) as chain:
        start = chain.now()
        assert start == 2_000_000_000
        snapshot = chain.snapshot()
        chain.travel(86_400)
        assert chain.now() == start + 86_400
        chain.revert(snapshot)
        assert chain.now() == start
        with pytest.raises(ChainError, match="no snapshot"):
            chain.revert(snapshot)


def test_a_reorg_puts_other_blocks_there_even_where_they_are_empty() -> None:
    with LocalChain() as chain:
        for _ in range(5):
            chain.mine(2)
            before = chain.rpc("eth_getBlockByNumber", "latest", False)
            chain.reorg(1)
            after = chain.rpc("eth_getBlockByNumber", "latest", False)
            assert after["number"] == before["number"]
            assert after["parentHash"] == before["parentHash"]
            assert after["hash"] != before["hash"]


def test_a_refusal_of_the_node_is_an_error() -> None:
    with LocalChain() as chain, pytest.raises(ChainError, match="eth_nonsense"):
        chain.rpc("eth_nonsense")


def test_a_chain_that_cannot_start_says_why() -> None:
    with pytest.raises(ProgramFailed, match="anvil ended at once"):
        LocalChain(extra=["--no-such-option"]).start()


def test_a_taken_port_is_said_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with LocalChain() as there:
        port = there.url.rpartition(":")[2]
        assert main(["--port", port]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        f"Port {port} is taken, maybe by another local chain: end that one, or choose a port with "
        "`make chain PORT=8546`.\n"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can promise it")
@pytest.mark.parametrize("blow", [signal.SIGTERM, signal.SIGKILL])
def test_the_chain_dies_with_whoever_started_it(blow: signal.Signals) -> None:
    program = (
        "import signal, tools.chain as c\n"
        "chain = c.LocalChain().start()\n"
        "print(chain._process.pid, flush=True)\n"
        "signal.pause()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert parent.stdout is not None
    with parent.stdout:
        chain = int(parent.stdout.readline())
    assert not gone(chain)
    os.kill(parent.pid, blow)
    parent.wait(timeout=10)
    deadline = time.monotonic() + 10
    while not gone(chain):
        assert time.monotonic() < deadline, "anvil outlived the program that started it"
