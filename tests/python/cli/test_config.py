"""`daimm config show`: what is in force, what set it, and nothing secret."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.python.cli.conftest import Person
from tools.json_shapes import shapes


def test_every_setting_is_shown_with_what_set_it(seller: Person) -> None:
    file = seller.home / "config.toml"
    file.write_text(
        'password_keyring = false\n[storage]\ngateways = ["https://g.example"]\n'
        "[keeper]\nbatch = 7\n"
    )
    seller.settings["DAIMM_KEEPER_POLL"] = "5"
    seller.settings["DAIMM_RPC"] = "https://user:pw@node.example/TOKEN"
    seller.settings["DAIMM_KEEPER_SUBMIT"] = "https://relay.example/TOKEN"
    told = {row["key"]: row for row in seller.json("config", "show")["settings"]}
    assert (told["storage.gateways"]["value"], told["storage.gateways"]["origin"]) == (
        ["https://g.example"],
        str(file),
    )
    assert (told["keeper.batch"]["value"], told["keeper.batch"]["origin"]) == (7, str(file))
    assert told["keeper.poll"]["origin"] == "DAIMM_KEEPER_POLL"
    assert told["keeper.patience"]["origin"] == "default"
    assert told["profiles.local.rpc"]["value"] == "https://node.example"
    assert told["profiles.local.rpc"]["origin"] == "DAIMM_RPC"
    options = ("--rpc", "http://127.0.0.1:1", "--home", seller.home)
    typed = {row["key"]: row for row in seller.json("config", "show", *options)["settings"]}
    assert [typed[key]["origin"] for key in ("home", "profiles.local.rpc")] == ["--home", "--rpc"]
    ran = seller("config", "show")
    assert "TOKEN" not in ran.out
    assert "pw" not in ran.out.replace("password", "")
    assert "password_keyring\tfalse\t" in ran.out


@pytest.mark.parametrize("typed", ["account show", "account list", "config show", "doctor"])
def test_what_is_printed_has_the_keys_of_the_reference(typed: str, seller: Person) -> None:
    def drawn(value: Any) -> str:
        if isinstance(value, list):
            return f"[{drawn(value[0])}]" if value and drawn(value[0]) else ""
        if not isinstance(value, dict):
            return ""
        parts = ((name, drawn(part)) for name, part in value.items())
        return "{" + ", ".join(f"{name}: {part}" if part else name for name, part in parts) + "}"

    assert shapes()[typed] == [drawn(json.loads(seller.type(*typed.split(), "--json").out))]
