"""Buying on a real chain: everything is checked before a coin moves, and paid once."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from daimm_cli.accounts.accounts import Signer
from daimm_cli.artifact.unixfs import Cid
from daimm_cli.base.errors import ChainRefused, OutsideFailed
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from daimm_cli.chain.terms import LicenseState, Version
from daimm_cli.chain.transactions import Signed
from daimm_cli.index.index import Index
from daimm_cli.manifest import manifest
from daimm_cli.manifest.manifest import SignedManifest
from daimm_cli.market import offers
from daimm_cli.store.local import LocalStore
from tests.python.chain.samples import write
from tests.python.cli.conftest import AIM, Person, write_keystore, write_model, write_seed
from tools.chain import LocalChain

SIZE = (1 << 20) + 5000
"""Of a model whose ciphertext has two blocks."""


@pytest.fixture
def published(seller: Person, tmp_path: Path) -> dict[str, Any]:
    """What `model publish` said; 10 AIM and 0.5 for the delivery."""
    file = write_model(tmp_path / "model.safetensors", SIZE)
    made: dict[str, Any] = seller.json(
        *("model", "publish", file, "--license", "MIT", "--name", "Tiny", "--price", "10"),
        *("--delivery-fee", "0.5", "--yes"),
    )
    return made


@pytest.fixture
def offer(published: dict[str, Any]) -> str:
    return str(published["offer"])


def unpaid(chain: Chain, buyer: Person) -> None:
    """Nothing was bought, and nothing is written down."""
    assert chain.balance(chain.aim, buyer.account.address) == 100 * AIM
    assert not list(buyer.home.rglob("purchases/*/*"))


def pass_time(local_chain: LocalChain, seconds: int) -> None:
    """Let time pass on the chain, whose clock may go after this machine's."""
    behind = max(0, int(time.time()) - local_chain.now())
    local_chain.travel(behind + seconds)


def test_a_licence_is_bought_in_one_transaction_and_pending(
    buyer: Person, offer: str, chain: Chain
) -> None:
    before = chain.node.latest().number
    bought = buyer.json("buy", offer, "--yes")
    assert chain.node.latest().number == before + 1
    (order,) = bought["orders"]
    record = chain.license(int(order["license"], 16))
    assert (record.state, record.grant.model) == (LicenseState.PENDING, 1)
    assert record.grant.first_version == 1
    assert (
        chain.node.view(chain.deployed.licenses.owner_of(int(order["license"], 16)))
        == buyer.account.address
    )
    assert chain.balance(chain.aim, buyer.account.address) == 100 * AIM - 105 * AIM // 10
    assert chain.balance(chain.aim, chain.market) == 105 * AIM // 10


def test_the_files_are_there_and_right_before_paying(
    buyer: Person, published: dict[str, Any]
) -> None:
    buyer("buy", published["offer"], "--yes")
    store = LocalStore(buyer.home / "store")
    for key in ("artifact", "digests", "manifest"):
        store.get(published[key])


def test_the_buyer_sees_what_it_costs_and_what_can_happen(buyer: Person, offer: str) -> None:
    told = buyer("buy", offer, "--yes").err
    for part in (
        "10 AIM: 9.9 AIM for the seller, 0.1 AIM for the protocol",
        "0.5 AIM, for whoever delivers the key",
        "10.5 AIM; the market holds it until the key is proven",
        "key due by",
        "you take all of it back after",
        "none: the seller is paid when the chain has proven the key",
        "Tiny",
        "MIT",
    ):
        assert part in told


