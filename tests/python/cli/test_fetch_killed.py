"""A download and a decryption that are killed at any moment, and run again until they are done."""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daimm_cli.artifact.unixfs import RAW, Cid
from daimm_cli.store.local import LocalStore
from tests.python.cli.conftest import AIM, Person, write_model
from tests.python.store.servers import Answer, GatewayOf, serving

MIB = 1 << 20
BLOCKS = 24
SEED = 20_261_122


class Counting:
    """A gateway that counts the leaves it serves, and calls `at_leaf` before each."""

    def __init__(self, store: LocalStore) -> None:
        self.gateway = GatewayOf(store, "raw")
        self.served: Counter[Cid] = Counter()
        self.at_leaf: Callable[[int], object] = lambda _count: None

    def __call__(self, ask: Answer) -> None:
        cid = Cid.parse(ask.route.removeprefix("/ipfs/"))
        if cid.codec == RAW:
            self.served[cid] += 1
            self.at_leaf(self.served.total())
        self.gateway(ask)


@pytest.fixture
def deal(seller: Person, person: Callable[..., Person], tmp_path: Path) -> Any:
    """(buyer, licence, the seller's file, his store), delivered; the buyer has no file of it."""
    source = write_model(tmp_path / "model.safetensors", BLOCKS * MIB)
    offer = seller.json("model", "publish", source, "--license", "MIT", "--price", "10", "--yes")[
        "offer"
    ]
    buyer = person("buyer", 2, money=100 * AIM, source=seller)
    bought = buyer.json("buy", offer, "--yes")["orders"][0]
    seller("order", "deliver", bought["order"], "--yes")
    shutil.rmtree(buyer.home / "store")
    return buyer, bought["license"], source, LocalStore(seller.home / "store")


def fetching(buyer: Person, license_id: str, desk: Path, *more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "daimm_cli", "license", "fetch", license_id, *more],
        cwd=desk,
        env={**os.environ, **buyer.settings, "no_proxy": "127.0.0.1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("place", ["--output", "--unpack"])
def test_a_fetch_that_is_killed_goes_on_where_it_was(deal: Any, tmp_path: Path, place: str) -> None:
    buyer, license_id, source, store = deal
    desk = tmp_path / "desk"
    desk.mkdir()
    chance = random.Random(f"{SEED}{place}")
    kills = 0
    gateway = Counting(store)
    with serving(gateway) as server:
        (buyer.home / "config.toml").write_text(f'[storage]\ngateways = ["{server.url}"]\n')
        # In the middle of the download, four times; then in what follows it, at random moments.
        for stop in (*sorted(chance.sample(range(1, BLOCKS), 4)), None, None, None):
            reached = threading.Event()
            gateway.at_leaf = lambda count, stop=stop, event=reached: (  # type: ignore[misc]
                event.set() if stop is not None and count >= stop else None
            )
            with fetching(buyer, license_id, desk, place, "opened") as process:
                ended = False
                if stop is not None:
                    assert reached.wait(60)
                else:
                    ended = wait_for_work(process, desk, chance.uniform(0, 0.1))
                if not ended:
                    process.kill()
                process.communicate()
            kills += process.returncode == -9
            complete(desk, source, place, partial=process.returncode != 0)
        with fetching(buyer, license_id, desk, place, "opened") as process:
            _, told = process.communicate(timeout=120)
        assert process.returncode == 0, told
    complete(desk, source, place, partial=False)
    assert [path.name for path in desk.iterdir()] == ["opened"]
    assert kills >= 4
    again = sum(count - 1 for count in gateway.served.values())
    assert len(gateway.served) == BLOCKS + 1 + 2  # its header's block, manifest and digest list
    assert again <= 4, "only the block that a kill cut off may be asked for again"


def wait_for_work(process: subprocess.Popen[bytes], desk: Path, more: float) -> bool:
    """Until the decryption has begun, and a random moment longer; True where it ended before."""
    while not any(path.name.startswith(".opened.") for path in desk.iterdir()):
        if process.poll() is not None:
            return True
    try:
        process.wait(more)
    except subprocess.TimeoutExpired:
        return False
    return True


def complete(desk: Path, source: Path, place: str, *, partial: bool) -> None:
    """Under the final name there is all of it or, in between, nothing."""
    opened = desk / "opened"
    if partial and not opened.exists():
        return
    file = opened / source.name if place == "--unpack" else opened
    assert file.read_bytes() == source.read_bytes()


def test_what_a_killed_run_left_goes_and_what_is_anothers_stays(deal: Any, tmp_path: Path) -> None:
    buyer, license_id, source, _ = deal
    desk = tmp_path / "desk"
    dead, alive, other = (
        desk / f".opened.{name}" for name in ("dead0000.daimm", "alive000.daimm", "notours0")
    )
    for folder in (dead, alive, other):
        folder.mkdir(parents=True)
        (folder / "opened").write_bytes(b"a part of the model")
    (desk / ".opened.link0000.daimm").symlink_to(other)
    held = os.open(alive, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        buyer("license", "fetch", license_id, "--output", desk / "opened")
    finally:
        os.close(held)
    assert not dead.exists()
    assert (alive / "opened").exists()
    assert (other / "opened").exists()
    assert (desk / "opened").read_bytes() == source.read_bytes()
