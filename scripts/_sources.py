"""Hands sources in where people look contracts up: an Etherscan-like site, and Sourcify.

>>> for line in publish(book, params, key=os.environ.get("ETHERSCAN_API_KEY")):
...     print(line)
Market on Etherscan: Pass - Verified

Both compile what they are given and compare it with the chain: the compiler's input, as forge's
metadata tells it, has every source that the contract needs and no other.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from daimm_cli.base import bounded_json
from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.base.http import Client
from daimm_cli.base.text import sanitise
from daimm_cli.chain.book import LOCAL_CHAINS, Book
from daimm_cli.protocol.curve import keccak
from scripts._artifacts import OUT, ROOT, artifact
from scripts._params import Params
from scripts._plan import plan

ETHERSCAN = "https://api.etherscan.io/v2/api"
SOURCIFY = "https://sourcify.dev/server"

MAX_ANSWER = 1 << 20
MAX_SAID = 2_000
PATIENCE = 120.0
"""Seconds for one contract to be compiled there."""

PAUSE = 5.0
"""Seconds between two questions whether it is."""


@dataclass(frozen=True)
class Source:
    """What a site needs. name: as the book has it; path: of its file; version: the compiler's."""

    name: str
    path: str
    version: str
    input: dict[str, Any]
    address: str
    arguments: bytes

    @property
    def identifier(self) -> str:
        return f"{self.path}:{self.name.partition('/')[0]}"


def sources(book: Book, params: Params) -> Iterator[Source]:
    """Every contract of the book, the layers from below."""
    deployer = str(book.contracts["Authority"].arguments[0])
    for name, arguments in plan(params, deployer, book.address):
        kind = name.partition("/")[0]
        path, version, given = standard_json(kind)
        made = artifact(kind)
        encoded = made.creation(arguments)[len(made.bytecode) :]
        yield Source(name, path, version, given, book.address(name), encoded)


def standard_json(name: str, folder: Path = OUT) -> tuple[str, str, dict[str, Any]]:
    """A contract's file, its compiler and what that is given; DaimmError where sources changed."""
    try:
        told = json.loads((folder / f"{name}.sol" / f"{name}.json").read_text())["metadata"]
        settings = dict(told["settings"])
        (path,) = settings.pop("compilationTarget")
        found = {file: (ROOT / file).read_text() for file in told["sources"]}
    except (OSError, ValueError, KeyError):
        raise DaimmError(f"{name} is not compiled: run `make build`.") from None
    for file, entry in told["sources"].items():
        if "0x" + keccak(found[file].encode()).hex() != entry["keccak256"]:
            raise DaimmError(f"{file} changed since {name} was compiled: run `make build`.")
    wanted = ["abi", "metadata", "evm.bytecode", "evm.deployedBytecode"]
    return (
        path,
        told["compiler"]["version"],
        {
            "language": told["language"],
            "sources": {file: {"content": text} for file, text in found.items()},
            "settings": {**settings, "outputSelection": {"*": {"*": wanted}}},
        },
    )


def publish(
    book: Book,
    params: Params,
    *,
    key: str | None,
    etherscan: str = ETHERSCAN,
    sourcify: str = SOURCIFY,
    pause: float = PAUSE,
    patience: float = PATIENCE,
) -> Iterator[str]:
    """Hand in every contract, and tell what became of it, a line each. Nothing here fails.

    key: of the Etherscan-like site; None leaves it out. pause, patience: seconds between two
    questions whether a contract is compiled, and until it is given up.
    """
    if book.chain_id in LOCAL_CHAINS:
        yield f"Sources: left out, chain {book.chain_id} is local."
        return
    sites: list[_Site] = [_Sourcify(book.chain_id, Client(sourcify, "Sourcify"))]
    if key:
        sites.append(_Etherscan(book.chain_id, Client(etherscan, "Etherscan"), key))
    else:
        yield "Etherscan: left out, ETHERSCAN_API_KEY is not set."
    for site in sites:
        try:
            for source in sources(book, params):
                said = sanitise(_settled(site, source, pause, patience), MAX_SAID)
                yield f"{source.name} on {site.name}: {sanitise(site.hidden(said), 200)}"
        except OutsideFailed as error:
            yield f"{site.name}: left out, {site.hidden(error.message)}"