def test_a_quote_is_the_same_without_paying(
    buyer: Person, offer: str, chain: Chain, person: Callable[..., Person], seller: Person
) -> None:
    quoted = buyer.json("quote", offer[:10])
    assert quoted["offer"] == offer
    assert (quoted["total"], quoted["protocol_fee"]) == (str(105 * AIM // 10), str(AIM // 10))
    unpaid(chain, buyer)
    stranger = person("stranger", 4, source=seller)
    (stranger.home / "accounts" / "stranger.json").unlink()
    (stranger.home / "seed.json").unlink()
    assert "10.5 AIM" in stranger("quote", offer).out


def test_an_offer_is_named_by_its_first_digits(buyer: Person, offer: str) -> None:
    assert buyer.json("buy", offer[:10], "--yes")["orders"][0]["offer"] == offer


def test_several_offers_are_bought_in_one_transaction_or_none(
    buyer: Person, seller: Person, offer: str, chain: Chain, tmp_path: Path
) -> None:
    second = seller.json("offer", "open", 1, "--price", "20", "--yes")["offer"]
    before = chain.node.latest().number
    orders = buyer.json("buy", offer, second, "--yes")["orders"]
    assert chain.node.latest().number == before + 1
    assert {order["offer"] for order in orders} == {offer, second}
    assert chain.balance(chain.aim, buyer.account.address) == 100 * AIM - 305 * AIM // 10
    third = seller.json("offer", "open", 1, "--price", "60", "--yes")["offer"]
    assert "needs 70.5 AIM" in buyer.refused("buy", offer, third, "--yes", status=3)
    assert len(buyer.json("order", "list")) == 2


def test_the_same_offer_twice_is_two_licences(buyer: Person, offer: str) -> None:
    orders = buyer.json("buy", offer, offer, "--yes")["orders"]
    assert len({order["license"] for order in orders}) == 2


def test_a_gift_goes_to_its_recipient_and_the_key_to_the_buyer(
    buyer: Person, seller: Person, offer: str, chain: Chain, accounts: list[LocalAccount]
) -> None:
    friend = accounts[5].address
    ran = buyer("buy", offer, "--for", friend, "--yes")
    assert "The key still comes to this home" in ran.err
    (order,) = buyer.json("order", "list")
    assert (order["recipient"], order["buyer"]) == (friend, buyer.account.address)
    assert chain.node.view(chain.deployed.licenses.owner_of(int(order["license"], 16))) == friend


def test_without_yes_and_without_a_terminal_nothing_is_paid(
    buyer: Person, offer: str, chain: Chain
) -> None:
    assert "Pay 10.5 AIM?" in buyer.refused("buy", offer)
    unpaid(chain, buyer)


def test_a_price_above_the_maximum_is_not_paid(buyer: Person, offer: str, chain: Chain) -> None:
    told = buyer.refused("buy", offer, "--max-price", "10.4", "--yes", status=3)
    assert "It costs 10.5 AIM with the delivery fee, above your maximum of 10.4 AIM" in told
    unpaid(chain, buyer)
    buyer("buy", offer, "--max-price", "10.5 AIM", "--yes")


def test_an_offer_that_was_replaced_is_not_bought(
    buyer: Person, seller: Person, offer: str, chain: Chain
) -> None:
    seller("offer", "replace", offer, "--price", "50", "--yes")
    told = buyer.refused("buy", offer, "--yes", status=3)
    assert "was closed by its seller" in told
    unpaid(chain, buyer)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("model", "retire", 1, 1, "--yes"), "was retired"),
        (("transfer",), "no longer owns the model"),
    ],
)
def test_what_cannot_be_sold_is_not_bought(
    *, buyer: Person, seller: Person, offer: str, chain: Chain, change: tuple[Any, ...], says: str
) -> None:
    if change == ("transfer",):
        chain.node.send(
            chain.deployed.registry.transfer_from(seller.account.address, buyer.account.address, 1),
            seller.account,
        )
    else:
        seller(*change)
    assert says in buyer.refused("buy", offer, "--yes", status=3)
    unpaid(chain, buyer)


def test_an_offer_sold_out_or_run_out_is_not_bought(
    buyer: Person, seller: Person, offer: str, chain: Chain, local_chain: LocalChain
) -> None:
    one = seller.json("offer", "open", 1, "--price", "1", "--supply", "1", "--yes")["offer"]
    buyer("buy", one, "--yes")
    assert "is sold out" in buyer.refused("buy", one, "--yes", status=3)
    brief = seller.json("offer", "open", 1, "--price", "1", "--expires", "1h", "--yes")["offer"]
    pass_time(local_chain, 3700)
    assert "has run out" in buyer.refused("buy", brief, "--yes", status=3)


def test_a_stopped_market_sells_nothing(
    buyer: Person, offer: str, chain: Chain, accounts: list[LocalAccount]
) -> None:
    write(chain, accounts[0], "Market", "stopNewBusiness", 3600)
    assert "stopped until" in buyer.refused("buy", offer, "--yes", status=3)
    unpaid(chain, buyer)


