from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.chain.terms import ModelId, Parent, Relation
from daimm_cli.manifest import canonical, manifest
from daimm_cli.protocol.curve import G, keccak
from tools import manifest_schema

if TYPE_CHECKING:
    from tests.python.manifest.conftest import Case

SCHEMA = json.loads((Path(manifest.__file__).parent / "schema.json").read_text())


def test_there_and_back(case: Case) -> None:
    signed = case.signed
    data = manifest.encode(signed)
    read = manifest.parse(data)
    assert read == signed
    assert read.body == case.body
    assert manifest.encode(read) == data
    assert manifest.digest(read) == hashlib.sha256(data).digest()
    cid = base64.b32decode(manifest.cid(read)[1:].upper() + "=" * 6)
    assert cid == bytes([1, 0x55, 0x12, 0x20]) + hashlib.sha256(data).digest()


def test_it_says_what_the_files_are(case: Case) -> None:
    config, model = case.body.files
    assert (config.name, config.format, config.model) == ("config.json", "json", None)
    assert model.model is not None
    assert (model.format, model.model.parameters, model.model.opset) == (
        "onnx",
        12,
        {"ai.onnx": 17},
    )
    assert [(io.name, io.dtype, io.shape) for io in model.model.inputs] == [
        ("x", "float32", ["batch", 4])
    ]
    assert model.model.outputs[0].shape == [None, 3]


def test_the_artifact_comes_back_as_it_was_sealed(case: Case) -> None:
    record = case.body.artifact_record
    assert record.commitment.hex() == case.body.artifact.commitment[2:]
    assert record.size == case.body.artifact.size


def test_the_published_schema_is_the_generated_one() -> None:
    assert manifest_schema.json_schema() == SCHEMA, "run `make generate`"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def valid_by_schema(value: object) -> bool:
    return bool(jsonschema.Draft202012Validator(SCHEMA).is_valid(value))


def test_the_schema_takes_what_we_write(case: Case) -> None:
    value = canonical.decode(manifest.encode(case.signed))
    jsonschema.Draft202012Validator(SCHEMA).validate(value)
    del value["demo"]
    assert valid_by_schema(value)
    assert manifest.parse(canonical.encode(value)).demo is None


Change = Callable[[dict[str, Any]], object]


