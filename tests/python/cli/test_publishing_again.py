"""Publishing that was cut off, and whatever else stands between a seller and the chain."""

from __future__ import annotations

import dataclasses
import fcntl
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.accounts.accounts import Signer
from daimm_cli.accounts.wallet import Wallet
from daimm_cli.bindings.structs import ModelId
from daimm_cli.chain.client import Chain
from daimm_cli.market import offers
from tests.python.cli.conftest import Person, write_model, write_seed
from tests.python.store.servers import Daemon, serving
from tools.chain import LocalChain
from tools.faults import FaultyNode

TERMS = ("--license", "MIT", "--price", "10")
LEFT = ("gone0000", "alive000")


def drafts(seller: Person) -> list[Path]:
    return sorted((seller.home / "drafts").glob("*.json"))


def test_a_draft_of_another_seed_is_sealed_anew(seller: Person, model_file: Path) -> None:
    seller.refused("model", "publish", model_file, *TERMS)
    (draft,) = drafts(seller)
    first = json.loads(draft.read_text())
    (seller.home / "seed.json").unlink()
    write_seed(seller.home)
    made = seller.json("model", "publish", model_file, *TERMS, "--yes")
    assert made["artifact"] != first["cid"]


@pytest.mark.parametrize("size", [4096, 3 << 20])
def test_a_draft_whose_file_was_damaged_is_sealed_anew(
    seller: Person, tmp_path: Path, size: int
) -> None:
    model = write_model(tmp_path / "model.safetensors", size)
    seller.refused("model", "publish", model, *TERMS)
    (draft,) = drafts(seller)
    file = seller.home / "store" / "files" / json.loads(draft.read_text())["cid"]
    forget_nonce(draft)
    file.write_bytes(bytes(file.stat().st_size))
    made = seller.json("model", "publish", model, *TERMS, "--yes")
    assert made["artifact"] != file.name


@pytest.mark.parametrize("size", [4096, 3 << 20])
def test_what_may_be_published_is_not_sealed_anew(
    seller: Person, tmp_path: Path, size: int
) -> None:
    model = write_model(tmp_path / "model.safetensors", size)
    seller.refused("model", "publish", model, *TERMS)
    (draft,) = drafts(seller)
    file = seller.home / "store" / "files" / json.loads(draft.read_text())["cid"]
    file.write_bytes(bytes(file.stat().st_size))
    told = seller.refused("model", "publish", model, *TERMS, "--yes", status=5)
    assert "may have published this" in told
    assert "daimm model list" in told


def forget_nonce(draft: Path) -> None:
    """As if the run had been cut off before it was about to send."""
    draft.write_text(json.dumps({**json.loads(draft.read_text()), "nonce": None}))


def test_other_bytes_are_another_draft(seller: Person, model_file: Path) -> None:
    seller.refused("model", "publish", model_file, *TERMS)
    write_model(model_file)
    seller.refused("model", "publish", model_file, *TERMS)
    assert len(drafts(seller)) == 2


def test_while_a_transaction_waits_no_second_one_is_sent(
    seller: Person, model_file: Path, chain: Chain, local_chain: LocalChain
) -> None:
    local_chain.rpc("evm_setAutomine", False)
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("daimm_cli.chain.node.Node.wait", interrupted)
            ran = seller.type("model", "publish", model_file, *TERMS, "--yes")
            assert ran.status == 130
        told = seller.refused("model", "publish", model_file, *TERMS, "--yes", status=3)
        assert "still waiting to be mined" in told
        local_chain.mine()
    finally:
        local_chain.rpc("evm_setAutomine", True)
    again = seller.json("model", "publish", model_file, *TERMS, "--yes")
    assert (again["model"], again["transaction"]) == (1, None)
    assert chain.node.view(chain.deployed.registry.version_count(ModelId(2))) == 0


def test_a_dropped_transaction_is_replaced(
    seller: Person, model_file: Path, chain: Chain, local_chain: LocalChain
) -> None:
    local_chain.rpc("evm_setAutomine", False)
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("daimm_cli.chain.node.Node.wait", interrupted)
            assert seller.type("model", "publish", model_file, *TERMS, "--yes").status == 130
        local_chain.rpc("anvil_dropAllTransactions")
    finally:
        local_chain.rpc("evm_setAutomine", True)
    assert seller.json("model", "publish", model_file, *TERMS, "--yes")["model"] == 1