def test_no_money(person: Callable[..., Person], seller: Person, offer: str) -> None:
    poor = person("poor", 3, money=AIM, source=seller)
    told = poor.refused("buy", offer, "--yes", status=3)
    assert "has 1 AIM and needs 10.5 AIM" in told
    write_keystore(poor.home / "accounts" / "poor.json", bytes(Account.create().key))
    free = seller.json("offer", "open", 1, "--price", "0", "--yes")["offer"]
    assert "no ether to pay for gas" in poor.refused("buy", free, "--yes", status=3)


def test_a_free_offer_costs_gas_alone(buyer: Person, seller: Person, offer: str) -> None:
    opened = seller("offer", "open", 1, "--price", "0", "--yes", "--json")
    assert "This offer is free" in opened.err
    free = opened.json["offer"]
    order = buyer.json("buy", free, "--yes")["orders"][0]["order"]
    seller("order", "deliver", order, "--yes")
    assert buyer.json("order", "show", order)["state"] == "settled"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("0x" + "12" * 32,), "There is no offer"),
        (("0x12345678",), "There is no offer 0x12345678"),
        (("0x1234567",), "is no offer's id"),
        (("offer",), "is no offer's id"),
        (("0x" + "1" * 65,), "is no offer's id"),
        (("\x1b[31m",), "is no offer's id"),
        (("OFFER", "--max-price", "ten"), "is not an amount"),
        (("OFFER", "--max-price", "11 EUR"), "in 'EUR', and the offer asks for AIM"),
        (("OFFER", "--for", "0x12"), "is not an address"),
        (("OFFER", "--for", "bob"), "is not an address"),
        ((), "Say which offer"),
    ],
)
def test_bad_input(
    buyer: Person, offer: str, chain: Chain, arguments: tuple[str, ...], says: str
) -> None:
    given = [offer if argument == "OFFER" else argument for argument in arguments]
    told = buyer.refused("buy", *given, "--yes")
    assert says in told
    assert "\x1b" not in told
    unpaid(chain, buyer)


