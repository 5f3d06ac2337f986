"""A bill of materials of a model (CycloneDX ML-BOM): files, licence, data, lineage, what it scores.

>>> document = bom(Subject(described, ancestors=tuple(ancestors(session, parents))))
>>> document["metadata"]["component"]["licenses"]
[{'expression': 'MIT', 'acknowledgement': 'declared'}]
>>> text = checked(document)  # as the standard's own strict schema has it

From the same facts comes the same document, to the byte. https://cyclonedx.org/capabilities/mlbom/
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from daimm_cli import __version__
from daimm_cli.artifact.unixfs import RAW, Cid
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.text import sanitise
from daimm_cli.chain.terms import relation_word
from daimm_cli.papers.model_card import Subject, model_card, properties

if TYPE_CHECKING:
    from daimm_cli.manifest.fields import Described, File
    from daimm_cli.market.lineage import Ancestor, Name

SPEC_VERSION = "1.6"


def bom(subject: Subject) -> dict[str, Any]:
    """The document. Raises VerificationFailed for a report of another model."""
    files = [_file(file) for file in subject.described.files]
    model = {**_model(subject), "modelCard": model_card(subject)}
    if parents := _pedigree(subject.ancestors, None, set()):
        model["pedigree"] = {"ancestors": parents}
    metadata: dict[str, Any] = {
        "tools": {"components": [{"type": "application", "name": "daimm", "version": __version__}]},
        "component": model,
    }
    if row := subject.row:
        metadata["timestamp"] = datetime.fromtimestamp(row.added_at, UTC).isoformat()
    document: dict[str, Any] = {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC_VERSION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "version": 1,
        "metadata": metadata,
        "components": files,
        "dependencies": [{"ref": "model", "dependsOn": [file["bom-ref"] for file in files]}],
    }
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(document, sort_keys=True))
    return {**document, "serialNumber": number.urn}


def checked(document: dict[str, Any]) -> str:
    """The document as JSON text, ASCII alone, if it is as the standard has it.

    Raises DaimmError where what checks it is not installed.
    """
    try:
        from cyclonedx.schema import SchemaVersion
        from cyclonedx.validation.json import JsonStrictValidator
    except ImportError:
        raise DaimmError(
            "A bill of materials is checked before it is written: install daimm with its 'bom' "
            "extra."
        ) from None
    text = json.dumps(document, indent=2, allow_nan=False) + "\n"
    version = SchemaVersion.from_version(SPEC_VERSION)
    if wrong := JsonStrictValidator(version).validate_str(text):
        raise VerificationFailed(
            f"No bill of materials can be made of this: {sanitise(wrong, 300)}."
        )
    return text


def _model(subject: Subject) -> dict[str, Any]:
    described, signed, row = subject.described, subject.signed, subject.row
    one = described.files[0] if len(described.files) == 1 else None
    told: list[tuple[str, object]] = []
    links: list[dict[str, Any]] = []
    if signed and row:
        manifest = row.details.manifest
        told = [
            ("registry", signed.registry),
            ("model", row.model),
            ("version", row.version),
            ("seller", signed.seller),
            ("plaintext_root", signed.artifact.plaintext_root),
            ("artifact_commitment", signed.artifact.commitment),
            ("manifest_sha256", manifest.hex()),
            ("retired", _word(row.retired)),
            ("convicted", _word(row.convicted)),
        ]
        links = [
            {
                "type": "model-card",
                "url": f"ipfs://{Cid(RAW, manifest)}",
                "comment": "The signed manifest, with the model card",
                "hashes": [{"alg": "SHA-256", "content": manifest.hex()}],
            },
            {
                "type": "distribution",
                "url": f"ipfs://{signed.artifact.cid}",
                "comment": "The encrypted artifact: its key is sold",
            },
        ]
    return {
        "type": "machine-learning-model",
        "bom-ref": "model",
        "name": described.name,
        "version": described.version,
        "description": described.description,
        "licenses": _licenses(described),
        **({"hashes": [{"alg": "SHA-256", "content": one.sha256}]} if one else {}),
        **({"externalReferences": links} if links else {}),
        "properties": properties([*told, ("terms", described.terms.shown)]),
    }


def _file(file: File) -> dict[str, Any]:
    told: list[tuple[str, object]] = [("format", file.format), ("size", file.size)]
    if file.model:
        told += [
            ("parameters", file.model.parameters),
            ("tensors_sha256", file.model.tensors.digest),
        ]
    return {
        "type": "file",
        "bom-ref": f"file:{file.name}",
        "name": file.name,
        "hashes": [{"alg": "SHA-256", "content": file.sha256}],
        "properties": properties(told),
    }


def _pedigree(
    ancestors: Sequence[Ancestor], of: Name | None, done: set[Name]
) -> list[dict[str, Any]]:
    """Each parent with its own; one that is reached in two ways tells of its own once."""
    made = []
    for it in ancestors:
        if it.of != of:
            continue
        told: list[tuple[str, object]] = [
            ("model", it.parent.model),
            ("version", it.parent.version),
            ("relation", relation_word(it.parent.relation)),
        ]
        if it.row:
            told.append(("plaintext_root", "0x" + it.row.details.plaintext_root.hex()))
            told.append(("manifest_sha256", it.row.details.manifest.hex()))
        if it.problem:
            told.append(("problem", sanitise(it.problem, 300)))
        component: dict[str, Any] = {
            "type": "machine-learning-model",
            "name": it.signed.name if it.signed else f"model {it.parent.model}",
            "version": it.signed.version if it.signed else str(it.parent.version),
            **({"licenses": _licenses(it.signed)} if it.signed else {}),
            "properties": properties(told),
        }
        if it.name not in done:
            done.add(it.name)
            if parents := _pedigree(ancestors, it.name, done):
                component["pedigree"] = {"ancestors": parents}
        made.append(component)
    return made


def _licenses(described: Described) -> list[dict[str, Any]]:
    return [{"expression": described.terms.license, "acknowledgement": "declared"}]


def _word(value: bool) -> str:
    return str(value).lower()