def _settled(site: _Site, source: Source, pause: float, patience: float) -> str:
    """What the site says in the end."""
    end = time.monotonic() + patience
    ticket = None
    while True:
        if ticket is None:
            ticket, said = site.hand_in(source)
        else:
            said = site.ask(ticket)
        if said is not None:
            return said
        if time.monotonic() + pause >= end:
            return "no answer yet: run deploy again later"
        time.sleep(pause)


class _Site:
    """hand_in: a ticket, or what the site said; neither where it has no time. ask: None while it
    compiles."""

    name = ""

    def hand_in(self, source: Source) -> tuple[str | None, str | None]:
        raise NotImplementedError

    def ask(self, ticket: str) -> str | None:
        raise NotImplementedError

    def hidden(self, said: str) -> str:
        """Without secrets."""
        return said


class _Etherscan(_Site):
    """Etherscan's API, version 2, and those that are like it."""

    name = "Etherscan"
    _BUSY = ("pending", "rate limit", "unable to locate contractcode")

    def __init__(self, chain_id: int, client: Client, key: str) -> None:
        self._client, self._key = client, key
        self._common = {"chainid": str(chain_id), "module": "contract", "apikey": key}

    def hand_in(self, source: Source) -> tuple[str | None, str | None]:
        form = {
            **self._common,
            "action": "verifysourcecode",
            "codeformat": "solidity-standard-json-input",
            "sourceCode": json.dumps(source.input),
            "contractaddress": source.address,
            "contractname": source.identifier,
            "compilerversion": "v" + source.version,
            "constructorArguements": source.arguments.hex(),  # their spelling
        }
        query = "?" + urlencode({"chainid": self._common["chainid"]})
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        given, said = self._told("POST", query, urlencode(form).encode(), kind)
        return (said, None) if given else (None, self._unless_busy(said))

    def ask(self, ticket: str) -> str | None:
        query = {**self._common, "action": "checkverifystatus", "guid": ticket}
        return self._unless_busy(self._told("GET", "?" + urlencode(query), None, {})[1])

    def hidden(self, said: str) -> str:
        return said.replace(self._key, "...")

    def _told(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[bool, str]:
        told = _json(self._client, self.name, method, path, body, headers)
        if not isinstance(told.get("result"), str):
            raise OutsideFailed(f"{self.name} answers something else than its API does.")
        return told.get("status") == "1", told["result"]

    def _unless_busy(self, said: str) -> str | None:
        return None if any(word in said.lower() for word in self._BUSY) else said


class _Sourcify(_Site):
    """Sourcify's API, version 2. It takes no key."""

    name = "Sourcify"

    def __init__(self, chain_id: int, client: Client) -> None:
        self._chain_id, self._client = chain_id, client

    def hand_in(self, source: Source) -> tuple[str | None, str | None]:
        given = {
            "stdJsonInput": source.input,
            "compilerVersion": source.version,
            "contractIdentifier": source.identifier,
        }
        path, kind = f"/v2/verify/{self._chain_id}/{source.address}", "application/json"
        body = json.dumps(given).encode()
        told = _json(self._client, self.name, "POST", path, body, {"Content-Type": kind})
        ticket = told.get("verificationId")
        return (ticket, None) if isinstance(ticket, str) else (None, _message(told))

    def ask(self, ticket: str) -> str | None:
        told = _json(self._client, self.name, "GET", f"/v2/verify/{quote(ticket, '')}", None, {})
        if not told.get("isJobCompleted"):
            return None
        contract = told.get("contract")
        match = contract.get("match") if isinstance(contract, dict) else None
        return str(match) if match else _message(told.get("error"))


def _message(told: Any) -> str:
    said = told.get("message") if isinstance(told, dict) else None
    return said if isinstance(said, str) else "refused without a word"


def _json(
    client: Client, who: str, method: str, path: str, body: bytes | None, headers: dict[str, str]
) -> dict[str, Any]:
    answer = client.ask(method, path, body=body, headers=headers, most=MAX_ANSWER)
    try:
        told = bounded_json.loads(answer.body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise OutsideFailed(f"{who} answers something else than its API does.")
    return told
