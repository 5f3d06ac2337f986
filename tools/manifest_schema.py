"""The published JSON Schema of a signed manifest, from its fields."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from daimm_cli.manifest.fields import SignedManifest

FILE = Path(__file__).resolve().parent.parent / "daimm_cli" / "manifest" / "schema.json"


def generate() -> dict[Path, str]:
    """The schema's file and its text."""
    return {FILE: json.dumps(json_schema(), indent=2, sort_keys=True) + "\n"}


def json_schema() -> dict[str, Any]:
    """The published JSON Schema (2020-12) of a signed manifest."""
    schema = _without_null(SignedManifest.model_json_schema())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:daimm:manifest:1",
        **schema,
        "title": "DAIMM manifest, version 1",
    }


def _without_null(node: Any) -> Any:
    """The schema without null for fields that are simply left out."""
    if isinstance(node, list):
        return [_without_null(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _without_null(value) for key, value in node.items()}
    if "default" in node and node.pop("default") is None:
        choices = [choice for choice in node.pop("anyOf") if choice != {"type": "null"}]
        return {**node, **(choices[0] if len(choices) == 1 else {"anyOf": choices})}
    return node