def test_a_copy_that_came_first_is_not_taken_for_ones_own(
    seller: Person, model_file: Path, chain: Chain, accounts: list[LocalAccount]
) -> None:
    """Somebody saw the transaction waiting, and registered what it was to register."""
    honest = Chain.publish

    def overtaken(self: Chain, _account: object, **asked: Any) -> None:
        offer = dataclasses.replace(asked.pop("offer"), payout=accounts[5].address)
        honest(self, accounts[5], offer=offer, **asked)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Chain, "publish", overtaken)
        assert seller.type("model", "publish", model_file, *TERMS, "--yes").status == 130
    made = seller.json("model", "publish", model_file, *TERMS, "--yes")
    assert (made["model"], chain.node.view(chain.deployed.registry.owner_of(2))) == (
        2,
        seller.account.address,
    )
    assert made["transaction"] is not None


def interrupted(*_arguments: object) -> None:
    raise KeyboardInterrupt


def test_what_a_killed_run_left_is_cleared_away(seller: Person, model_file: Path) -> None:
    gone, alive = (seller.home / "store" / f".sealing.{name}.daimm" for name in LEFT)
    for folder in (gone, alive):
        folder.mkdir(parents=True)
        (folder / "pack").write_bytes(b"weights in clear")
    lock = os.open(alive, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        seller("model", "publish", model_file, *TERMS, "--yes")
    finally:
        os.close(lock)
    assert not gone.exists()
    assert (alive / "pack").exists()


@pytest.mark.parametrize(("answer", "status"), [("n\n", 1), ("", 1), ("y\n", 0)])
def test_the_person_at_the_terminal_decides(
    seller: Person,
    model_file: Path,
    chain: Chain,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    status: int,
) -> None:
    at_terminal(monkeypatch, answer)
    ran = seller.type("model", "publish", model_file, *TERMS)
    assert ran.status == status
    assert "Publish a model with an offer: about" in ran.err
    assert chain.node.view(chain.deployed.registry.version_count(ModelId(1))) == (
        1 if status == 0 else 0
    )


def test_the_limits_are_the_contract_s(chain: Chain) -> None:
    market = chain.deployed.market
    for name in ("MIN_DELIVERY_TIME", "MAX_DELIVERY_TIME", "MIN_GRACE", "MAX_GRACE",
                 "MAX_INSPECTION", "MAX_HOLD", "MAX_VERSION"):  # fmt: skip
        assert chain.node.view(market.view(name)) == getattr(offers, name), name


def test_a_wallet_signs_as_the_account_itself(accounts: list[LocalAccount]) -> None:
    account = accounts[3]
    wallet = Wallet(account.address, lambda: Signer(bytes(account.key)))
    domain = {"name": "AIM"}
    types = {
        "EIP712Domain": [{"name": "name", "type": "string"}],
        "Permit": [{"name": "owner", "type": "address"}, {"name": "value", "type": "uint256"}],
    }
    message = {"owner": account.address, "value": 7}
    asked = {"types": types, "domain": domain, "primaryType": "Permit", "message": message}
    ours, theirs = (
        signer.sign_typed_data(full_message=asked).signature for signer in (wallet, account)
    )
    assert ours == theirs
    fields = {"chainId": 31337, "nonce": 0, "gas": 21_000, "gasPrice": 1, "value": 0,
              "to": account.address, "data": "0x"}  # fmt: skip
    assert (
        wallet.sign_transaction(fields).raw_transaction
        == account.sign_transaction(fields).raw_transaction  # type: ignore[arg-type]
    )
    assert account.key.hex() not in repr(wallet)


def at_terminal(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal(answer))


def test_nothing_of_a_declined_publish_leaves(
    seller: Person, model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = Daemon()
    with serving(daemon) as server:
        seller.settings["DAIMM_KUBO"] = server.url
        at_terminal(monkeypatch, "n\n")
        assert seller.type("model", "publish", model_file, *TERMS).status == 1
        assert {file["state"] for file in seller.json("store", "status")["files"]} == {"local"}
        assert seller.json("store", "push") == []
        assert daemon.blocks == {}
        seller("model", "publish", model_file, *TERMS, "--yes")
        assert len(daemon.pins) == 3


def test_a_draft_is_listed_and_removed_with_its_files(seller: Person, model_file: Path) -> None:
    assert seller.json("model", "drafts") == []
    seller.refused("model", "publish", model_file, *TERMS)
    (draft,) = seller.json("model", "drafts")
    assert draft["sources"] == [str(model_file)]
    assert (draft["model"], draft["chain"]) == (None, 31337)
    assert draft["artifact"] in {file["cid"] for file in seller.json("store", "list")}
    shown = seller("model", "drafts").out
    assert draft["draft"][:8] in shown
    assert "a new model on chain 31337" in shown
    seller("model", "drafts", "--remove", draft["draft"][:8], "--yes")
    assert seller.json("model", "drafts") == []
    assert seller.json("store", "list") == []
    assert "model drafts" in seller.refused("model", "drafts", "--remove", draft["draft"][:8])


def test_a_draft_is_not_removed_from_under_its_transaction(
    seller: Person, model_file: Path, chain: Chain, local_chain: LocalChain
) -> None:
    local_chain.rpc("evm_setAutomine", False)
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("daimm_cli.chain.node.Node.wait", interrupted)
            assert seller.type("model", "publish", model_file, *TERMS, "--yes").status == 130
        (draft,) = seller.json("model", "drafts")
        remove = ("model", "drafts", "--remove", draft["draft"], "--yes")
        assert "still waiting to be mined" in seller.refused(*remove, status=3)
        local_chain.mine()
    finally:
        local_chain.rpc("evm_setAutomine", True)
    assert seller.json(*remove)["removed"] is False
    assert draft["artifact"] in {file["cid"] for file in seller.json("store", "list")}
    assert seller.json("model", "drafts") == []


def test_what_a_node_hides_is_neither_removed_nor_published_again(
    seller: Person, model_file: Path, chain: Chain, local_chain: LocalChain
) -> None:
    with FaultyNode(local_chain.url) as node:
        seller.settings["DAIMM_RPC"] = node.url
        node.hides = "empty"
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("daimm_cli.chain.node.Node.wait", interrupted)
            assert seller.type("model", "publish", model_file, *TERMS, "--yes").status == 130
        (draft,) = seller.json("model", "drafts")
        remove = ("model", "drafts", "--remove", draft["draft"], "--yes")
        assert "does not tell" in seller.refused(*remove, status=4)
        told = seller.refused("model", "publish", model_file, *TERMS, "--yes", status=4)
        assert "does not tell" in told
        node.clear()
        again = seller.json("model", "publish", model_file, *TERMS, "--yes")
    assert (again["model"], again["transaction"]) == (1, None)
    assert chain.node.view(chain.deployed.registry.model_count()) == 1


def test_the_same_publish_twice_at_once_makes_one_model(
    seller: Person, model_file: Path, chain: Chain
) -> None:
    second: list[str] = []
    honest = Chain.publish

    def meanwhile(self: Chain, *arguments: Any, **named: Any) -> Any:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(Chain, "publish", honest)
            second.append(seller.refused("model", "publish", model_file, *TERMS, "--yes"))
        return honest(self, *arguments, **named)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Chain, "publish", meanwhile)
        seller("model", "publish", model_file, *TERMS, "--yes")
    assert "Another process publishes this right now" in second[0]
    assert chain.node.view(chain.deployed.registry.version_count(ModelId(1))) == 1
    assert chain.node.view(chain.deployed.registry.version_count(ModelId(2))) == 0
    assert list((seller.home / "drafts").iterdir()) == []


def test_a_file_is_removed_from_store_queue_and_daemon(seller: Person, model_file: Path) -> None:
    daemon = Daemon()
    with serving(daemon) as server:
        seller.settings["DAIMM_KUBO"] = server.url
        made = seller.json("model", "publish", model_file, *TERMS, "--yes")
        cid = made["artifact"]
        assert "--yes" in seller.refused("store", "rm", cid)
        seller("store", "rm", cid, "--unpin", "--yes")
        assert cid not in daemon.pins
        assert cid not in {file["cid"] for file in seller.json("store", "status")["files"]}
        assert "not in this store" in seller.refused("store", "rm", cid, "--yes")
        assert seller.json("store", "push") == []
