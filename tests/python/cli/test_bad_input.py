"""Whatever is wrong: one sentence that says what to do, a status above 0, nothing half done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from eth_account import Account

from daimm_cli.bindings.structs import ModelId
from daimm_cli.chain.client import Chain
from daimm_cli.cli import main
from tests.python.chain.samples import write
from tests.python.cli.conftest import Person, write_keystore, write_model
from tools.chain import LocalChain

NOBODY = "0x00000000000000000000000000000000000000aa"


@pytest.fixture
def offer(seller: Person, model_file: Path) -> str:
    made: str = seller.json(
        *("model", "publish", model_file, "--license", "MIT", "--price", "10", "--yes")
    )["offer"]
    return made


PUBLISH = ("--license", "MIT", "--price", "10", "--yes")

BAD_FILES: dict[str, tuple[bytes | None, str]] = {
    "missing.onnx": (None, "There is no file"),
    "empty.safetensors": (b"", "is empty"),
    "model.pkl": (b"\x80\x04.", "pickle"),
    "model.pt": (b"PK\x03\x04", "refused"),
    "cut.safetensors": (b"\xff" * 12, "refused"),
    "noise.onnx": (b"\x00\x01\x02" * 50, "refused"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_files_that_are_no_models(seller: Person, tmp_path: Path, chain: Chain, name: str) -> None:
    content, says = BAD_FILES[name]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    before = seller.files
    assert says in seller.refused("model", "publish", tmp_path / name, *PUBLISH)
    assert seller.files == before
    assert chain.node.view(chain.deployed.registry.version_count(ModelId(1))) == 0


def test_an_empty_folder_and_a_link(seller: Person, tmp_path: Path, model_file: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    assert "no file to publish" in seller.refused("model", "publish", folder, *PUBLISH)
    (folder / "link.safetensors").symlink_to(model_file)
    assert "symbolic link" in seller.refused("model", "publish", folder, *PUBLISH)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--license", "MIT"), "--price"),
        (("--price", "10"), "--license"),
        (("--license", "MIT", "--price", "-1"), "not an amount"),
        (("--license", "MIT", "--price", "1e3"), "not an amount"),
        (("--license", "MIT", "--price", "1.0000000000000000001"), "decimal places"),
        (("--license", "MIT", "--price", "10 EUR"), "another token"),
        (("--license", "MIT", "--price", "9" * 30), "can ask: ask less"),
        (("--license", "MIT", "--price", "9" * 78), "can have: give less"),
        (("--license", "MIT", "--price", "1", *["--parent", "1:1:merge"] * 17), "name the nearest"),
        (("--license", "MIT", "--price", "10", "--token", "USD"), "no token"),
        (("--license", "MIT", "--price", "10", "--token", NOBODY), "not allowed for payment"),
        (("--license", "MIT", "--price", "10", "--deliver-within", "59s"), "--deliver-within"),
        (("--license", "MIT", "--price", "10", "--grace", "9m"), "--grace"),
        (("--license", "MIT", "--price", "10", "--inspection", "8d"), "--inspection"),
        (("--license", "MIT", "--price", "10", "--grace", "soon"), "is not a time"),
        (("--license", "MIT", "--price", "10", "--through", "none"), "no version"),
        (("--license", "MIT", "--price", "10", "--payout", "0x12"), "not an address"),
        (("--license", "MIT", "--price", "10", "--payout", "0x" + "00" * 20), "--payout"),
        (("--license", "MIT", "--price", "10", "--supply", "4294967296"), "--supply"),
        (("--license", "MIT", "--price", "10", "--supply", "few"), "--supply"),
        (("--license", "MIT", "--price", "10", "--supply", "0"), "leave it out"),
        (("--license", "MIT", "--price", "10", "--duration", "0"), "leave it out"),
        (("--license", "MIT", "--price", "10", "--expires", "0"), "leave it out"),
        (("--license", "MIT", "--price", "10", "--arbitrator", NOBODY), "--inspection"),
        (("--license", "MIT", "--price", "10", "--royalty", "10.01"), "royalty"),
        (("--license", "M I T", "--price", "10"), "write an SPDX expression"),
        (("--license", "proprietary", "--price", "10"), "--redistribution, --derivatives"),
        (("--license", "MIT", "--price", "10", "--name", "\u3164"), "nothing to be seen"),
        (("--license", "MIT", "--price", "10", "--use", "everything"), "--use"),
        (("--license", "MIT", "--price", "10", "--terms-url", "file:///x"), "begins with https://"),
        (("--license", "MIT", "--price", "10", "--parent", "1"), "no parent"),
        (("--license", "MIT", "--price", "10", "--card", "none.md"), "There is no file"),
    ],
)
def test_terms_that_cannot_be(
    seller: Person, model_file: Path, chain: Chain, options: tuple[str, ...], says: str
) -> None:
    before = seller.files
    ran = seller.type("model", "publish", model_file, "--yes", *options)
    assert ran.status in (2, 3)
    assert ran.err.count("Error: ") == 1
    assert says in ran.err
    assert ran.out == ""
    assert seller.files == before
    assert chain.node.view(chain.deployed.registry.version_count(ModelId(1))) == 0


def test_an_empty_card(seller: Person, model_file: Path, tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    card.write_text("\n")
    told = seller.refused("model", "publish", model_file, *PUBLISH, "--card", card)
    assert "leave it out" in told


def test_a_card_that_says_another_licence(
    seller: Person, model_file: Path, card_file: Path
) -> None:
    told = seller.refused(
        *("model", "publish", model_file, "--card", card_file),
        *("--license", "Apache-2.0", "--price", "10", "--yes"),
    )
    assert "make them one" in told


def test_an_unknown_parent(seller: Person, model_file: Path) -> None:
    before = seller.files
    told = seller.refused(
        "model", "publish", model_file, *PUBLISH, "--parent", "7:1:fine-tune", status=3
    )
    assert "no version 1 of the parent model 7" in told
    assert seller.files == before  # nothing was encrypted for it


def test_no_money_for_gas(person: Callable[..., Person], model_file: Path) -> None:
    poor = person("poor", 1)
    write_keystore(poor.home / "accounts" / "poor.json", bytes(Account.create().key))
    before = poor.files
    for arguments in (("model", "publish", model_file, *PUBLISH), ("faucet", "--yes")):
        assert "no ether to pay for gas" in poor.refused(*arguments, status=3)
    assert poor.files == before


def test_a_wrong_password(seller: Person, model_file: Path, offer: str, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("another password\n")
    before = seller.files
    for arguments in (
        ("model", "publish", write_model(tmp_path / "new.safetensors"), *PUBLISH),
        ("offer", "close", offer, "--yes"),
        ("model", "retire", 1, 1, "--yes"),
    ):
        assert "password does not open" in seller.refused(*arguments)
    assert seller.files == before


def test_a_password_that_others_can_read(seller: Person, offer: str, tmp_path: Path) -> None:
    (tmp_path / "password").chmod(0o644)
    assert "chmod 600" in seller.refused("offer", "close", offer, "--yes")


def test_things_of_somebody_else(
    person: Callable[..., Person], seller: Person, offer: str, model_file: Path, tmp_path: Path
) -> None:
    other = person("other", 3, source=seller)
    file = write_model(tmp_path / "other.safetensors")
    for arguments in (
        ("offer", "open", 1, "--price", "5", "--yes"),
        ("offer", "close", offer, "--yes"),
        ("offer", "replace", offer, "--price", "5", "--yes"),
        ("model", "retire", 1, 1, "--yes"),
        ("model", "add-version", 1, file, "--license", "MIT", "--yes"),
    ):
        assert "choose" in other.refused(*arguments, status=3)


def test_an_order_of_somebody_else_is_not_declined(
    person: Callable[..., Person], seller: Person, buyer: Person, offer: str
) -> None:
    order = buyer.json("buy", offer, "--no-verify", "--yes")["orders"][0]["order"]
    assert "choose that account" in buyer.refused("order", "decline", order, "--yes", status=3)
    told = buyer.refused("order", "deliver", order, "--yes", status=3)
    assert "deliver only what you offer yourself" in told


@pytest.mark.parametrize(
    "arguments",
    [
        ("model", "show", 99),
        ("model", "retire", 99, 1, "--yes"),
        ("model", "add-version", 99, "model.onnx", "--yes"),
        ("offer", "show", "0x" + "12" * 32),
        ("offer", "show", "0x12345678"),
        ("offer", "show", "three"),
        ("offer", "close", "0x" + "12" * 32, "--yes"),
        ("offer", "open", 99, "--price", "5", "--yes"),
        ("order", "deliver", "0x" + "12" * 32, "--yes"),
        ("order", "deliver"),
        ("order", "deliver", "0x12345678", "--all"),
        ("order", "decline", "0x" + "12" * 32, "--yes"),
        ("account", "show", "nobody"),
        ("account", "show", "../seller"),
        ("store", "path", "not-a-cid"),
        ("store", "cid", "missing"),
        ("balance", "--account", "nobody"),
        ("balance", "--profile", "nowhere"),
        ("withdraw", "--to", "me"),
        ("withdraw", "--token", "gold"),
        ("model", "show", "three"),
        ("model", "show", "0"),
        ("modle",),
        ("model", "publish"),
        ("--nonsense",),
    ],
)
def test_unknown_things(seller: Person, arguments: tuple[object, ...]) -> None:
    seller.refused(*arguments)


def test_what_is_gone(seller: Person, offer: str) -> None:
    seller("offer", "close", offer, "--yes")
    assert "closed already" in seller.refused("offer", "close", offer, "--yes", status=3)
    told = seller.refused("offer", "replace", offer, "--price", "3", "--yes", status=3)
    assert "closed already" in told
    seller("model", "retire", 1, 1, "--yes")
    assert "retired" in seller.refused("offer", "open", 1, "--price", "3", "--yes", status=3)
    assert "owes nothing" in seller.refused("withdraw", "--yes", status=3)


def test_nothing_changes_in_a_replacement(seller: Person, offer: str) -> None:
    assert "Nothing would change" in seller.refused("offer", "replace", offer, "--yes")


def test_no_node(seller: Person) -> None:
    told = seller.refused("balance", "--rpc", "http://127.0.0.1:9", status=4)
    assert "Cannot reach the node" in told


def test_another_chain(seller: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (seller.home / "config.toml").write_text("[profiles.local]\nchain_id = 31337\n")
    with LocalChain(chain_id=4242) as other:
        told = seller.refused("model", "list", "--rpc", other.url)
        assert "is on chain 4242, not 31337" in told


def test_no_contracts(
    seller: Person, deployments: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LocalChain() as empty:
        told = seller.refused("model", "list", "--rpc", empty.url)
        assert "There is no Market at" in told


def test_stopped_market(
    seller: Person, model_file: Path, chain: Chain, accounts: list[object]
) -> None:
    until = chain.node.latest().time + 3600
    write(chain, accounts[0], "Market", "stopNewBusiness", 3600)  # type: ignore[arg-type]
    assert chain.node.view(chain.deployed.market.stopped_until()) >= until
    before = seller.files
    told = seller.refused("model", "publish", model_file, *PUBLISH, status=3)
    assert "stopped until" in told
    assert seller.files == before


def test_no_account_and_too_many(person: Callable[..., Person]) -> None:
    someone = person("first", 1)
    write_keystore(someone.home / "accounts" / "second.json", bytes(Account.create().key))
    assert "there are first, second" in someone.refused("balance")
    for file in (someone.home / "accounts").iterdir():
        file.unlink()
    assert "daimm account new" in someone.refused("balance")


def test_a_key_as_an_argument_is_not_taken(seller: Person) -> None:
    key = "0x" + "11" * 32
    for arguments in (
        ("account", "new", key),
        ("account", "show", key),
        ("balance", "--account", key),
    ):
        told = seller.refused(*arguments)
        assert "private key" in told
        assert key not in told


def test_a_broken_configuration(seller: Person) -> None:
    (seller.home / "config.toml").write_text("profile = [")
    assert "not valid TOML" in seller.refused("balance")


def test_debug_shows_where(seller: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAIMM_DEBUG", "1")
    with pytest.raises(Exception, match="There is no file"):
        main.run(["store", "cid", "missing"])
