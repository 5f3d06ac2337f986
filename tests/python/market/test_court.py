"""What a juror commits to, and what proves who was drawn."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from daimm_cli.accounts import seed
from daimm_cli.base.errors import ChainRefused, OutsideFailed
from daimm_cli.bindings.drand_randomness import DrandRandomness
from daimm_cli.chain.client import Chain
from daimm_cli.index.deals import EvidenceRow
from daimm_cli.keeper.jury import Jury
from daimm_cli.market import court, evidence, randomness
from daimm_cli.protocol.curve import keccak
from daimm_cli.session.session import Session
from tests.python.cli.conftest import AIM, Person
from tools.chain import LocalChain

ROOT = Path(__file__).resolve().parents[3]
BEACONS = json.loads((ROOT / "tests" / "vectors" / "drand.json").read_text())["beacons"]
SOMEWHERE = "0x" + "d4" * 20


class Relay:
    """A relay of drand's, which answers as it is told. asked: the paths."""

    def __init__(self, status: int, body: bytes) -> None:
        self.asked: list[str] = []
        relay = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                relay.asked.append(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Relay:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def ada(person: Callable[..., Person]) -> Person:
    return person("ada", 4, money=1_000 * AIM)


def test_a_commitment_is_the_contracts_and_the_salt_the_seeds(ada: Person, chain: Chain) -> None:
    me, session = ada.account.address, Session(os.environ | ada.settings)
    made, salt = court.commitment(session, 7, 3, me, 2)
    assert made == chain.node.view(chain.deployed.court.commitment_of(7, 3, me, 2, salt))
    again = Session(os.environ | ada.settings)
    assert court.commitment(again, 7, 3, me, 2) == (made, salt)
    others = [court.commitment(session, 7, 4, me, 2), court.commitment(session, 8, 3, me, 2)]
    assert len({salt, *(it[1] for it in others)}) == 3
    seed.seed_path(ada.home).unlink()
    seed.create(ada.home, "correct horse battery")
    assert court.commitment(Session(os.environ | ada.settings), 7, 3, me, 2)[1] != salt


def test_a_blocks_header_is_what_is_hashed(chain: Chain, local_chain: LocalChain) -> None:
    local_chain.mine(2)
    newest = chain.node.latest()
    for number in (0, 1, newest.number):
        found = chain.node.header(number)
        assert found is not None
        assert keccak(randomness.header(chain.node, number)) == found.hash


@pytest.mark.parametrize(
    "change",
    [{"mixHash": "0x" + "11" * 32}, {"requestsHash": None}, {"extraData": "0x" + "ab" * 60}],
    ids=["another", "missing", "longer"],
)
def test_a_header_that_is_not_the_blocks_proves_nothing(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, change: dict[str, str | None]
) -> None:
    ask = chain.node.ask
    monkeypatch.setattr(chain.node, "ask", lambda *asked: ask(*asked) | change)
    with pytest.raises(OutsideFailed, match="does not tell all of block 1's header"):
        randomness.header(chain.node, 1)


def test_a_relay_tells_rounds_that_the_contract_verifies(
    ada: Person, chain: Chain, local_chain: LocalChain
) -> None:
    code = json.loads((ROOT / "out/DrandRandomness.sol/DrandRandomness.json").read_text())
    local_chain.rpc("anvil_setCode", SOMEWHERE, code["deployedBytecode"]["object"])
    source = DrandRandomness(SOMEWHERE)
    for beacon in BEACONS[:2]:
        with Relay(
            200, json.dumps({**beacon, "signature": beacon["signature"][2:]}).encode()
        ) as it:
            proof = randomness.signature(it.url, beacon["round"])
        assert it.asked == [f"/v2/beacons/evmnet/rounds/{beacon['round']}"]
        value = chain.node.view(source.value_of(beacon["round"], proof))
        assert value.hex() == beacon["randomness"][2:]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"no such round"),
        (200, b"{}"),
        (200, b"[]"),
        (200, b'{"signature": 7}'),
        (200, b'{"signature": "zz"}'),
        (200, b"[" * 2_000),
        (200, b"x" * 5_000),
        (503, b""),
    ],
)
def test_a_relay_that_does_not_know_is_named(status: int, body: bytes) -> None:
    with (
        Relay(status, body) as relay,
        pytest.raises(OutsideFailed, match="drand relay at http://127"),
    ):
        randomness.signature(relay.url, 1_000)


