"""Opening what was bought: the right key, the right bytes, whole or not at all."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyrage
import pytest
from eth_account.signers.local import LocalAccount
from pyrage import plugin

from daimm_cli.chain.client import Chain
from daimm_cli.market import receive
from daimm_cli.protocol.curve import G, mul
from tests.python.chain.samples import write
from tests.python.cli.conftest import Person, write_model, write_seed
from tools.chain import LocalChain

SIZE = (1 << 20) + 5000


@dataclasses.dataclass(frozen=True)
class Deal:
    """What was published and bought. source: the seller's own file."""

    source: Path
    published: dict[str, Any]
    order: str
    license: str


Dealer = Callable[..., Deal]


@pytest.fixture
def deal(seller: Person, buyer: Person, tmp_path: Path) -> Dealer:
    """`deal(*files)`: published, bought and, unless told, delivered."""

    def make(*files: Path, deliver: bool = True, more: tuple[str, ...] = ()) -> Deal:
        sources = files or (write_model(tmp_path / "model.safetensors", SIZE),)
        published = seller.json(
            *("model", "publish", *sources, "--license", "MIT", "--name", "Tiny model"),
            *("--version-name", "1.0", "--price", "10", "--yes", *more),
        )
        bought = buyer.json("buy", published["offer"], "--yes")["orders"][0]
        if deliver:
            seller("order", "deliver", bought["order"], "--yes")
        return Deal(sources[0], published, bought["order"], bought["license"])

    return make