def put(path: str, value: Any) -> Change:
    def change(fields: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        target: Any = fields
        for part in parents:
            target = target[int(part) if part.isdigit() else part]
        target[int(last) if last.isdigit() else last] = value

    return change


def shared(share: int, payee: str = "0x5FbDB2315678afecb367f032d93F642f64180aa3") -> dict[str, Any]:
    """A row of the table of shares."""
    return {"payee": payee, "account": f"0x{0:064x}", "share": share}


SHAPE_ERRORS: list[tuple[str, Change]] = [
    ("unknown field", put("price", 1)),
    ("unknown inner field", put("terms.price", 1)),
    ("no name", lambda fields: fields.pop("name")),
    ("no parents", lambda fields: fields.pop("parents")),
    ("another spec", put("spec", "daimm/manifest/2")),
    ("empty name", put("name", "")),
    ("long name", put("name", "x" * 201)),
    ("escape in the name", put("name", "a\x1b[2J")),
    ("bidi in the name", put("name", "a\u202eb")),
    ("an unseen mark in the name", put("name", "a\u061cb")),
    ("a name of blanks", put("name", " \u00a0\u3000")),
    ("a name of letters that nobody sees", put("name", "\u3164")),
    ("a hidden letter in the name", put("name", "a\u115fb")),
    ("line break in the description", put("description", "a\nb")),
    ("a number as name", put("name", 5)),
    ("null", put("demo", None)),
    ("null inside", put("terms.text", None)),
    ("seller without chain", put("seller", "0x5FbDB2315678afecb367f032d93F642f64180aa3")),
    ("other namespace", put("seller", "solana:1:0x5FbDB2315678afecb367f032d93F642f64180aa3")),
    ("no files", put("files", [])),
    ("file outside", put("files.1.name", "/etc/passwd")),
    ("upper-case digest", put("files.1.sha256", "AB" * 32)),
    ("negative size", put("files.1.size", -1)),
    ("text as size", put("files.1.size", "5")),
    ("yes as size", put("files.1.size", True)),
    ("size beyond 2^53", put("files.1.size", 2**53)),
    ("negative dimension", put("files.1.model.inputs.0.shape", [-1])),
    ("unknown packing", put("artifact.packing", "zip")),
    ("short nonce", put("artifact.nonce", "0x00")),
    ("CID of version 0", put("artifact.cid", "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG")),
    ("scheme 0", put("key_line.scheme", 0)),
    ("proof of another size", put("key_line.proof.response", "0x00")),
    ("too many parents", put("parents", [{"model": 1, "version": 1, "relation": "merge"}] * 17)),
    ("parent 0", put("parents.0.model", 0)),
    ("unknown relation", put("parents.0.relation", "copy")),
    ("share over all", put("terms.derivative_share", 10_001)),
    ("share without a payee", put("shares", [{"account": f"0x{0:064x}", "share": 10_000}])),
    ("nobody shares", put("shares", [])),
    ("too many share", put("shares", [shared(625)] * 17)),
    ("a share of nothing", put("shares", [shared(0), shared(10_000)])),
    ("unknown use", put("terms.use", "evil")),
    ("odd licence", put("terms.license", "MIT; rm -rf")),
    ("a float as value", put("benchmarks.0.value", 0.991)),
    ("exponent as value", put("benchmarks.0.value", "1e5")),
    ("script as demo", put("demo.url", "javascript:alert(1)")),
    ("file as demo", put("demo.url", "file:///etc/passwd")),
    ("spaces in the demo's address", put("demo.url", "https://a b")),
]


@pytest.mark.parametrize(("name", "change"), SHAPE_ERRORS, ids=[name for name, _ in SHAPE_ERRORS])
def test_a_wrong_field_is_refused_by_us_and_by_the_schema(
    case: Case, name: str, change: Change
) -> None:
    value = canonical.decode(manifest.encode(case.signed))
    fields = case.fields
    change(value)
    change(fields)
    assert not valid_by_schema(value)
    with pytest.raises(DaimmError, match="The manifest is not valid") as caught:
        manifest.make(fields)
    assert "\x1b" not in caught.value.message
    if name != "a float as value":
        with pytest.raises(DaimmError):
            manifest.parse(canonical.encode(value))


def clashing(fields: dict[str, Any]) -> None:
    fields["files"][1]["name"] = fields["files"][0]["name"].swapcase()
    fields["files"].sort(key=lambda file: file["name"])


MEANING_ERRORS: list[tuple[str, Change, str]] = [
    (
        "seller's checksum",
        put("seller", "eip155:31337:0x5fbdb2315678afecb367f032d93f642f64180aa3"),
        "checksum",
    ),
    (
        "two chains",
        put("registry", "eip155:1:0x5FbDB2315678afecb367f032d93F642f64180aa3"),
        "different chains",
    ),
    ("path trick", put("files.1.name", "a/../../etc/passwd"), "cannot be a file's name"),
    ("names that are one on some systems", clashing, "Two files would be called"),
    ("order of files", lambda fields: fields["files"].reverse(), "order of their names"),
    ("one file twice", lambda fields: fields["files"].append(fields["files"][1]), "order of their"),
    ("a size that lies", put("artifact.size", 1), "size is not that of the files"),
    ("a file's size that lies", put("files.1.size", 10**6), "size is not that of the files"),
    ("half of it shared", put("shares", [shared(5000)]), "do not make the whole"),
    ("a payee's checksum", put("shares", [shared(10_000, "0x" + "aB" * 20)]), "checksum"),
    ("no packing", put("artifact.packing", "none"), "need packing"),
    ("leaf size", put("artifact.leaf_size", 4095), "leaf size"),
    ("a root", put("artifact.combined_root", "0x" + "00" * 32), "does not follow"),
    ("the nonce", put("artifact.nonce", "0x" + "00" * 16), "does not follow"),
    ("a point off the curve", put("key_line.x", "0x" + "00" * 31 + "05"), "not a point"),
    ("a proof off it", put("key_line.proof.commitment", "0x" + "00" * 64), "not a point"),
    ("a broken CID", put("artifact.cid", "b" + "a" * 58), "not a CID"),
    ("another licence on the card", put("card", "---\nlicense: mit\n---\n"), "make them one"),
    ("unreadable front matter", put("card", "---\na: [\n---\n"), "front matter"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "says"),
    [(change, says) for _, change, says in MEANING_ERRORS],
    ids=[name for name, _, _ in MEANING_ERRORS],
)
def test_a_manifest_that_contradicts_itself_is_refused(
    case: Case, change: Change, says: str
) -> None:
    fields = case.fields
    change(fields)
    with pytest.raises(DaimmError, match=says):
        manifest.make(fields)
    value = canonical.decode(manifest.encode(case.signed))
    change(value)
    with pytest.raises(DaimmError, match=says):
        manifest.parse(canonical.encode(value))


@pytest.mark.parametrize(
    ("card", "agreed"),
    [
        ("license: gpl-3.0", "GPL-3.0-only"),
        ("license: gpl-3.0", "GPL-3.0-or-later"),
        ("license: other", "LicenseRef-OpenRAIL-M"),
        ("license: other\nlicense_name: OpenRAIL-M", "LicenseRef-OpenRAIL-M"),
        ("license: openrail", "LicenseRef-openrail"),
        ("tags: [a]", "MIT"),
    ],
)
def test_licences_that_agree(case: Case, card: str, agreed: str) -> None:
    fields = case.fields
    fields["card"] = f"---\n{card}\n---\n"
    fields["terms"]["license"] = agreed
    assert manifest.make(fields).terms.license == agreed


def test_a_licence_that_only_begins_alike_is_another(case: Case) -> None:
    fields = case.fields
    fields["card"] = "---\nlicense: mit\n---\n"
    fields["terms"]["license"] = "MIT-0"
    with pytest.raises(DaimmError, match="make them one"):
        manifest.make(fields)


def test_extensions_hold_anything_that_has_a_canonical_form(case: Case) -> None:
    fields = case.fields
    fields["extensions"] = {"org.example": {"a": [None, 1, "x", {"b": True}]}}
    body = manifest.make(fields)
    assert canonical.decode(manifest.encode(body))["extensions"] == fields["extensions"]
    fields["extensions"] = {"org.example": 1.5}
    with pytest.raises(DaimmError, match="no fractions"):
        manifest.encode(manifest.make(fields))
    fields["extensions"] = {"Org Example": 1}
    with pytest.raises(DaimmError, match="not valid"):
        manifest.make(fields)


def test_the_card_is_kept_to_the_letter(case: Case) -> None:
    fields = case.fields
    fields["card"] = "---\r\nlicense: apache-2.0 # x\r\n---\r\n# Ünïcode \x00\x1b[2J\u202e\n"
    body = manifest.make(fields)
    assert canonical.decode(manifest.encode(body))["card"] == fields["card"]


def test_a_manifest_over_one_mebibyte_is_refused(case: Case) -> None:
    fields = case.fields
    fields["card"] = "\x01" * 400_000  # six bytes each in JSON
    with pytest.raises(DaimmError, match="over 1 MiB"):
        manifest.encode(manifest.make(fields))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_byte_of_a_manifest_can_change_unnoticed(case: Case, data: st.DataObject) -> None:
    signed = manifest.encode(case.signed)
    position = data.draw(st.integers(0, len(signed) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != signed[position]))
    changed = signed[:position] + bytes([byte]) + signed[position + 1 :]
    try:
        read = manifest.parse(changed)
    except DaimmError:
        return
    assert manifest.digest(read) == hashlib.sha256(changed).digest()
    assert manifest.digest(read) != manifest.digest(case.signed)


def test_what_goes_on_the_chain(case: Case) -> None:
    signed = case.signed
    version = manifest.to_version(signed)
    assert version.manifest == manifest.digest(signed)
    assert version.artifact.hex() == signed.artifact.commitment[2:]
    assert version.plaintext_root.hex() == signed.artifact.plaintext_root[2:]
    assert version.line == case.a.point
    assert version.scheme == 1
    terms = json.dumps(case.fields["terms"], sort_keys=True, separators=(",", ":")).encode()
    derivatives = ["forbidden", "same-terms", "free"].index(case.fields["terms"]["derivatives"])
    share = case.fields["terms"]["derivative_share"]
    head = derivatives.to_bytes(32) + share.to_bytes(32) + keccak(terms)
    assert version.terms == keccak(head)
    assert manifest.to_parents(signed) == [Parent(ModelId(7), 2, Relation.FINE_TUNE)]
    manifest.require_match(signed, version, [Parent(ModelId(7), 2, Relation.FINE_TUNE)])


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("manifest", b"\x01" * 32, "digest"),
        ("artifact", b"\x01" * 32, "artifact"),
        ("plaintext_root", b"\x01" * 32, "plaintext root"),
        ("line", G, "key line"),
        ("scheme", 2, "delivery scheme"),
        ("terms", b"\x01" * 32, "terms"),
    ],
)
def test_what_differs_from_the_chain_is_named(
    case: Case, field: str, value: Any, says: str
) -> None:
    details = dataclasses.replace(manifest.to_version(case.signed), **{field: value})
    with pytest.raises(VerificationFailed, match=rf"\(its {says} differ\)"):
        manifest.require_match(case.signed, details)


def test_other_parents_on_the_chain_are_named_and_a_split_is_not_ours_to_judge(case: Case) -> None:
    with pytest.raises(VerificationFailed, match="parents"):
        manifest.require_match(case.signed, manifest.to_version(case.signed), [])
    manifest.require_match(case.signed, manifest.to_version(case.signed, b"\x05" * 32))


@pytest.mark.parametrize("name", ["fine-tune", "distil", "quantise", "merge", "compose"])
def test_every_relation_has_its_number(case: Case, name: str) -> None:
    fields = case.fields
    fields["parents"][0]["relation"] = name
    (parent,) = manifest.to_parents(manifest.make(fields))
    assert parent.relation.name.lower().replace("_", "-") == name


def test_every_field_is_explained() -> None:
    page = (Path(__file__).parents[3] / "docs" / "manifest.md").read_text()
    parts = ["ArtifactPart", "KeyLine", "Terms", "Benchmark", "Demo", "ParentPart", "Model"]
    names = set(SCHEMA["properties"])
    names |= {name for part in parts for name in SCHEMA["$defs"][part]["properties"]}
    assert {name for name in names if f"`{name}`" not in page} == set()
