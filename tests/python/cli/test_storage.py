"""Files that go to a daemon and come from one: queued, pushed, pinned, fetched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from daimm_cli.store.local import LocalStore
from tests.python.cli.conftest import AIM, Person
from tests.python.store.servers import Daemon, GatewayOf, serving
from tests.python.store.test_pinning import Service


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


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("kubo = 5", "'storage.kubo' must be text"),
        ('kubo = "nowhere"', "address must be like"),
        ('gateways = "https://x.example"', "'storage.gateways' is a list of URLs"),
        ('gateways = ["x.example"]', "gateway's address must be like"),
        ('kubo = "/ip4/127.0.0.1/tcp/1"\nkubo_auth_file = "none"', "Cannot read the secret"),
        ('ipfs = "x"', "unknown key 'storage.ipfs'"),
    ],
)
def test_wrong_settings(
    seller: Person, publish: Callable[..., object], line: str, says: str
) -> None:
    publish()
    configure(seller, line)
    assert says in seller.refused("model", "show", "1")