def test_a_wrong_password(buyer: Person, offer: str, chain: Chain, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("another password\n")
    assert "password does not open" in buyer.refused("buy", offer, "--yes")
    unpaid(chain, buyer)


def test_a_wrong_password_for_the_account_alone(buyer: Person, offer: str, chain: Chain) -> None:
    file = buyer.home / "accounts" / "buyer.json"
    file.write_text(file.read_text().replace('"mac": "', '"mac": "00')[:-3] + "}}")
    assert buyer.type("buy", offer, "--yes").status == 2
    unpaid(chain, buyer)


def test_another_chain_or_none(buyer: Person, offer: str) -> None:
    told = buyer.refused("buy", offer, "--yes", "--rpc", "http://127.0.0.1:9", status=4)
    assert "Cannot reach the node" in told
    with LocalChain(chain_id=4242) as other:
        assert "4242" in buyer.refused("buy", offer, "--yes", "--rpc", other.url)


def test_nothing_is_kept_nowhere(person: Callable[..., Person], offer: str, chain: Chain) -> None:
    alone = person("alone", 2, money=100 * AIM)
    told = alone.refused("buy", offer, "--yes", status=4)
    assert "is not in the local store" in told
    assert "sources" in told
    unpaid(chain, alone)


# What a source or a seller can do


def blocks(home: Path, cid: str) -> Path:
    return home / "store" / "files" / cid


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda data: data[:-1],
    "altered at its end": lambda data: data[:-1] + bytes([data[-1] ^ 1]),
    "altered at its beginning": lambda data: bytes([data[0] ^ 1]) + data[1:],
    "longer": lambda data: data + b"\0",
    "empty": lambda data: b"",
    "something else": lambda data: b"<html>" * (len(data) // 6) + b"!" * (len(data) % 6),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("what", ["manifest", "digests", "artifact"])
def test_a_source_that_lies_is_refused_and_nothing_paid(
    *,
    buyer: Person,
    seller: Person,
    published: dict[str, Any],
    chain: Chain,
    what: str,
    damage: str,
) -> None:
    file = blocks(seller.home, published[what])
    right = file.read_bytes()
    file.write_bytes(DAMAGE[damage](right))
    buyer.refused("buy", published["offer"], "--yes", status=5)
    assert not blocks(buyer.home, published[what]).exists()
    unpaid(chain, buyer)
    file.write_bytes(right)
    buyer("buy", published["offer"], "--yes")


def test_another_source_is_asked_when_one_lies(
    buyer: Person, seller: Person, published: dict[str, Any], tmp_path: Path
) -> None:
    liar = LocalStore(tmp_path / "liar")
    liar.put_bytes(blocks(seller.home, published["manifest"]).read_bytes())
    blocks(tmp_path, published["manifest"])
    wrong = liar.directory / "files" / published["manifest"]
    wrong.write_bytes(b"not it")
    (buyer.home / "config.toml").write_text(
        f'[storage]\nsources = ["{tmp_path}/gone", "{liar.directory}", "{seller.home}/store"]\n'
    )
    buyer("buy", published["offer"], "--yes")


@pytest.mark.parametrize("damage", ["truncated", "altered at its end", "empty"])
@pytest.mark.parametrize("what", ["digests", "artifact", "manifest"])
def test_a_file_that_the_disk_damaged_is_seen_before_paying(
    *, buyer: Person, published: dict[str, Any], chain: Chain, what: str, damage: str
) -> None:
    buyer.refused("buy", published["offer"])
    file = blocks(buyer.home, published[what])
    file.write_bytes(DAMAGE[damage](file.read_bytes()))
    told = buyer.refused("buy", published["offer"], "--yes", status=5)
    assert "damaged" in told
    unpaid(chain, buyer)
    file.unlink()
    buyer("buy", published["offer"], "--yes")


def test_no_verify_skips_the_ciphertext_alone(
    buyer: Person, seller: Person, published: dict[str, Any]
) -> None:
    blocks(seller.home, published["artifact"]).unlink()
    buyer.refused("buy", published["offer"], "--yes", status=4)
    ran = buyer("buy", published["offer"], "--no-verify", "--yes")
    assert "was not checked" in ran.err
    blocks(seller.home, published["manifest"]).write_bytes(b"{}")
    blocks(buyer.home, published["manifest"]).unlink()
    buyer.refused("buy", published["offer"], "--no-verify", "--yes", status=5)


Alter = Callable[[dict[str, Any]], dict[str, Any]]


class Forger:
    """Publishes what no honest tool would: from the seller's own manifest, altered and signed."""

    def __init__(self, seller: Person, chain: Chain, published: dict[str, Any]) -> None:
        self.seller, self.chain = seller, chain
        self.store = LocalStore(seller.home / "store")
        with self.store.open(published["manifest"]) as content:
            self.signed = manifest.parse(content.read())

    def altered(self, alter: Alter, by: LocalAccount | None = None) -> SignedManifest:
        """The manifest with some fields changed, signed by the seller or by somebody else."""
        fields = self.signed.model_dump(exclude_none=True)
        fields.pop("signature")
        body = manifest.make(alter(fields))
        signer = Signer(bytes((by or self.seller.account).key))
        return manifest.attach(
            body, bytes(signer.sign_typed_data(full_message=manifest.typed_data(body)).signature)
        )

    def publish(
        self,
        signed: SignedManifest,
        by: LocalAccount | None = None,
        **changes: Any,
    ) -> str:
        """List it, with what the chain commits to changed as told; returns the offer's id."""
        self.store.put_bytes(manifest.encode(signed))
        details: Version = dataclasses.replace(manifest.to_version(signed), **changes)
        who = by or self.seller.account
        draft = offers.draft(who.address, token=self.chain.aim, version=1)
        terms = dataclasses.replace(draft, price=AIM)
        made = self.chain.publish(who, royalty=0, details=details, offer=terms)
        return "0x" + made.offer_id.hex()


@pytest.fixture
def forger(seller: Person, chain: Chain, published: dict[str, Any]) -> Forger:
    return Forger(seller, chain, published)


def same(fields: dict[str, Any]) -> dict[str, Any]:
    return fields


def test_a_forger_who_changes_nothing_sells(buyer: Person, forger: Forger) -> None:
    buyer("buy", forger.publish(forger.altered(same)), "--yes")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"artifact": b"\x11" * 32}, "artifact"),
        ({"plaintext_root": b"\x11" * 32}, "plaintext root"),
        ({"terms": b"\x11" * 32}, "terms"),
    ],
)
def test_a_manifest_that_is_not_what_the_chain_committed_to(
    buyer: Person, forger: Forger, chain: Chain, changes: dict[str, Any], says: str
) -> None:
    offer = forger.publish(forger.altered(same), **changes)
    told = buyer.refused("buy", offer, "--yes", status=5)
    assert "not what the chain committed to" in told
    assert says in told
    unpaid(chain, buyer)


