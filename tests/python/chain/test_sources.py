"""Sources handed in to doubles of Etherscan and Sourcify that compile what they are given."""

from __future__ import annotations

import functools
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from daimm_cli.base.errors import DaimmError
from daimm_cli.chain.client import Chain
from scripts import _sources
from scripts._artifacts import artifact
from scripts._creation import create2
from scripts._params import Params
from scripts._sources import publish, sources, standard_json
from tests.python.chain.proxy import reply
from tools.chain import CHAIN_ID, ROOT

KEY = "K3Y-that-nobody-sees"
SMALL = ("RevenueSplitter", "Vesting/team")
PUBLIC = 11_155_111


def compiled(given: dict[str, Any], identifier: str) -> bytes:
    """The creation code that the compiler makes of its input alone."""
    return _compiled(json.dumps(given, sort_keys=True), identifier)


@functools.cache
def _compiled(given: str, identifier: str) -> bytes:
    ran = subprocess.run(
        [ROOT / "tools" / "solc", "--standard-json", "--base-path", "/nowhere"],
        input=given.encode(),
        capture_output=True,
        check=True,
        cwd="/",
    )
    path, _, name = identifier.rpartition(":")
    made = json.loads(ran.stdout)["contracts"][path][name]
    return bytes.fromhex(made["evm"]["bytecode"]["object"])


