"""What other trades ask of a model, through the command line: a bill of materials, signatures."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from safetensors.numpy import save_file

from daimm_cli.manifest import canonical
from daimm_cli.sandbox.sandbox import lacking
from tests.python.benchmark.written import written
from tests.python.cli.conftest import Person, write_model
from tests.python.ethics.trained import diabetes

PAGE = Path(__file__).resolve().parents[2] / "docs" / "exports.md"
CARD = """---
license: mit
pipeline_tag: image-classification
datasets: [digits, "bad\\e[31m"]
---
# Tiny model

It does very little.

## Intended use

Reading digits.

## Limitations

<!-- say it -->
Nothing but digits.
"""
PUBLISHED = ("--price", "10", "--yes")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "weights"
    made.mkdir()
    write_model(made / "model.safetensors")
    (made / "README.md").write_text(CARD)
    return made


def valid(document: dict[str, Any]) -> bool:
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    return validator.validate_str(json.dumps(document)) is None


def properties(component: dict[str, Any]) -> dict[str, str]:
    return {it["name"].removeprefix("daimm:"): it["value"] for it in component["properties"]}


def test_a_bill_of_materials_of_files_that_nobody_knows_yet(
    seller: Person, folder: Path, tmp_path: Path
) -> None:
    target = tmp_path / "bom.json"
    told = seller("model", "bom", folder, "--output", target)
    assert "CycloneDX 1.6, 2 files, licence MIT." in told.out
    document = json.loads(target.read_text())
    assert valid(document)
    model = document["metadata"]["component"]
    assert (model["name"], model["licenses"][0]["expression"]) == ("Tiny model", "MIT")
    parameters = model["modelCard"]["modelParameters"]
    assert parameters["task"] == "image-classification"
    assert [it["name"] for it in parameters["datasets"]] == ["digits", "bad"]
    considered = model["modelCard"]["considerations"]
    assert considered["useCases"] == ["Reading digits."]
    assert considered["technicalLimitations"] == ["Nothing but digits."]
    again = tmp_path / "again.json"
    seller("model", "bom", folder, "--output", again)
    assert again.read_bytes() == target.read_bytes()


def test_a_bill_of_materials_of_what_the_chain_knows_with_its_lineage(
    seller: Person, person: Callable[..., Person], folder: Path, tmp_path: Path
) -> None:
    seller("model", "publish", folder, *PUBLISHED)
    maker = person("maker", 3, source=seller)
    tuned = write_model(tmp_path / "tuned.safetensors")
    maker("model", "publish", tuned, "--license", "MIT", "--parent", "1:1:fine-tune", *PUBLISHED)
    document = maker.json("model", "bom", 2)
    assert valid(document)
    model = document["metadata"]["component"]
    (version,) = maker.json("model", "show", 2)["versions"]
    told = properties(model)
    assert (told["model"], told["version"]) == ("2", "1")
    assert told["plaintext_root"] == version["manifest"]["artifact"]["plaintext_root"]
    assert told["manifest_sha256"] == version["details"]["manifest"][2:]
    (parent,) = model["pedigree"]["ancestors"]
    assert (parent["name"], parent["licenses"][0]["expression"]) == ("Tiny model", "MIT")
    assert properties(parent)["relation"] == "fine-tune"


def test_a_parent_that_cannot_be_read_is_said_to_be_so(
    seller: Person, person: Callable[..., Person], folder: Path, tmp_path: Path
) -> None:
    seller("model", "publish", folder, *PUBLISHED)
    maker = person("maker", 3)
    tuned = write_model(tmp_path / "tuned.safetensors")
    made = ("--license", "MIT", "--parent", "1:1:distil", "--parent", "9:1:merge")
    target = tmp_path / "bom.json"
    told = maker("model", "bom", tuned, *made, "--output", target)
    assert "Of version 1 of model 9 little is told: there is no such version" in told.err
    document = json.loads(target.read_text())
    assert valid(document)
    unread, missing = document["metadata"]["component"]["pedigree"]["ancestors"]
    assert "plaintext_root" in properties(unread)
    assert all("problem" in properties(it) and "licenses" not in it for it in (unread, missing))


def test_what_no_bill_of_materials_can_be_made_of(
    seller: Person, folder: Path, tmp_path: Path
) -> None:
    assert "no number yet" in seller.refused("model", "bom", folder, "--number", 2)
    seller("model", "publish", folder, *PUBLISHED)
    assert "no version 2" in seller.refused("model", "bom", 1, "--number", 2, status=3)
    assert "described by its manifest" in seller.refused("model", "bom", 1, "--name", "Other")
    report = tmp_path / "report.json"
    report.write_bytes(canonical.encode(written()))
    told = seller.refused("model", "bom", 1, "--report", report, status=5)
    assert "A report is of another model" in told


def test_a_seller_signs_and_a_buyer_verifies_what_they_bought(
    seller: Person, buyer: Person, folder: Path, tmp_path: Path
) -> None:
    signature, bought = tmp_path / "out" / "weights.sig", tmp_path / "bought"
    signature.parent.mkdir()
    seller("model", "sign", folder, "--signature", signature)
    offer = seller.json("model", "publish", folder, *PUBLISHED)["offer"]
    buyer("buy", offer, "--yes")
    seller("order", "deliver", "--all", "--yes")
    license_id = buyer.json("license", "list")[0]["license"]
    buyer("license", "fetch", license_id, "--unpack", bought)
    checked = ("model", "verify", bought, "--signature", signature, "--model", 1)
    assert buyer(*checked).out == (
        f"{bought} has exactly the 2 files that {seller.account.address} signed, and they are "
        "those of version 1 of model 1: none is changed, missing or more.\n"
    )
    told = buyer.refused(*checked, "--signer", buyer.account.address, status=5)
    assert f"signed by {seller.account.address}, not by {buyer.account.address}" in told
    (bought / ".gitignore").write_text("*")
    (bought / "README.md").write_text("changed")
    told = buyer.refused(*checked, status=5)
    assert "changed: README.md; more: .gitignore" in told


def test_whoever_signs_another_s_model_is_not_its_seller(
    seller: Person, buyer: Person, folder: Path, tmp_path: Path
) -> None:
    seller("model", "publish", folder, *PUBLISHED)
    buyer("model", "sign", folder)
    told = buyer.refused("model", "verify", folder, "--model", 1, status=5)
    assert f"not by {seller.account.address}" in told
    write_model(folder / "model.safetensors")
    seller("model", "sign", folder)
    found = seller("model", "verify", folder)
    assert "exactly the 2 files" in found.out
    assert "Anybody can sign" in found.err
    known = seller("model", "verify", folder, "--signer", seller.account.address)
    assert "Anybody can sign" not in known.err
    told = seller.refused("model", "verify", folder, "--model", 1, status=5)
    assert "not what the chain committed to: changed: model.safetensors" in told


def test_the_commands_of_the_page_work_as_written(
    seller: Person, buyer: Person, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    seller("model", "publish", folder, *PUBLISHED)
    shutil.copytree(folder, "bought")
    people = {"seller": seller, "buyer": buyer}
    lines = re.findall(r"^(seller|buyer)\$ daimm (.*)$", PAGE.read_text(), re.MULTILINE)
    assert len(lines) == 5
    for who, line in lines:
        people[who](*shlex.split(line))


def test_a_listed_model_is_rated_by_its_card_and_by_what_it_was_made_from(
    seller: Person, person: Callable[..., Person], tmp_path: Path
) -> None:
    if why := lacking():
        pytest.skip(why)
    base, tuned = write_model(tmp_path / "base.safetensors"), tmp_path / "tuned.onnx"
    free = ("--license", "AGPL-3.0", "--derivatives", "free")
    seller("model", "publish", base, *free, *PUBLISHED)
    diabetes(tuned)
    maker = person("maker", 3, source=seller)
    card = tmp_path / "card.md"
    card.write_text(CARD)
    maker("model", "publish", tuned, "--card", card, "--parent", "1:1:distil", *PUBLISHED)
    rating = ("ethics", "report", tuned, "--declaration", "diabetes", "--listed", 2)
    report, target = tmp_path / "ethics.json", tmp_path / "bom.json"
    told = maker(*rating, "--output", report)
    assert "missed 1; this is MIT, 1:1 is AGPL-3.0" in told.out
    found = {it["kind"]: it for it in json.loads(report.read_text())["result"]["items"]}
    assert found["card_completeness"]["facts"]["limitations"] == "said"
    maker("model", "bom", 2, "--ethics", report, "--output", target)
    document = json.loads(target.read_text())
    assert valid(document)
    considered = document["metadata"]["component"]["modelCard"]["considerations"]
    assert "sex" in [it["groupAtRisk"] for it in considered["fairnessAssessments"]]
    names = [it["name"] for it in considered["ethicalConsiderations"]]
    assert any("1:1 is AGPL-3.0" in name for name in names)
    other = diabetes(tmp_path / "other.onnx", classes=True) and tmp_path / "other.onnx"
    rating = ("ethics", "report", other, "--declaration", "diabetes", "--listed", 2)
    assert "does not have" in maker.refused(*rating, status=5)
    assert "leave --card" in maker.refused(*rating, "--card", card)


def test_a_seller_hears_what_licence_a_file_claims_for_itself(
    seller: Person, tmp_path: Path
) -> None:
    model = tmp_path / "model.safetensors"
    save_file({"a": np.zeros(2)}, model, {"license": "AGPL-3.0\x1b[2J"})
    told = seller("model", "publish", model, "--license", "MIT", *PUBLISHED)
    assert "it says of itself that its licence is AGPL-3.0." in told.err