def test_a_manifest_of_somebody_else(
    buyer: Person, forger: Forger, chain: Chain, accounts: list[LocalAccount]
) -> None:
    offer = forger.publish(forger.signed, by=accounts[6])
    assert "it was copied" in buyer.refused("buy", offer, "--yes", status=5)
    unpaid(chain, buyer)


def test_a_key_line_of_somebody_else(
    buyer: Person, forger: Forger, chain: Chain, accounts: list[LocalAccount]
) -> None:
    thief = accounts[6]
    name = f"eip155:{chain.node.chain_id}:{thief.address}"
    stolen = forger.altered(lambda fields: {**fields, "seller": name}, by=thief)
    told = buyer.refused("buy", forger.publish(stolen, by=thief), "--yes", status=5)
    assert "has not shown that they know this line's key" in told
    unpaid(chain, buyer)


def test_a_manifest_that_nobody_signed(
    buyer: Person, forger: Forger, chain: Chain, accounts: list[LocalAccount]
) -> None:
    unsigned = forger.altered(same, by=accounts[6])
    told = buyer.refused("buy", forger.publish(unsigned), "--yes", status=5)
    assert "is not signed by its seller" in told
    unpaid(chain, buyer)


def test_a_manifest_for_another_registry(buyer: Person, forger: Forger, chain: Chain) -> None:
    name = f"eip155:{chain.node.chain_id}:{chain.market}"
    other = forger.altered(lambda fields: {**fields, "registry": name})
    told = buyer.refused("buy", forger.publish(other), "--yes", status=5)
    assert "another registry" in told
    unpaid(chain, buyer)


@pytest.mark.parametrize("part", ["cid", "digests_cid"])
def test_files_that_are_not_what_the_roots_say(
    buyer: Person, forger: Forger, chain: Chain, tmp_path: Path, part: str
) -> None:
    cid = str(forger.signed.model_dump()["artifact"][part])
    data = bytearray(blocks(forger.seller.home, cid).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "wrong").write_bytes(data)
    wrong = forger.store.put_bytes((tmp_path / "wrong").read_bytes())
    assert wrong != cid
    signed = forger.altered(
        lambda fields: {**fields, "artifact": fields["artifact"] | {part: wrong}}
    )
    told = buyer.refused("buy", forger.publish(signed), "--yes", status=5)
    assert "not the one that this version commits to" in told
    unpaid(chain, buyer)


def test_a_manifest_that_is_no_manifest(buyer: Person, forger: Forger, chain: Chain) -> None:
    cid = forger.store.put_bytes(b"<html>gone</html>")
    digest = Cid.parse(cid).digest
    offer = forger.publish(forger.altered(same), manifest=digest)
    buyer.refused("buy", offer, "--yes")
    unpaid(chain, buyer)


def test_bytes_that_somebody_else_registered_first_are_shown_as_such(
    buyer: Person, forger: Forger, seller: Person
) -> None:
    told = buyer("quote", forger.publish(forger.altered(same))).out
    assert "the same bytes were registered before, as model 1" in told


# What an interruption can do