def clean(folder: Path, *expected: str) -> None:
    """The folder has these entries and nothing half-written."""
    assert sorted(path.name for path in folder.iterdir()) == sorted(expected)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the buyer works in."""
    folder = tmp_path / "desk"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_the_model_is_the_sellers_byte_for_byte(buyer: Person, deal: Dealer, desk: Path) -> None:
    made = deal()
    ran = buyer("license", "fetch", made.license[:10])
    assert ran.out == "model.safetensors\n"
    assert (desk / "model.safetensors").read_bytes() == made.source.read_bytes()
    assert stat.S_IMODE((desk / "model.safetensors").stat().st_mode) == 0o600
    clean(desk, "model.safetensors")


def test_a_licence_is_also_found_by_its_order(buyer: Person, deal: Dealer, desk: Path) -> None:
    made = deal()
    told = buyer.json("license", "fetch", made.order, "--output", "m.safetensors")
    assert told["license"] == made.license
    assert Path(told["files"][0]).read_bytes() == made.source.read_bytes()


def test_the_key_is_kept_and_opens_when_the_node_has_forgotten_the_delivery(
    buyer: Person, deal: Dealer, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = deal()
    (buyer.home / "store").mkdir(exist_ok=True)
    assert buyer.json("license", "show", made.license)["key_here"] is False
    buyer("license", "fetch", made.license)
    assert buyer.json("license", "show", made.license)["key_here"] is True
    (file,) = (buyer.home / "keys").rglob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (desk / "model.safetensors").unlink()

    def forgotten(*_arguments: object) -> None:
        raise AssertionError("asked the chain for a key that is at home")

    monkeypatch.setattr(receive, "take_delivered", forgotten)
    buyer("license", "fetch", made.license)


def test_the_key_is_kept_before_the_files_are_there(
    buyer: Person, seller: Person, deal: Dealer, desk: Path
) -> None:
    made = deal()
    for home in (buyer.home, seller.home):
        (home / "store" / "files" / made.published["artifact"]).unlink()
    buyer.refused("license", "fetch", made.license, status=4)
    assert buyer.json("license", "show", made.license)["key_here"] is True
    clean(desk)


def test_fetching_twice_leaves_what_is_right_and_refuses_what_is_not(
    buyer: Person, deal: Dealer, desk: Path
) -> None:
    made = deal()
    buyer("license", "fetch", made.license)
    before = (desk / "model.safetensors").stat()
    buyer("license", "fetch", made.license)
    assert (desk / "model.safetensors").stat().st_mtime_ns == before.st_mtime_ns
    for content in (b"mine", made.source.read_bytes()[:-1], made.source.read_bytes() + b"\0"):
        (desk / "model.safetensors").write_bytes(content)
        told = buyer.refused("license", "fetch", made.license)
        assert "is something else" in told
        assert (desk / "model.safetensors").read_bytes() == content


def test_a_folder_or_a_link_in_the_way_is_left_alone(
    buyer: Person, deal: Dealer, desk: Path
) -> None:
    made = deal()
    (desk / "folder").mkdir()
    (desk / "link").symlink_to(desk / "nowhere")
    for name in ("folder", "link"):
        told = buyer.refused("license", "fetch", made.license, "--output", name)
        assert "is something else" in told
    clean(desk, "folder", "link")


def test_several_files_come_as_a_pack_or_unpacked(
    buyer: Person, deal: Dealer, desk: Path, tmp_path: Path
) -> None:
    weights = write_model(tmp_path / "weights.safetensors", SIZE)
    config = tmp_path / "config.json"
    config.write_text("{}")
    made = deal(weights, config)
    packed = buyer("license", "fetch", made.license)
    assert packed.out == "Tiny-model-1.0.tar\n"
    assert "Tiny-model-1.0.tar is a tar of 2 files: --unpack FOLDER" in packed.err
    ran = buyer("license", "fetch", made.license, "--unpack", "model")
    assert "is a tar" not in ran.err
    assert ran.out == "model/config.json\nmodel/weights.safetensors\n"
    assert (desk / "model/weights.safetensors").read_bytes() == weights.read_bytes()
    assert (desk / "model/config.json").read_text() == "{}"
    clean(desk, "Tiny-model-1.0.tar", "model")
    buyer("license", "fetch", made.license, "--unpack", "model")
    (desk / "model/config.json").write_text("{ }")
    assert "is something else" in buyer.refused(
        "license", "fetch", made.license, "--unpack", "model"
    )
    assert (desk / "model/config.json").read_text() == "{ }"


def test_a_single_file_can_be_unpacked_into_a_folder(
    buyer: Person, deal: Dealer, desk: Path
) -> None:
    made = deal()
    assert buyer("license", "fetch", made.license, "--unpack", "m").out == "m/model.safetensors\n"
    clean(desk, "m")


def test_one_place_at_a_time(buyer: Person, deal: Dealer, desk: Path) -> None:
    made = deal()
    told = buyer.refused("license", "fetch", made.license, "--output", "a", "--unpack", "b")
    assert "not both" in told


def test_lists_and_shows_what_it_opens(
    buyer: Person, seller: Person, deal: Dealer, local_chain: LocalChain, desk: Path
) -> None:
    made = deal(more=("--duration", "30d"), deliver=False)
    assert buyer.json("license", "list")[0]["state"] == "waiting for its key"
    seller("order", "deliver", made.order, "--yes")
    (listed,) = buyer.json("license", "list")
    assert (listed["license"], listed["state"]) == (made.license, "settled")
    assert listed["expires_at"] == listed["delivered_at"] + 30 * 86400
    assert made.license in buyer("license", "list").out
    shown = buyer("license", "show", made.license[:10]).out
    assert "ended" not in shown
    local_chain.travel(31 * 86400)
    assert "ended" in buyer("license", "show", made.license[:10]).out
    assert "Your access ended at" in buyer("license", "fetch", made.license).err
    assert seller.json("license", "list") == []


def test_a_licence_of_another_issuer_hides_no_others(
    buyer: Person, deal: Dealer, chain: Chain, accounts: list[LocalAccount]
) -> None:
    made = deal()
    admin, issuer = accounts[0], accounts[6]
    write(chain, admin, "ModelLicense", "setIssuer", issuer.address, True)
    copied = bytes.fromhex(made.order[2:])
    for order in (b"\x77" * 32, copied):  # an order of its own, and one that is not its own
        grant = (1, 1, 2, True)
        write(chain, issuer, "ModelLicense", "mint", buyer.account.address, order, grant)
    # Whoever issued them knows what they open: no event of the licence says.
    (mine,) = buyer.json("license", "list")
    assert (mine["license"], mine["state"]) == (made.license, "settled")
    assert buyer.json("license", "show", made.license)["state"] == "settled"


def test_an_undelivered_licence_opens_nothing(buyer: Person, deal: Dealer, desk: Path) -> None:
    made = deal(deliver=False)
    told = buyer.refused("license", "fetch", made.license, status=3)
    assert "not delivered yet" in told
    clean(desk)


def test_a_refunded_licence_opens_nothing(
    buyer: Person, deal: Dealer, desk: Path, local_chain: LocalChain
) -> None:
    made = deal(deliver=False)
    local_chain.travel(2 * 86400)
    told = buyer.refused("license", "fetch", made.license, status=3)
    assert f"take the money back.\nNext: daimm order refund {made.order}" in told
    buyer("order", "refund", made.order, "--yes")
    told = buyer.refused("license", "fetch", made.license, status=3)
    assert "was refunded" in told
    assert buyer.json("license", "list")[0]["state"] == "refunded"


def test_a_licence_that_was_given_away_is_shown_as_such(
    buyer: Person,
    person: Callable[..., Person],
    seller: Person,
    deal: Dealer,
    chain: Chain,
    desk: Path,
) -> None:
    made = deal()
    friend = person("friend", 5, source=seller)
    chain.node.send(
        chain.deployed.licenses.transfer_from(
            buyer.account.address, friend.account.address, int(made.license, 16)
        ),
        buyer.account,
    )
    assert buyer.json("license", "list")[0]["state"] == "held by somebody else"
    assert friend.json("license", "list")[0]["state"] == "settled"
    told = friend.refused("license", "fetch", made.license)
    assert "opens only in the home that bought it" in told
    clean(desk)


def test_another_seed_does_not_open(buyer: Person, deal: Dealer, desk: Path) -> None:
    made = deal()
    (buyer.home / "seed.json").unlink()
    assert "There is no seed" in buyer.refused("license", "fetch", made.license)
    write_seed(buyer.home)
    assert "that home's seed" in buyer.refused("license", "fetch", made.license)
    clean(desk)


def test_a_wrong_password_opens_nothing(
    buyer: Person, deal: Dealer, desk: Path, tmp_path: Path
) -> None:
    made = deal()
    (tmp_path / "password").write_text("another password\n")
    assert "password does not open" in buyer.refused("license", "fetch", made.license)
    clean(desk)


@pytest.mark.parametrize("verb", ["show", "fetch"])
@pytest.mark.parametrize("name", ["0x" + "12" * 32, "0x12345678", "mine", "0x12", "../../x"])
def test_unknown_licences(buyer: Person, verb: str, name: str) -> None:
    told = buyer.refused("license", verb, name)
    assert "licence" in told


def test_somebody_elses_licence(
    person: Callable[..., Person], seller: Person, deal: Dealer, desk: Path
) -> None:
    made = deal()
    stranger = person("stranger", 6, source=seller)
    told = stranger.refused("license", "fetch", made.license)
    assert "of this account" in told
    clean(desk)


def test_versions_open_as_far_as_line_and_licence_reach(
    buyer: Person, seller: Person, deal: Dealer, desk: Path, tmp_path: Path
) -> None:
    made = deal(more=("--through", "4"))
    same_line = write_model(tmp_path / "second.safetensors")
    own_line = write_model(tmp_path / "third.safetensors")
    add = ("model", "add-version", 1)
    seller(*add, same_line, "--license", "MIT", "--line-of", "1", "--yes")
    seller(*add, own_line, "--license", "MIT", "--yes")
    buyer("license", "fetch", made.license, "--version", 2)
    assert (desk / "second.safetensors").read_bytes() == same_line.read_bytes()
    fetch = ("license", "fetch", made.license, "--version")
    told = buyer.refused(*fetch, 3)
    assert "a key line of its own" in told
    assert f"Next: daimm license ask {made.license} --version 3" in told
    assert "has no version 4 yet" in buyer.refused(*fetch, 4)
    assert "does not reach version 5" in buyer.refused(*fetch, 5)
    clean(desk, "second.safetensors")


# What a disk, a source, a node or a seller can do

DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda data: data[:-1],
    "altered in its first block": lambda data: (
        data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :]
    ),
    "longer": lambda data: data + b"\0",
    "empty": lambda data: b"",
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("what", ["artifact", "digests", "manifest"])
def test_damaged_files_open_to_nothing(
    *, buyer: Person, deal: Dealer, desk: Path, what: str, damage: str
) -> None:
    made = deal()
    file = buyer.home / "store" / "files" / made.published[what]
    right = file.read_bytes()
    file.write_bytes(DAMAGE[damage](right))
    told = buyer.refused("license", "fetch", made.license, "--output", "m", status=5)
    assert "damaged" in told
    clean(desk)
    file.unlink()
    buyer("license", "fetch", made.license, "--output", "m")
    assert (desk / "m").read_bytes() == made.source.read_bytes()


def test_a_wrong_tag_over_the_right_content_is_let_pass(
    buyer: Person, deal: Dealer, desk: Path
) -> None:
    made = deal()
    file = buyer.home / "store" / "files" / made.published["artifact"]
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    buyer("license", "fetch", made.license)
    assert (desk / "model.safetensors").read_bytes() == made.source.read_bytes()


@pytest.fixture
def lying(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A node that shows the buyer another proof than the chain took."""
    from daimm_cli.market import lookup

    honest = lookup.my_licenses

    def lie(**changes: Any) -> None:
        def shown(*arguments: Any, **named: Any) -> list[lookup.Held]:
            return [_with(held) for held in honest(*arguments, **named)]

        def _with(held: lookup.Held) -> lookup.Held:
            assert held.order.proof is not None
            proof = dataclasses.replace(held.order.proof, **changes)
            return dataclasses.replace(held, order=dataclasses.replace(held.order, proof=proof))

        monkeypatch.setattr(lookup, "my_licenses", shown)

    return lie


