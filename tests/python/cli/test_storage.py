"""Files that go to a daemon and come from one: queued, pushed, pinned, fetched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from daimm_cli.artifact.unixfs import Cid
from daimm_cli.store.local import LocalStore
from tests.python.cli.conftest import AIM, Person
from tests.python.store.servers import Daemon, GatewayOf, serving
from tests.python.store.test_pinning import Service

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def configure(person: Person, *lines: str) -> None:
    (person.home / "config.toml").write_text("\n".join(["[storage]", *lines, ""]))


@pytest.fixture
def publish(seller: Person, model_file: Path, card_file: Path) -> Callable[..., object]:
    def run() -> object:
        words = ["model", "publish", model_file, "--card", card_file, "--price", "5 AIM"]
        return seller(*words, "--yes", "--json")

    return run


def states(person: Person) -> dict[str, int]:
    found: dict[str, int] = {}
    for file in person.json("store", "status")["files"]:
        found[file["state"]] = found.get(file["state"], 0) + 1
    return found


def test_publishing_without_a_daemon_queues(seller: Person, publish: Callable[..., object]) -> None:
    configure(seller, 'kubo = "/ip4/127.0.0.1/tcp/1"')
    ran = publish()
    assert "Not on IPFS yet" in ran.err  # type: ignore[attr-defined]
    assert states(seller) == {"queued": 3}
    assert "is not running" in seller.refused("store", "push", status=4)
    assert "is not running" in seller.json("store", "status")["daemon"]["problem"]
    daemon = Daemon()
    with serving(daemon) as server:
        configure(seller, f'kubo = "{server.url}"')
        done = seller.json("store", "push")
        assert {push["cid"] for push in done} == daemon.pins
        assert seller("store", "push").out == "Nothing waits to be pushed.\n"
    assert states(seller) == {"pushed": 3}


def test_publishing_without_settings_stays_local(
    seller: Person, publish: Callable[..., object]
) -> None:
    ran = publish()
    assert "IPFS" not in ran.err  # type: ignore[attr-defined]
    assert "No IPFS daemon is named" in seller.refused("store", "push")
    assert "serves alone" in seller("store", "status").err


@pytest.mark.parametrize("through", ["daemon", "raw", "car"])
def test_a_buyer_reads_what_the_seller_pushed(
    seller: Person,
    person: Callable[..., Person],
    publish: Callable[..., object],
    tmp_path: Path,
    through: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    buyer = person("buyer", 2, money=100 * AIM)
    with serving(Daemon()) as server:
        configure(seller, f'kubo = "{server.url}"')
        offer = publish().json["offer"]  # type: ignore[attr-defined]
        gateway = GatewayOf(LocalStore(seller.home / "store"), through)
        with serving(gateway) as other:
            if through == "daemon":
                configure(buyer, f'kubo = "{server.url}"')
            else:
                configure(buyer, 'kubo = "/ip4/127.0.0.1/tcp/1"', f'gateways = ["{other.url}"]')
            bought = buyer.json("buy", offer, "--yes")["orders"][0]
            seller("order", "deliver", "--all", "--yes")
            buyer("license", "fetch", bought["license"], "--output", tmp_path / "opened")
    assert (tmp_path / "opened").read_bytes() == (tmp_path / "model.safetensors").read_bytes()


def test_pinning(seller: Person, publish: Callable[..., object]) -> None:
    publish()
    cid = seller.json("store", "list")[0]["cid"]
    service = Service("queued", "pinned")
    token = seller.home / "token"
    token.touch(0o600)
    token.write_text("t0ken\n")
    with serving(service) as server:
        configure(seller, f'pinning = "{server.url}/psa"', 'pinning_token_file = "token"')
        service.states = ["pinned"]
        assert seller.json("store", "pin", cid)["pinned"] == [cid]
        assert service.made == [cid]
        token.chmod(0o644)
        assert "chmod 600" in seller.refused("store", "pin", cid)
    configure(seller)
    assert "No pinning service is named, and no IPFS daemon" in seller.refused("store", "pin", cid)


def test_collecting(seller: Person, publish: Callable[..., object]) -> None:
    publish()
    (seller.home / "store" / "nodes" / "stray").write_bytes(bytes(7))
    assert seller.json("store", "gc") == {"freed": 7}
    assert states(seller) == {"queued": 3}


def test_a_cid_is_taken_as_people_paste_it(seller: Person) -> None:
    store = LocalStore(seller.home / "store")
    small, large = store.put_bytes(b"manifest"), store.put_bytes(bytes(3 << 20))
    digest = Cid.parse(large).digest
    number, old = int.from_bytes(b"\x12\x20" + digest), ""
    while number:
        number, rest = divmod(number, 58)
        old = BASE58[rest] + old
    assert old.startswith("Qm")
    for cid, texts in {
        small: [f"ipfs://{small}", f"/ipfs/{small}", f"https://gateway.example/ipfs/{small}/"],
        large: [large, old, f"ipfs://{old}"],
    }.items():
        for text in texts:
            assert seller.json("store", "path", text)["cid"] == cid
    assert "the file itself" in seller.refused("store", "path", f"/ipfs/{small}/model.onnx")
    wrong = old[:-1] + ("1" if old[-1] != "1" else "2")
    assert "not in this store" in seller.refused("store", "path", wrong)
    for text in ("Qm" + "z" * 44, old.lower(), "zdj7", "https://gateway.example/", ""):
        assert "CID" in seller.refused("store", "path", text)


def test_damage_is_told_of_the_place_where_it_is(
    seller: Person, buyer: Person, publish: Callable[..., object]
) -> None:
    made = publish().json  # type: ignore[attr-defined]
    file = seller.home / "store" / "files" / made["manifest"]
    content = bytearray(file.read_bytes())
    content[5] ^= 1
    file.write_bytes(content)
    there = buyer.refused("buy", made["offer"], "--yes", status=5)
    assert str(seller.home / "store") in there
    assert "read as a source" in there
    here = seller.refused("store", "path", made["manifest"], status=5)
    assert "damaged in the local store" in here


def test_a_damaged_entry_of_the_queue_is_pushed_once_more(
    seller: Person, publish: Callable[..., object]
) -> None:
    publish()
    for file in (seller.home / "store" / "queue").iterdir():
        file.write_bytes(b"{")
    assert states(seller) == {"queued": 3}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("kubo = 5", "'storage.kubo' must be text"),
        ('kubo = "nowhere"', "address must be like"),
        ('gateways = "https://x.example"', "'storage.gateways' must be a list"),
        ('gateways = ["x.example"]', "gateway's address must be like"),
        ('kubo = "/ip4/127.0.0.1/tcp/1"\nkubo_auth_file = "none"', "Cannot read the secret"),
        ('ipfs = "x"', "'storage.ipfs': unknown key"),
    ],
)
def test_wrong_settings(
    seller: Person, publish: Callable[..., object], line: str, says: str
) -> None:
    publish()
    configure(seller, line)
    assert says in seller.refused("model", "show", "1")
