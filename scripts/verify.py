"""Compares a deployment with book, parameters and sources: `ape run verify --network <network>`.

    from scripts.verify import verify
    differences = [check for check in verify(node, book, params) if not check.ok]

It believes nothing but the sources and the parameter file: each contract's code is compared with
what the compiler and its constructor make here, what it was created with follows from its address,
and roles, issuers and tokens are followed through all events since the deployment and then asked
for. Prints a table and ends with status 1 where anything differs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import sanitise
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain import book as books
from daimm_cli.chain.answers import parsed_bytes
from daimm_cli.chain.book import Book, Entry
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from daimm_cli.chain.terms import ZERO_ADDRESS
from daimm_cli.cli.layout import shortened
from daimm_cli.cli.output import emit
from daimm_cli.protocol.curve import keccak
from scripts import _ape, _governed
from scripts._artifacts import artifact, build
from scripts._checks import Check, constants, text
from scripts._creation import FACTORY, create2
from scripts._params import Params, for_chain
from scripts._plan import as_written, plan
from scripts._rebuilt import rebuilt


def verify(node: Node, book: Book, params: Params) -> list[Check]:
    """Every comparison, those that fail included; raises DaimmError where the node fails."""
    chain = Chain(node, book)
    deployer = _deployer(book)
    checks = list(_contracts(chain, params, deployer))
    if all(check.ok for check in checks):  # otherwise the questions below have no sense
        params = params.resolved(deployer, book.address("Timelock"))
        events = list(_governed.restricted(chain))
        checks += constants(chain, params)
        checks += _governed.roles(chain, params, events)
        checks += _governed.timelock_roles(chain, deployer, events)
        checks += _governed.issuers(chain, events)
        checks += _governed.tokens(chain, params, events)
    return checks


def _deployer(book: Book) -> str:
    """Who began, as the book has it; nobody where that is no account."""
    try:
        return checksummed(str(book.contracts["Authority"].arguments[0]))
    except (KeyError, IndexError, DaimmError):
        return ZERO_ADDRESS


def _contracts(chain: Chain, params: Params, deployer: str) -> Iterator[Check]:
    contracts = chain.book.contracts

    def at(name: str) -> str:
        return contracts[name].address if name in contracts else ZERO_ADDRESS

    expected = dict(plan(params, deployer, at))
    yield Check("contracts", _names(expected), _names(contracts))
    created = {name: artifact(name).creation(given) for name, given in expected.items()}
    anew = rebuilt(params.chain_id, tuple((at(name), code) for name, code in created.items()))
    for (name, arguments), made in zip(expected.items(), anew, strict=True):
        entry = contracts.get(name)
        if entry is None:
            continue
        written = as_written(arguments)
        yield Check(f"{name}: arguments", text(written), text(list(entry.arguments)))
        whose, block = _origin(chain, created[name], entry)
        yield Check(f"{name}: creation", "the sources'", whose)
        yield Check(f"{name}: block", text(entry.block), text(block))
        code = chain.node.code(entry.address)
        yield Check(f"{name}: code hash", text(entry.code_hash), text(keccak(code)))
        whose = "the sources'" if code and code == made else "another"
        yield Check(f"{name}: code", "the sources'", whose if code else "none")


def _origin(chain: Chain, code: bytes, entry: Entry) -> tuple[str, object]:
    """Whether this creation code and these arguments made the contract, and in which block.

    Its address says so where the factory did it, its transaction where somebody else did. Where
    another contract called the factory, the book's block is good if nothing was there before it.
    """
    sent = chain.node.transaction(entry.transaction)
    receipt = chain.node.receipt(entry.transaction)
    if sent is not None and receipt is not None and receipt.succeeded:
        data, at = parsed_bytes(sent["input"]), None
        if str(sent["to"]).lower() == FACTORY.lower():
            at = create2(data[:32], code) if data[32:] == code else None
        elif data == code:
            at = receipt.created
        if at == entry.address:
            return "the sources'", receipt.block
    salts = range(len(chain.book.former) + 1)
    if not any(create2(salt.to_bytes(32), code) == entry.address for salt in salts):
        return "another", entry.block
    try:
        late = entry.block > 0 and chain.node.code(entry.address, entry.block - 1)
    except DaimmError:
        return "the sources'", "unknown: use a node that has old states"
    return "the sources'", "an earlier one" if late else entry.block


def _names(contracts: Iterable[str]) -> str:
    return ", ".join(sorted(contracts))


def report(checks: list[Check]) -> bool:
    """Print the table; whether everything fits."""
    for check in checks:
        what, found = sanitise(check.what), sanitise(check.found, 1_000)
        if check.ok:
            emit(None, f"ok   {what:<31}  {shortened(found)}", as_json=False)
        else:
            emit(None, f"BAD  {what:<31}  {found}", as_json=False)
            emit(None, f"     {'expected':<31}  {sanitise(check.expected, 1_000)}", as_json=False)
    bad = sum(not check.ok for check in checks)
    print(f"{len(checks)} checks, {bad or 'no'} difference{'' if bad == 1 else 's'}.")
    return not bad


def main() -> None:
    """What Ape runs, on the network that it is connected to."""
    with _ape.in_sentences():
        build()
        node = _ape.node()
        fits = report(verify(node, books.load(node.chain_id), for_chain(node.chain_id)))
    if not fits:
        sys.exit(1)