@pytest.mark.parametrize("changes", [{"z": mul(7, G)}, {"w": 7}, {"receiver": "0x" + "ab" * 20}])
def test_a_node_that_shows_another_proof_is_seen_through(
    buyer: Person, deal: Dealer, desk: Path, lying: Callable[..., None], changes: dict[str, Any]
) -> None:
    made = deal()
    lying(**changes)
    told = buyer.refused("license", "fetch", made.license, status=5)
    assert "the chain cannot have taken: use another node" in told
    assert not (buyer.home / "keys").exists()
    clean(desk)


def keep_wrong_key(buyer: Person, made: Deal) -> None:
    """As if an earlier run had kept what a lying node showed."""
    from daimm_cli.accounts import seed
    from daimm_cli.protocol.curve import SecretPoint
    from tests.python.cli.conftest import PASSWORD

    wrong = mul(12, G)
    line = buyer.json("offer", "show", made.published["offer"])["terms"]["line"]
    point = type(G)(int(line["x"], 16), int(line["y"], 16))
    opened = seed.unlock(buyer.home, PASSWORD)
    keys = receive.Keys(buyer.home, 31337)
    keys.keep(opened, int(made.license, 16), point, SecretPoint(wrong.x, wrong.y))


def test_a_wrong_key_that_was_kept_is_taken_anew_from_the_chain(
    buyer: Person, deal: Dealer, desk: Path
) -> None:
    made = deal()
    keep_wrong_key(buyer, made)
    buyer("license", "fetch", made.license)
    assert (desk / "model.safetensors").read_bytes() == made.source.read_bytes()
    (kept,) = (buyer.home / "keys").rglob("*.json")
    before = kept.read_bytes()
    buyer("license", "fetch", made.license, "--output", "again")
    assert kept.read_bytes() == before, "now it is the right one"