def test_keepers_draw_one_after_another_and_wait_for_no_relay(
    ada: Person, chain: Chain, local_chain: LocalChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada("court", "join", 3, "--yes")
    contract = chain.deployed.court
    cost = chain.node.view(contract.arbitration_cost(b""))
    chain.node.send(contract.create_dispute(2, b"", value=cost), ada.account)
    session = Session(os.environ | ada.settings)
    jury = Jury(session, ada.account.address)
    assert len({jury.turn(dispute) for dispute in range(60)}) > 30
    tick = chain.node.view(contract.dispute_of(1)).tick

    def drawn(blocks: int) -> list[str]:
        local_chain.mine(tick + blocks - chain.node.latest().number)
        return [*jury.due()]

    mine = -(-jury.turn(1) // 12) + 1
    assert drawn(mine - 1) == []
    assert drawn(mine) == ["draw dispute 1"]

    def silent(*_: object) -> bytes:
        raise OutsideFailed("The relay says nothing.")

    with monkeypatch.context() as patched:
        patched.setattr(randomness, "proof", silent)
        assert [*jury.due()] == ["draw dispute 1"]
        with pytest.raises(OutsideFailed, match="says nothing"):
            jury.make("draw dispute 1")
        assert [it["what"] for it in ada.json("court", "duties")] == ["draw"]
        assert "says nothing" in ada.refused("court", "advance", 1, "--yes", status=4)
    chain.node.send(jury.make("draw dispute 1").made, ada.account)
    with pytest.raises(ChainRefused, match="nothing to draw in dispute 1"):
        jury.make("draw dispute 1")


def test_a_dispute_goes_on_while_another_waits_for_a_silent_relay(
    ada: Person, chain: Chain, local_chain: LocalChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada("court", "join", 6, "--yes")
    contract = chain.deployed.court
    cost = chain.node.view(contract.arbitration_cost(b""))
    for number in (1, 2):
        chain.node.send(contract.create_dispute(2, b"", value=cost), ada.account)
        tick = chain.node.view(contract.dispute_of(number)).tick
        local_chain.mine(tick + 1 - chain.node.latest().number)
        if number == 1:
            ada("court", "advance", 1, "--yes")

    def silent(*_: object) -> bytes:
        raise OutsideFailed("The relay says nothing.")

    monkeypatch.setattr(randomness, "proof", silent)
    ada("court", "commit", 1, "--for", "2", "--yes")
    assert ada.json("court", "advance", 1, "--yes")["done"] == ["advance 1"]


def test_a_round_that_no_dispute_has_is_the_nodes_word(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(os.environ | ada.settings)
    (unknown,) = court.disputes(session, [1])
    told = [replace(unknown.record, round=4)]
    monkeypatch.setattr(session.chain.node, "views", lambda _: told)
    with pytest.raises(OutsideFailed, match="a round that no dispute has: use another node"):
        court.disputes(session, [1])


def test_what_another_seed_committed_to_is_told_in_time(
    ada: Person, chain: Chain, local_chain: LocalChain
) -> None:
    ada("court", "join", 3, "--yes")
    contract = chain.deployed.court
    cost = chain.node.view(contract.arbitration_cost(b""))
    chain.node.send(contract.create_dispute(2, b"", value=cost), ada.account)
    tick = chain.node.view(contract.dispute_of(1)).tick
    local_chain.mine(tick + 1 - chain.node.latest().number)
    ada("court", "advance", 1, "--yes")
    said = ada.refused("court", "commit", 1, "--for", "3", "--yes")
    assert "or a number up to 2" in said
    ada("court", "commit", 1, "--for", "2", "--yes")
    assert ada.json("court", "advance", 1, "--yes")["done"] == ["advance 1"]
    kept = seed.seed_path(ada.home).read_bytes()
    seed.seed_path(ada.home).unlink()
    seed.create(ada.home, "correct horse battery")
    assert [it["what"] for it in ada.json("court", "duties")] == ["reveal"] * 3
    assert "another seed" in ada.refused("court", "reveal", 1, "--yes", status=3)
    assert "Nothing is to be done" in ada.refused("court", "advance", 1, "--yes", status=3)
    ran = ada("keeper", "run", "--once", "--yes")
    assert "Not now, reveal dispute 1, seat 2: Seat 2 of dispute 1 is committed with" in ran.err
    seed.seed_path(ada.home).write_bytes(kept)
    assert ada.json("court", "reveal", 1, "--yes")["done"] == ["reveal 1"] * 3
    # Who made it is no contract of claims: nobody's keeper tells it.
    ada("court", "advance", 1, "--yes")
    local_chain.travel(2 * 86_400 + 1)
    ada("court", "advance", 1, "--yes")
    assert ada.json("court", "advance", 1, "--yes")["done"] == ["collect 1"] * 3
    assert ada.json("court", "show", 1)["phase"] == "over"


def test_what_is_no_dispute_and_no_ruling_is_said(ada: Person) -> None:
    for text in ("7", "0", "seven", "٣", "9" * 40):
        assert "There is no dispute" in ada.refused("court", "show", text)
    assert ada.json("court", "list") == ada.json("court", "duties") == []
    assert "has 0 seats" in ada.refused("court", "leave", 1, "--yes", status=3)
    assert "no ether is owed" in ada.refused("court", "withdraw", "--yes", status=3).lower()


def test_seats_are_staked_on_and_given_back(
    ada: Person, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(court, "PAGE", 2)
    assert ada.json("court", "join", 3, "--yes")["seats"] == 3
    assert chain.balance(chain.aim, ada.account.address) == 700 * AIM
    ada("court", "join", 1, "--yes")
    ada("court", "leave", 3, "--yes")
    ada("court", "join", 1, "--yes")
    assert chain.node.view(chain.deployed.court.seats()) == 2
    assert "has 2 seats" in ada.refused("court", "leave", 3, "--yes", status=3)
    ada("withdraw", "--yes")
    assert chain.balance(chain.aim, ada.account.address) == 800 * AIM
    assert "100" in ada.refused("court", "join", 101, "--yes")


def test_what_strangers_say_is_read_within_bounds(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(os.environ | ada.settings)
    documents = [
        b'{"description": "\\u001b[31mred\\u202e", "deal": "order 0x12"}',
        b'{"description": "no deal"}',
        b"[" * 100,
        b"\xff",
        b'{"description": "' + b"x" * 5_000 + b'", "deal": "d"}',
        b'{"description": "x", "deal": "' + b"y" * evidence.MAX_BYTES + b'"}',
    ]
    digests = [sha256(document).digest() for document in documents] + [b"\7" * 32]
    for document in documents:
        session.store.put_bytes(document)
    rows = [EvidenceRow(bytes(32), ada.account.address, digest, 0) for digest in digests]
    monkeypatch.setattr(session.index, "rows", lambda *_, **__: rows)
    heard = evidence.said(session, bytes(32))
    assert [it.says and it.says[:4] for it in heard] == [
        "red",
        None,
        None,
        None,
        "xxxx",
        None,
        None,
    ]
    assert heard[0].deal == "order 0x12"
    assert len(heard[4].says or "") <= evidence.MAX_SHOWN
    monkeypatch.setattr(evidence, "SECONDS", -1.0)
    assert {it.says for it in evidence.said(session, bytes(32))} == {None}
