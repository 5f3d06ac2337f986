"""The seller's path on a real chain: publish, price, deliver, collect."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.artifact import pipeline
from daimm_cli.bindings.structs import ModelId
from daimm_cli.chain.client import Chain
from daimm_cli.chain.terms import LicenseState, Offer, Version
from daimm_cli.protocol.curve import Point, compress
from daimm_cli.store.local import LocalStore
from tests.python.cli.conftest import AIM, Person, write_model
from tests.python.models.samples import saved, small_model
from tools.chain import LocalChain


def published(seller: Person, model: Path, *more: object) -> dict[str, object]:
    made: dict[str, object] = seller.json(
        "model", "publish", model, "--license", "MIT", "--price", 10, "--yes", *more
    )
    return made


def test_publish_puts_the_artifact_into_the_store_and_its_commitment_on_the_chain(
    seller: Person, model_file: Path, card_file: Path, chain: Chain
) -> None:
    made = seller.json("model", "publish", model_file, "--card", card_file, "--price", "10", "-y")
    store = LocalStore(seller.home / "store")
    page = seller.json("model", "show", made["model"])
    (version,) = page["versions"]
    manifest = version["manifest"]
    assert (manifest["name"], manifest["terms"]["license"]) == ("Tiny model", "MIT")
    assert page["owner"] == seller.account.address
    line = compress(Point(*(int(manifest["key_line"][axis], 16) for axis in "xy")))
    checked = pipeline.check(store.path(made["artifact"]), store.path(made["digests"]), line)
    assert "0x" + checked.artifact.commitment.hex() == version["details"]["artifact"]
    assert chain.is_open(bytes.fromhex(made["offer"][2:]))
    assert made["gas"] > 0


def test_publish_tells_what_it_costs_before_it_sends(seller: Person, model_file: Path) -> None:
    ran = seller(
        *("model", "publish", model_file, "--license", "MIT"),
        *("--price", "10", "--inspection", "2d", "--supply", "5", "--yes"),
    )
    assert "9.9 AIM a sale, after the protocol's 1%" in ran.err
    assert "2 days" in ran.err
    assert "gas, at most" in ran.err
    assert "daimm buy 0x" in ran.err


def test_a_folders_readme_is_its_card_and_all_terms_are_shown(
    seller: Person, tmp_path: Path
) -> None:
    folder = tmp_path / "net"
    folder.mkdir()
    write_model(folder / "model.safetensors")
    card = "---\nlicense: cc-by-nc-2.0\n---\n# Net\n\n```\ncode\n```\n\nTells types.\n"
    (folder / "README.md").write_text(card)
    told = seller.type("model", "publish", folder, "--price", "10")
    assert "use non-commercial, redistribution same-terms, derivatives same-terms" in told.err
    assert "Tells types." in told.err
    assert "README.md is taken as the model card" in told.err
    made = seller.json("model", "publish", folder, "--price", "10", "--yes")
    (version,) = seller.json("model", "show", made["model"])["versions"]
    assert version["manifest"]["card"] == card
    assert version["manifest"]["description"] == "Tells types."
    assert version["manifest"]["terms"] == {
        "license": "CC-BY-NC-2.0", "use": "non-commercial", "redistribution": "same-terms",
        "derivatives": "same-terms", "derivative_share": 0,
    }  # fmt: skip


def test_what_inference_says_is_told_and_no_reason_to_refuse(
    seller: Person, tmp_path: Path
) -> None:
    model = small_model()
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 99
    file = saved(tmp_path, model)
    ran = seller("model", "publish", file, "--license", "MIT", "--price", "10", "--yes")
    assert "About m.onnx: Shape inference says" in ran.err


def test_a_new_versions_terms_are_shown(seller: Person, model_file: Path, tmp_path: Path) -> None:
    made = published(seller, model_file)
    ran = seller(
        *("model", "add-version", made["model"], write_model(tmp_path / "two.safetensors")),
        *("--license", "gpl-3.0-only", "--summary", "Better than one.", "--yes"),
    )
    assert "GPL-3.0-only: use any, redistribution same-terms, derivatives same-terms" in ran.err
    assert "Better than one." in ran.err


def test_without_yes_and_without_a_terminal_nothing_is_sent(
    seller: Person, model_file: Path, chain: Chain
) -> None:
    told = seller.refused("model", "publish", model_file, "--license", "MIT", "--price", "10")
    assert "--yes" in told
    assert chain.node.view(chain.deployed.registry.version_count(ModelId(1))) == 0


def test_a_refused_publication_goes_on_where_it_stopped(seller: Person, model_file: Path) -> None:
    arguments = ("model", "publish", model_file, "--license", "MIT", "--price", "10")
    seller.refused(*arguments)
    sealed = {name for name in seller.files if name.startswith("store/files/")}
    made = seller.json(*arguments, "--yes")
    assert {f"store/files/{made[key]}" for key in ("artifact", "digests")} <= sealed
    assert not any(name.startswith("drafts/") for name in seller.files)


def test_a_publication_whose_end_was_missed_is_not_made_twice(
    seller: Person, model_file: Path, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    arguments = ("model", "publish", model_file, "--license", "MIT", "--price", "10", "--yes")
    with monkeypatch.context() as patched:
        patched.setattr("daimm_cli.market.sealing.Draft.done", killed)
        assert seller.type(*arguments).status == 130
    assert chain.node.view(chain.deployed.registry.version_count(ModelId(1))) == 1
    again = seller.json(*arguments)
    assert (again["model"], again["transaction"]) == (1, None)
    assert again["offer"] is not None
    assert chain.node.view(chain.deployed.registry.version_count(ModelId(2))) == 0


def test_publishing_the_same_bytes_again_asks_first(seller: Person, model_file: Path) -> None:
    published(seller, model_file)
    told = seller.refused("model", "publish", model_file, "--license", "MIT", "--price", "10")
    assert "registered already, as version 1 of model 1 by you" in told
    ran = seller("model", "publish", model_file, "--license", "MIT", "--price", "10", "--yes")
    assert ran.err.count("registered already") == 1
    assert "Go on?" not in ran.err


def test_a_derivative_is_cleared_and_offered_where_its_parent_allows_it(
    seller: Person, person: Callable[..., Person], tmp_path: Path, chain: Chain
) -> None:
    for name in ("free", "forbids", "asks", "child"):
        (tmp_path / name).mkdir()
        write_model(tmp_path / name / f"{name}.safetensors")
    terms = ("--license", "MIT", "--price", "10", "--yes")
    free = seller.json("model", "publish", tmp_path / "free", *terms)["model"]
    forbidding = ("--derivatives", "forbidden")
    forbids = seller.json("model", "publish", tmp_path / "forbids", *terms, *forbidding)["model"]
    same = ("--derivatives", "same-terms")
    alike = seller.json("model", "publish", tmp_path / "asks", *terms, *same)["model"]
    maker = person("maker", 3, source=seller)
    publishing = ("model", "publish", tmp_path / "child", *terms, "--parent")
    refused = maker.refused(*publishing, f"{forbids}:1:fine-tune", status=3)
    assert "forbid what is made from it" in refused
    refused = maker.refused(*publishing, f"{alike}:1:fine-tune", status=3)
    assert f"version 1 of the parent model {alike} must have its very terms" in refused
    made = maker.json(*publishing, f"{free}:1:fine_tune")
    assert chain.is_open(bytes.fromhex(made["offer"][2:]))
    assert f"made from     {free}:1:fine-tune" in seller("model", "show", made["model"]).out
    own = seller.json(*publishing, f"{forbids}:1:fine-tune")
    again = seller.json("offer", "open", own["model"], "--price", "7", "--yes")
    assert again["offer"] != own["offer"]


def test_several_files_are_packed(seller: Person, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    folder.mkdir()
    write_model(folder / "weights.safetensors")
    (folder / "config.json").write_text("{}")
    made = published(seller, folder)
    manifest = seller.json("model", "show", made["model"])["versions"][0]["manifest"]
    assert manifest["artifact"]["packing"] == "ustar"
    assert [file["name"] for file in manifest["files"]] == ["config.json", "weights.safetensors"]


def test_a_version_has_a_line_of_its_own_unless_it_is_said_otherwise(
    seller: Person, model_file: Path, tmp_path: Path
) -> None:
    published(seller, model_file)
    for number, extra in ((2, ()), (3, ("--line-of", "1"))):
        file = write_model(tmp_path / f"model-{number}.safetensors")
        arguments = ("model", "add-version", 1, file, "--license", "MIT", "--yes", *extra)
        assert seller.json(*arguments)["version"] == number
    versions = {v["version"]: v for v in seller.json("model", "show", 1)["versions"]}
    lines = {number: json.dumps(v["details"]["line"]) for number, v in versions.items()}
    assert lines[1] == lines[3] != lines[2]


def test_reusing_a_line_says_who_can_open_it_then(
    seller: Person, model_file: Path, tmp_path: Path
) -> None:
    published(seller, model_file)
    file = write_model(tmp_path / "second.safetensors")
    told = seller.refused("model", "add-version", 1, file, "--license", "MIT", "--line-of", "1")
    assert "Everybody who has the key of version 1" in told


def test_offers_are_opened_replaced_and_closed(
    seller: Person, model_file: Path, chain: Chain
) -> None:
    first = published(seller, model_file)["offer"]
    second = seller.json("offer", "open", 1, "--price", "12.5", "--supply", "3", "--yes")
    assert second["terms"]["price"] == str(12_500_000_000_000_000_000)
    third = seller.json("offer", "replace", first, "--price", "15", "--yes")
    assert third["terms"]["price"] == str(15 * AIM)
    listed = {offer["offer"] for offer in seller.json("offer", "list", "--mine")}
    assert listed == {second["offer"], third["offer"]}
    seller("offer", "close", second["offer"], "--yes")
    assert not chain.is_open(bytes.fromhex(second["offer"][2:]))
    assert seller.json("offer", "show", second["offer"])["obstacle"] == "closed"
    assert len(seller.json("offer", "list", "--all")) == 3


def test_a_limit_of_an_offer_is_lifted_by_name(seller: Person, model_file: Path) -> None:
    limits = ("--supply", "3", "--duration", "30d", "--expires", "9d")
    offer = published(seller, model_file, *limits)["offer"]
    shown = seller("offer", "show", offer).out
    assert "30 days from delivery" in shown
    assert "at the price of any offer of the same versions with a fixed price" in shown
    lifted = [word if word.startswith("--") else "none" for word in limits]
    terms = seller.json("offer", "replace", offer, *lifted, "--yes")["terms"]
    assert [terms[name] for name in ("supply", "duration", "expires_at")] == [0, 0, 0]


def test_a_delivery_time_shorter_than_finality_is_warned_of(
    seller: Person, model_file: Path, local_chain: LocalChain
) -> None:
    for _ in range(110):  # more than the blocks that tell the chain's pace
        local_chain.travel(12)
    words = ("model", "publish", model_file, "--license", "MIT", "--price", "10", "--yes")
    seller.settings["DAIMM_KEEPER_FINALITY"] = "12"
    made = seller(*words, "--deliver-within", "2m")
    warning = "No keeper can deliver in time: a purchase is final after 12 blocks"
    assert warning in made.err
    assert "--deliver-within" in made.err
    longer = ("offer", "open", 1, "--price", "10", "--deliver-within", "10m", "--yes")
    assert warning not in seller(*longer).err
    hasty = ("offer", "open", 1, "--price", "10", "--deliver-within", "2m", "--yes")
    assert warning in seller(*hasty).err
    seller.settings["DAIMM_KEEPER_FINALITY"] = "1"
    local_chain.travel(86_400)  # the pace of the chain does not matter then
    assert "Careful" not in seller(*hasty).err


def test_retire_ends_sales(seller: Person, model_file: Path) -> None:
    offer = published(seller, model_file)["offer"]
    seller("model", "retire", 1, 1, "--yes")
    assert seller.json("offer", "show", offer)["obstacle"] == "version retired"
    assert "retired already" in seller.refused("model", "retire", 1, 1, "--yes", status=3)


def test_a_key_is_delivered_and_the_money_collected(
    seller: Person, buyer: Person, model_file: Path, chain: Chain, accounts: list[LocalAccount]
) -> None:
    offer = published(seller, model_file)["offer"]
    order = buyer.json("buy", offer, "--no-verify", "--yes")["orders"][0]
    told = seller.json("order", "deliver", order["order"], "--yes")
    assert [d["order"] for d in told["delivered"]] == [order["order"]]
    license_id = chain.license_id(bytes.fromhex(order["order"][2:]))
    assert chain.license(license_id).state == LicenseState.SETTLED
    assert seller.json("balance")["owed"][0]["amount"] == str(99 * AIM // 10)
    collected = seller.json("withdraw", "--yes")
    assert collected["amounts"] == [
        {"token": chain.aim, "amount": str(99 * AIM // 10), "ledger": "Market"}
    ]
    assert chain.balance(chain.aim, seller.account.address) == 99 * AIM // 10
    assert seller.json("balance")["owed"] == []


def test_all_that_wait_are_delivered_in_one_transaction(
    seller: Person, buyer: Person, model_file: Path
) -> None:
    offer = published(seller, model_file)["offer"]
    for _ in range(2):
        buyer("buy", offer, "--no-verify", "--yes")
    asked = seller.refused("order", "deliver", "--all")
    assert "gas, at most" in asked
    assert "ether. Those 2 orders bring 19.8 AIM. Go on?" in asked
    told = seller.json("order", "deliver", "--all", "--yes")
    assert len(told["delivered"]) == 2
    assert len({d["transaction"] for d in told["delivered"]}) == 1
    assert seller.json("order", "deliver", "--all", "--yes") == {
        "delivered": [],
        "copied": [],
        "failed": [],
    }


def test_all_accounts_are_collected_in_one_transaction(
    seller: Person, buyer: Person, model_file: Path, chain: Chain
) -> None:
    first = published(seller, model_file)["offer"]
    shown = seller.json("offer", "show", first)
    details = Version.from_json(seller.json("model", "show", 1)["versions"][0]["details"])
    split = dataclasses.replace(
        Offer.from_json(shown["terms"]), payout_account=b"split".ljust(32), price=4 * AIM
    )
    second = chain.open_offer(seller.account, split, details).offer_id
    for offer in (first, "0x" + second.hex()):
        buyer("buy", offer, "--no-verify", "--yes")
    seller("order", "deliver", "--all", "--yes")
    owed = {row["account"]: int(row["amount"]) for row in seller.json("balance")["owed"]}
    assert owed == {"0x" + bytes(32).hex(): 99 * AIM // 10, "0x" + split.payout_account.hex():
                    396 * AIM // 100}  # fmt: skip
    seller("withdraw", "--yes")
    assert chain.balance(chain.aim, seller.account.address) == sum(owed.values())


def test_declining_gives_the_buyer_his_money_back(
    seller: Person, buyer: Person, model_file: Path
) -> None:
    offer = published(seller, model_file, "--delivery-fee", "0.5")["offer"]
    order = buyer.json("buy", offer, "--no-verify", "--yes")["orders"][0]["order"]
    seller("order", "decline", order, "--yes")
    assert buyer.json("balance")["owed"][0]["amount"] == str(105 * AIM // 10)
    told = seller.refused("order", "deliver", order, "--yes", status=3)
    assert f"refunded or declined.\nNext: daimm order show {order}" in told


def test_the_faucet_gives_once_in_a_while(seller: Person, chain: Chain) -> None:
    assert int(seller.json("faucet", "--yes")["amount"]) > 0
    assert "ask again after" in seller.refused("faucet", "--yes", status=3)