@pytest.fixture
def fraud(deal: Dealer) -> Callable[[], Deal]:
    """The seller encrypted under another key than the line's."""
    from daimm_cli.protocol import keys

    def make() -> Deal:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(keys, "file_key", lambda _s: bytes(16))
            return deal()

    return make


def test_content_that_is_not_what_was_promised_is_not_written(
    buyer: Person, fraud: Callable[[], Deal], desk: Path
) -> None:
    made = fraud()
    told = buyer.refused("license", "fetch", made.license, status=5)
    assert "other content than was promised" in told
    clean(desk)


def test_nobody_is_called_a_fraud_for_what_a_node_made_up(
    buyer: Person, fraud: Callable[[], Deal], desk: Path, lying: Callable[..., None]
) -> None:
    made = fraud()
    buyer.refused("license", "fetch", made.license, status=5)  # keeps the key
    lying(z=mul(7, G))
    told = buyer.refused("license", "fetch", made.license, status=5)
    assert "use another node" in told
    assert "other content than was promised" not in told
    clean(desk)


@pytest.mark.parametrize("content", ["{}", "", "[" * 100_000])
def test_a_damaged_key_is_fetched_anew(
    buyer: Person, deal: Dealer, desk: Path, content: str
) -> None:
    made = deal()
    buyer("license", "fetch", made.license)
    (file,) = (buyer.home / "keys").rglob("*.json")
    right = len(file.read_bytes())
    file.write_text(content)
    buyer("license", "fetch", made.license, "--output", "again")
    assert len(file.read_bytes()) == right


@pytest.mark.parametrize("option", ["--output", "--unpack"])
def test_a_folder_that_is_not_there_is_not_made(
    buyer: Person, deal: Dealer, desk: Path, option: str
) -> None:
    made = deal()
    told = buyer.refused("license", "fetch", made.license, option, "nowhere/x")
    assert "There is no folder nowhere" in told
    clean(desk)