def test_a_purchase_whose_answer_was_lost_is_not_paid_twice(
    buyer: Person, offer: str, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait = Node.wait

    def lost(self: Node, signed: Signed) -> None:
        wait(self, signed)
        raise OutsideFailed("The node went away.")

    with monkeypatch.context() as patched:
        patched.setattr(Node, "wait", lost)
        buyer.refused("buy", offer, "--yes", status=4)
    held = 100 * AIM - 105 * AIM // 10
    assert chain.balance(chain.aim, buyer.account.address) == held
    told = buyer.refused("buy", offer, "--yes")
    assert "You have paid for offer" in told
    assert chain.balance(chain.aim, buyer.account.address) == held
    buyer("buy", offer, "--yes")


def test_a_purchase_that_may_still_be_mined_is_not_repeated_until_it_cannot(
    buyer: Person,
    offer: str,
    chain: Chain,
    local_chain: LocalChain,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lost(self: Node, signed: object) -> None:
        raise OutsideFailed("The node went away.")

    with monkeypatch.context() as patched:
        patched.setattr(Node, "broadcast", lost)
        patched.setattr("daimm_cli.chain.node.PATIENCE", 0.5)
        buyer.refused("buy", offer, "--yes", status=4)
    assert "may still be mined" in buyer.refused("buy", offer, "--yes")
    (note,) = buyer.home.rglob("purchases/*/*.json")
    whole = note.read_bytes()
    note.write_bytes(whole[:-9])
    assert "is damaged" in buyer.refused("buy", offer, "--yes", status=5)
    note.write_bytes(whole)
    pass_time(local_chain, 1300)  # a chain's clock alone is a node's word
    assert "may still be mined" in buyer.refused("buy", offer, "--yes")
    later = time.time() + 1300
    monkeypatch.setattr("daimm_cli.market.payments.time.time", lambda: later)
    buyer("buy", offer, "--yes")


def test_a_purchase_that_the_node_refused_to_pass_on_may_be_mined_all_the_same(
    buyer: Person,
    offer: str,
    chain: Chain,
    local_chain: LocalChain,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept: list[Signed] = []

    def refuses(self: Node, signed: Signed) -> None:
        kept.append(signed)
        raise ChainRefused("The node will not have it.")

    with monkeypatch.context() as patched:
        patched.setattr(Node, "broadcast", refuses)
        assert "will not have it" in buyer.refused("buy", offer, "--yes", status=3)
    (note,) = buyer.home.rglob("purchases/*/*")
    assert "may still be mined" in buyer.refused("buy", offer, "--yes")
    ahead = time.time() + 7_200
    with monkeypatch.context() as patched:  # this machine's clock alone is nobody's deadline
        patched.setattr("daimm_cli.session.session.time.time", lambda: ahead)
        assert "may still be mined" in buyer.refused("buy", offer, "--yes")
    chain.node.broadcast(kept[0])
    chain.node.wait(kept[0])
    assert "You have paid for offer" in buyer.refused("buy", offer, "--yes")
    pass_time(local_chain, 1300)
    monkeypatch.setattr("daimm_cli.market.payments.time.time", lambda: ahead)
    buyer("buy", offer, "--yes")
    assert not note.exists()


def test_a_purchase_that_was_mined_and_failed_costs_nothing_but_gas(
    buyer: Person,
    seller: Person,
    offer: str,
    chain: Chain,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broadcast = Node.broadcast
    with Index.open(seller.home / "copied", chain) as index:
        index.sync()
        terms = index.offer(bytes.fromhex(offer[2:])).offer

    def too_late(self: Node, signed: Signed) -> None:
        monkeypatch.setattr(Node, "broadcast", broadcast)
        chain.node.send(chain.deployed.market.close_offer(terms), seller.account)
        broadcast(self, signed)

    monkeypatch.setattr(Node, "broadcast", too_late)
    buyer.refused("buy", offer, "--yes", status=3)
    assert chain.balance(chain.aim, buyer.account.address) == 100 * AIM


def test_a_purchase_that_a_lagging_node_calls_replaced_is_not_paid_twice(
    buyer: Person, offer: str, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One address, two nodes: one counts the transaction, the other does not have it yet."""
    with monkeypatch.context() as patched:
        patched.setattr("daimm_cli.chain.node.SETTLING", 0.1)
        patched.setattr(Node, "receipt", lambda _self, _transaction: None)
        told = buyer.refused("buy", offer, "--yes", status=3)
    assert "took the place" in told
    held = 100 * AIM - 105 * AIM // 10
    assert chain.balance(chain.aim, buyer.account.address) == held
    assert "You have paid for offer" in buyer.refused("buy", offer, "--yes")
    assert chain.balance(chain.aim, buyer.account.address) == held


def test_a_home_without_a_seed_gets_one_when_it_buys(
    buyer: Person, seller: Person, offer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (buyer.home / "seed.json").unlink()

    def cheap(home: Path, password: str) -> bytes:
        write_seed(home)
        return real(home, password)

    from daimm_cli.accounts import seed

    real = seed.unlock
    monkeypatch.setattr(seed, "create", cheap)
    ran = buyer("buy", offer, "--yes")
    assert "has no seed yet" in ran.err
    assert (buyer.home / "seed.json").exists()