class Double:
    """Both sites. refuse: what Etherscan says first to whatever is handed in."""

    def __init__(self) -> None:
        self.refuse: list[str] = []
        self.waits = 2
        self.raw: bytes | None = None
        self.asked: list[str] = []
        self.jobs: dict[str, list[str]] = {}
        double = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                double.asked.append(self.path)
                self.say(*double.told(self.path))

            def do_POST(self) -> None:
                double.asked.append(self.path)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.say(*double.taken(self.path, body))

            def say(self, status: int, answer: dict[str, Any]) -> None:
                reply(self, status, double.raw or json.dumps(answer).encode())

            def log_message(self, *_arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def taken(self, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        if path.startswith("/v2/verify/"):
            _, _, _, chain, address = path.split("/")
            given = json.loads(body)
            ok = chain == str(PUBLIC) and given["compilerVersion"].startswith("0.8.37+commit.")
            creation = compiled(given["stdJsonInput"], given["contractIdentifier"])
            ok &= artifact(given["contractIdentifier"].rpartition(":")[2]).bytecode == creation
            self.jobs[address] = ["pending"] * self.waits + ["exact_match" if ok else "no_match"]
            return 202, {"verificationId": address}
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if form["apikey"] != KEY or f"chainid={PUBLIC}" not in path:
            return 200, {"status": "0", "result": f"Invalid API Key {form['apikey']}"}
        if self.refuse:
            return 200, {"status": "0", "message": "NOTOK", "result": self.refuse.pop(0)}
        assert form["codeformat"] == "solidity-standard-json-input"
        assert form["compilerversion"].startswith("v0.8.37+commit.")
        creation = compiled(json.loads(form["sourceCode"]), form["contractname"])
        whole = creation + bytes.fromhex(form.get("constructorArguements", ""))
        ok = create2(bytes(32), whole) == form["contractaddress"]
        end = "Pass - Verified" if ok else "Fail - Unable to verify"
        self.jobs[form["contractaddress"]] = ["Pending in queue"] * self.waits + [end]
        return 200, {"status": "1", "message": "OK", "result": form["contractaddress"]}

    def told(self, path: str) -> tuple[int, dict[str, Any]]:
        if path.startswith("/v2/verify/"):
            said = self.jobs[path.rpartition("/")[2]].pop(0)
            done = said != "pending"
            match = said if said == "exact_match" else None
            error = {"customCode": said, "message": "The onchain code differs"}
            return 200, {
                "isJobCompleted": done,
                "contract": {"match": match},
                **({"error": error} if done and not match else {}),
            }
        query = parse_qs(urlsplit(path).query)
        assert (query["action"], query["apikey"]) == (["checkverifystatus"], [KEY])
        said = self.jobs[query["guid"][0]].pop(0)
        return 200, {"status": "1" if said.startswith("Pass") else "0", "result": said}


@pytest.fixture
def sites() -> Iterator[Double]:
    double = Double()
    thread = threading.Thread(target=double.server.serve_forever, args=(0.02,))
    thread.start()
    yield double
    double.server.shutdown()
    double.server.server_close()
    thread.join()


Publish = Callable[..., list[str]]


@pytest.fixture
def hand_in(
    chain: Chain, params: Params, sites: Double, monkeypatch: pytest.MonkeyPatch
) -> Publish:
    """The small contracts, as if the chain were a public one."""
    book = replace(chain.book, chain_id=PUBLIC)
    some = [source for source in sources(book, params) if source.name in SMALL]
    monkeypatch.setattr(_sources, "sources", lambda *_: some)

    def run(**changes: Any) -> list[str]:
        given = {"key": KEY, "etherscan": sites.url, "sourcify": sites.url, "pause": 0.0}
        return list(publish(book, params, **{**given, **changes}))

    return run


def test_what_is_handed_in_compiles_to_what_is_on_the_chain(
    hand_in: Publish, sites: Double
) -> None:
    sites.refuse = ["Unable to locate ContractCode at 0x12", "Max calls per sec rate limit reached"]
    assert sorted(hand_in()) == [
        "RevenueSplitter on Etherscan: Pass - Verified",
        "RevenueSplitter on Sourcify: exact_match",
        "Vesting/team on Etherscan: Pass - Verified",
        "Vesting/team on Sourcify: exact_match",
    ]


def test_another_source_is_found(
    hand_in: Publish, sites: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the doubles do compile."""
    found = {source.name: source for source in _sources.sources(None, None)}  # type: ignore[arg-type]
    splitter = found["RevenueSplitter"]
    text = splitter.input["sources"][splitter.path]["content"]
    changed = text.replace("/ Splits.WHOLE", "/ (Splits.WHOLE + 1)")
    assert changed != text
    given = {**splitter.input["sources"], splitter.path: {"content": changed}}
    other = replace(splitter, input={**splitter.input, "sources": given})
    monkeypatch.setattr(_sources, "sources", lambda *_: [other])
    assert hand_in() == [
        f"{other.name} on Sourcify: The onchain code differs",
        f"{other.name} on Etherscan: Fail - Unable to verify",
    ]


def test_without_a_key_or_a_public_chain_it_is_left_out_with_a_word(
    hand_in: Publish, chain: Chain, params: Params, sites: Double
) -> None:
    said = hand_in(key=None)
    assert said[0] == "Etherscan: left out, ETHERSCAN_API_KEY is not set."
    assert len(said) == 1 + len(SMALL)
    sites.asked.clear()
    assert list(publish(chain.book, params, key=KEY, etherscan=sites.url)) == [
        f"Sources: left out, chain {CHAIN_ID} is local."
    ]
    assert sites.asked == []


def test_without_a_network_each_site_is_left_out_with_a_word(hand_in: Publish) -> None:
    nowhere = "http://127.0.0.1:9"
    said = hand_in(etherscan=nowhere, sourcify=nowhere)
    assert [line.partition(",")[0] for line in said] == [
        "Sourcify: left out",
        "Etherscan: left out",
    ]


def test_what_stays_pending_is_given_up(hand_in: Publish, sites: Double) -> None:
    sites.waits = 1 << 20
    said = hand_in(patience=0.2, pause=0.05)
    assert all(line.endswith("no answer yet: run deploy again later") for line in said)


def test_a_site_that_answers_nonsense_or_without_end_is_left_out(
    hand_in: Publish, sites: Double
) -> None:
    for sites.raw in (b"<html>", b"[]", b"{}", b"[" * 10_000, b" " * (_sources.MAX_ANSWER + 2)):
        said = hand_in()
        assert any(line.startswith("Etherscan: left out, Etherscan answers") for line in said)


def test_what_a_site_says_is_bounded_and_hides_the_key(hand_in: Publish, sites: Double) -> None:
    sites.refuse = [f"Bad \x1b[31m{KEY}" + "x" * 10_000] * 2
    said = [line for line in hand_in() if "Etherscan" in line]
    assert all(KEY not in line and "\x1b" not in line and len(line) < 300 for line in said)
    sites.refuse = [f"{KEY[:3]}\x1b[0m\x00{KEY[3:]}"] * 2
    assert not any(KEY in line for line in hand_in())
    said = hand_in(key="wr0ng-key")
    assert not any("wr0ng-key" in line for line in said)


def test_sources_that_changed_since_they_were_compiled_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_sources, "keccak", lambda _data: bytes(32))
    with pytest.raises(DaimmError, match="changed since"):
        standard_json("Market")
    with pytest.raises(DaimmError, match="not compiled"):
        standard_json("Nothing")


def test_every_contract_has_what_the_sites_need(chain: Chain, params: Params) -> None:
    found = {source.name: source for source in sources(chain.book, params)}
    assert found.keys() == chain.book.contracts.keys()
    for source in found.values():
        kind = source.name.partition("/")[0]
        whole = artifact(kind).bytecode + source.arguments
        assert source.address == create2(bytes(32), whole)
        assert source.path in source.input["sources"]
        assert not any(path.startswith("/") for path in source.input["sources"])


@pytest.mark.slow
def test_every_contract_compiles_from_what_is_handed_in(chain: Chain, params: Params) -> None:
    for source in sources(chain.book, params):
        kind = source.name.partition("/")[0]
        assert compiled(source.input, source.identifier) == artifact(kind).bytecode, source.name