@pytest.mark.parametrize("option", ["--unpack", "--output"])
@pytest.mark.parametrize("kind", ["pack", "single file"])
def test_what_is_not_what_the_manifest_lists_is_not_opened(
    buyer: Person, deal: Dealer, desk: Path, tmp_path: Path, kind: str, option: str
) -> None:
    """The digests of the files in clear are the seller's word: no root covers them."""
    from daimm_cli.manifest import manifest

    sources = [write_model(tmp_path / "config.safetensors")]
    if kind == "pack":
        sources.append(write_model(tmp_path / "weights.safetensors"))
    honest = manifest.files_part

    def lying(files: Any) -> list[dict[str, Any]]:
        described = honest(files)
        described[0]["sha256"] = hashlib.sha256(b"other").hexdigest()
        return described

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(manifest, "files_part", lying)
        made = deal(*sources)
    told = buyer.refused("license", "fetch", made.license, option, "m", status=5)
    assert "other files than the manifest lists (config.safetensors)" in told
    clean(desk)
    if kind == "single file":  # what is there already is held to the same
        (desk / "m").write_bytes(sources[0].read_bytes())
        buyer.refused("license", "fetch", made.license, "--output", "m", status=5)


def test_an_interruption_leaves_nothing_half_written(
    buyer: Person, deal: Dealer, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from daimm_cli.artifact import pipeline

    made = deal()

    def stopped(*arguments: Any, **named: Any) -> None:
        Path(arguments[2]).write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "unseal", stopped)
        assert buyer.type("license", "fetch", made.license).status == 130
    clean(desk)
    buyer("license", "fetch", made.license)


def test_a_gift_is_opened_by_who_bought_it(
    buyer: Person, seller: Person, deal: Dealer, desk: Path, accounts: list[LocalAccount]
) -> None:
    made = deal(deliver=False)
    gift = buyer.json("buy", made.published["offer"], "--for", accounts[5].address, "--yes")
    seller("order", "deliver", "--all", "--yes")
    ran = buyer("license", "fetch", gift["orders"][0]["license"])
    assert "Somebody else holds this licence" in ran.err
    assert (desk / "model.safetensors").read_bytes() == made.source.read_bytes()


def test_who_was_given_a_licence_is_told_who_can_open_it(
    buyer: Person, person: Callable[..., Person], seller: Person, deal: Dealer, desk: Path
) -> None:
    made = deal(deliver=False)
    friend = person("friend", 5, source=seller)
    gift = buyer.json("buy", made.published["offer"], "--for", friend.account.address, "--yes")
    seller("order", "deliver", "--all", "--yes")
    ident = gift["orders"][0]["license"]
    shown = friend("license", "show", ident)
    assert "ask for a key" in shown.err
    assert "license fetch" not in shown.err
    told = friend.refused("license", "fetch", ident)
    assert buyer.account.address in told
    assert f"Next: daimm license ask {ident}" in told
    clean(desk)


def test_a_holder_opens_the_artifact_with_any_age_program(
    buyer: Person, deal: Dealer, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [str(Path(sys.executable).parent), os.environ["PATH"]]
    monkeypatch.setenv("PATH", os.pathsep.join(places))
    made = deal()
    ran = buyer("license", "identity", made.license, "--output", "key")
    assert "age -d -i key" in ran.err
    assert stat.S_IMODE((desk / "key").stat().st_mode) == 0o600
    secret = (desk / "key").read_text().splitlines()[-1]
    assert secret not in ran.out + ran.err
    artifact = buyer.home / "store" / "files" / made.published["artifact"]
    buyer("license", "fetch", made.license, "--output", "fetched")
    opener = plugin.IdentityPluginV1("daimm", [plugin.Identity.from_str(secret)], None)
    pyrage.decrypt_file(str(artifact), str(desk / "opened"), [opener])
    assert (desk / "opened").read_bytes() == made.source.read_bytes()


@pytest.mark.parametrize("target", ["there", "nowhere/key"])
def test_an_identity_replaces_no_file_and_makes_no_folder(
    buyer: Person, deal: Dealer, desk: Path, target: str
) -> None:
    made = deal()
    (desk / "there").write_text("mine")
    told = buyer.refused("license", "identity", made.license, "--output", target)
    assert "name another place" in told
    assert (desk / "there").read_text() == "mine"
    clean(desk, "there")


def test_no_identity_without_a_delivery(buyer: Person, deal: Dealer, desk: Path) -> None:
    made = deal(deliver=False)
    buyer.refused("license", "identity", made.license, "--output", "key", status=3)
    clean(desk)
