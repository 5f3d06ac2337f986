"""What `daimm doctor` says of the Safe that acts."""

from __future__ import annotations

from typing import Any

from eth_account.signers.local import LocalAccount

from tests.python.accounts.safe.conftest import Joined
from tests.python.cli.conftest import Person
from tools.safe import Factory


def said(who: Person) -> Any:
    findings = who.type("doctor", "--json").json["findings"]
    (found,) = [each for each in findings if each["name"] == "Safe"]
    return found["level"], found["says"]


def test_a_safe_with_all_its_signers_here(
    factory: Factory, member: Joined, accounts: list[LocalAccount]
) -> None:
    safe = factory.make(accounts[5:7], threshold=2)
    alone = member("alone", 5, safe)
    assert said(alone) == ("warning", "2 of 2 owners sign, 1 of them here")
    both = member("both", 5, safe, with_=(6,))
    assert said(both) == ("ok", "2 of 2 owners sign, 2 of them here")


def test_a_stranger_a_safe_without_handler_and_no_safe(
    factory: Factory, member: Joined, accounts: list[LocalAccount]
) -> None:
    safe = factory.make(accounts[5:6])
    level, says = said(member("stranger", 7, safe))
    assert (level, "stranger is no owner of it" in says) == ("problem", True)
    bare = member("bare", 5, factory.make(accounts[5:6], handler=""))
    level, says = said(bare)
    assert (level, "no fallback handler" in says) == ("warning", True)
    nowhere = member("nowhere", 5, accounts[8].address)
    level, says = said(nowhere)
    assert (level, "There is no Safe at" in says) == ("problem", True)
