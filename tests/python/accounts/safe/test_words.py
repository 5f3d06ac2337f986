"""What a Safe says of itself: the owner who wrote it is the one who has the text."""

from __future__ import annotations

from collections.abc import Callable

from eth_account.signers.local import LocalAccount

from daimm_cli.store.local import LocalStore
from daimm_cli.store.queue import Queue
from tests.python.accounts.safe.test_sales import handed_over_all
from tests.python.cli.conftest import Person
from tools.safe import Factory


def test_a_text_waits_for_ipfs_where_it_was_written(
    member: Callable[..., Person], factory: Factory, accounts: list[LocalAccount]
) -> None:
    safe = factory.make([accounts[5], accounts[6]], 2)
    alice, bob = member("alice", 5, safe), member("bob", 6, safe)
    said = ("profile", "set", "--handle", "we", "--name", "The Two of Us", "--yes")
    alice.refused(*said, status=8, title="Not yet")
    assert [push.pushed for push in Queue(LocalStore(alice.home / "store")).waiting()] == [None]
    (file,) = handed_over_all(alice)
    bob("safe", "sign", file, "--yes")
    alice("safe", "send", file, "--yes")
    shown = alice.json("profile", "show", safe)
    assert (shown["handle"], shown["name"]) == ("we", "The Two of Us")
    assert bob.json("store", "list") == []
