"""Ape's connection and account as the library takes them.

>>> node(), signer()     # inside `ape run`

Ape takes the checkout off the module path before it calls `main`: what a script needs from here is
imported at its top, and Ape itself only in the functions.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shlex
import sys
from collections.abc import Iterator
from typing import Any

from daimm_cli.base.errors import DaimmError
from daimm_cli.chain.book import LOCAL_CHAINS
from daimm_cli.chain.node import Node
from daimm_cli.chain.transactions import Signer
from daimm_cli.session.session import Session


class ApeSigner:
    """An Ape account (keyfile, hardware wallet, test account) that signs plain transactions."""

    def __init__(self, account: Any, ecosystem: Any) -> None:
        self._account = account
        self._ecosystem = ecosystem
        self.address = str(account.address)

    def sign_transaction(self, transaction_dict: dict[str, Any]) -> Any:
        """What Ape signed, with the bytes under `raw_transaction`."""
        transaction = self._ecosystem.create_transaction(**transaction_dict)
        signed = self._account.sign_transaction(transaction)
        if signed is None:
            raise SystemExit("Not signed: nothing was sent.")
        return _Raw(bytes(signed.serialize_transaction()))


class _Raw:
    def __init__(self, raw_transaction: bytes) -> None:
        self.raw_transaction = raw_transaction


@contextlib.contextmanager
def in_sentences() -> Iterator[None]:
    """End the program with one sentence where something inside raises DaimmError."""
    try:
        yield
    except DaimmError as error:
        hint = f" Next: {error.hint}." if error.hint else ""
        raise SystemExit(f"Error: {error.message}{hint}") from None


class _Provider:
    """Ape's provider, its failures Python's own."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def make_request(self, method: str, params: Any) -> Any:
        with _plainly():
            return self._inner.make_request(method, params)

    def make_batch_request(self, requests: Any) -> Any:
        with _plainly():
            return self._inner.make_batch_request(requests)


@contextlib.contextmanager
def _plainly() -> Iterator[None]:
    import requests

    try:
        yield
    except requests.Timeout:
        raise TimeoutError from None
    except requests.ConnectionError:
        raise ConnectionError from None


def connected(network: str | None) -> contextlib.AbstractContextManager[Any]:
    """While Ape is connected to a network, named as on its command line; None: its default."""
    from ape import networks

    found: contextlib.AbstractContextManager[Any] = networks.parse_network_choice(network)
    return found


def node() -> Node:
    """The node that Ape is connected to."""
    from ape import networks

    provider = networks.provider
    return Node(
        _Provider(provider.web3.provider),
        int(provider.chain_id),
        f"Ape's {provider.network_choice}",
    )


def session() -> Session:
    """What the library works with, over Ape's connection."""
    made = Session()
    made.node = node()  # type: ignore[assignment]
    return made


def network() -> str:
    """The network as it was named on the command line, where it was."""
    named = [after for name, after in itertools.pairwise(sys.argv) if name == "--network"]
    return shlex.quote(named[-1]) if named else "the same"


def signer() -> Signer:
    """DAIMM_ACCOUNT's; else the first test account on a local chain, or the one that is asked for.

    A keyfile's password is asked once (or comes from Ape's own environment variable).
    """
    from ape import accounts, networks
    from ape.cli import select_account

    provider = networks.provider
    if alias := os.environ.get("DAIMM_ACCOUNT"):
        account: Any = accounts.load(alias)
    elif provider.network.is_local or int(provider.chain_id) in LOCAL_CHAINS:
        account = accounts.test_accounts[0]
    else:
        account = select_account()
    if hasattr(account, "set_autosign"):
        account.set_autosign(True)
    return ApeSigner(account, provider.network.ecosystem)
