"""Accounts, the seed and the store from the command line."""

from __future__ import annotations

import json
from pathlib import Path

from eth_account import Account

from daimm_cli.accounts.accounts import Accounts
from tests.python.cli.conftest import PASSWORD, Person, write_model

WORDS = "test test test test test test test test test test test junk"


def test_a_new_account_opens_with_its_password(seller: Person) -> None:
    made = seller.json("account", "new", "second")
    signer = Accounts(seller.home / "accounts").unlock("second", PASSWORD)
    assert signer.address == made["address"]
    file = seller.home / "accounts" / "second.json"
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    assert "already" in seller.refused("account", "new", "second")
    assert file.read_bytes() == before


def test_words_are_imported_from_a_file_and_never_shown(seller: Person, tmp_path: Path) -> None:
    file = tmp_path / "words"
    file.write_text(WORDS + "\n")
    assert "chmod 600" in seller.refused("account", "import", "words", "--from", file)
    file.chmod(0o600)
    Account.enable_unaudited_hdwallet_features()
    second = Account.from_mnemonic(WORDS, account_path="m/44'/60'/0'/0/1").address
    ran = seller("account", "import", "words", "--from", file, "--hd-path", "m/44'/60'/0'/0/1")
    assert second in ran.out
    assert "junk" not in ran.out + ran.err
    assert seller.json("account", "show", "words")["address"] == second


def test_a_wrong_mnemonic_is_not_repeated(seller: Person, tmp_path: Path) -> None:
    file = tmp_path / "words"
    file.write_text("secret " * 12)
    file.chmod(0o600)
    (tmp_path / "password").write_text("short")
    told = seller.refused("account", "import", "words", "--from", file)
    assert "secret " not in told
    assert "too short" not in told  # no password is asked for what cannot be imported
    assert not (seller.home / "accounts" / "words.json").exists()


def test_the_seed_is_made_when_it_is_first_needed(seller: Person, model_file: Path) -> None:
    (seller.home / "seed.json").unlink()
    told = seller(
        *("model", "publish", model_file, "--license", "MIT", "--price", "1", "--yes")
    ).err
    assert "daimm secrets export" in told
    assert (seller.home / "seed.json").stat().st_mode & 0o777 == 0o600


def test_the_store_prints_cids_and_finds_files(seller: Person, tmp_path: Path) -> None:
    hello = tmp_path / "hello"
    hello.write_bytes(b"hello world\n")
    known = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4"
    assert seller("store", "cid", hello).out.strip() == known
    assert seller.json("store", "list") == []
    seller("model", "publish", write_model(tmp_path / "m.safetensors"), "--license", "MIT",
           "--price", "0", "--yes")  # fmt: skip
    held = seller.json("store", "list")
    assert len(held) == 3
    path = seller.json("store", "path", held[0]["cid"])["path"]
    assert Path(path).stat().st_size == held[0]["size"]
    Path(path).write_bytes(b"x" * held[0]["size"])
    seller.refused("store", "path", held[0]["cid"], status=5)


def test_what_strangers_wrote_does_not_steer_the_terminal(
    seller: Person, model_file: Path, tmp_path: Path
) -> None:
    card = tmp_path / "README.md"
    card.write_text("---\nlicense: mit\n---\n# Na\x1b[31mme\u202e\n\nSum\x1b]0;mary\x07 of it.\n")
    seller("model", "publish", model_file, "--card", card, "--price", "1", "--yes")
    for arguments in (("model", "show", 1), ("model", "list")):
        ran = seller(*arguments)
        assert "Name" in ran.out
        assert not set(ran.out + ran.err) & set("\x1b\x07\u202e")


def test_a_keystore_that_does_not_say_its_address_acts_like_any_other(seller: Person) -> None:
    file = seller.home / "accounts" / "seller.json"
    stored = json.loads(file.read_text())
    del stored["address"]
    file.write_text(json.dumps(stored))
    assert seller.json("account", "list")[0]["address"] == ""
    assert seller.json("balance")["address"] == seller.account.address
    assert seller.json("account", "show")["address"] == seller.account.address
    assert seller.json("account", "list")[0]["address"] == seller.account.address
