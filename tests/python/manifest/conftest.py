"""A real manifest: files inspected, sealed and packed, a key line opened, an account that signs."""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from daimm_cli.accounts.accounts import Signer
from daimm_cli.artifact import pipeline
from daimm_cli.manifest import card, manifest
from daimm_cli.manifest.fields import Manifest, SignedManifest
from daimm_cli.models import pack
from daimm_cli.models.inspect import inspect_files
from daimm_cli.protocol import keys
from daimm_cli.protocol.curve import SecretScalar, compress

REGISTRY = "eip155:31337:0x5FbDB2315678afecb367f032d93F642f64180aa3"


@dataclass(frozen=True)
class Case:
    """fields: plain values of a valid body, a fresh copy each time it is asked for."""

    signer: Signer
    a: SecretScalar
    label: bytes
    kept: dict[str, Any]

    @property
    def fields(self) -> dict[str, Any]:
        return copy.deepcopy(self.kept)

    @property
    def body(self) -> Manifest:
        return manifest.make(self.fields)

    @property
    def signed(self) -> SignedManifest:
        return manifest.sign(self.body, self.signer)


@pytest.fixture(scope="session")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("manifest")
    weights = numpy_helper.from_array(np.arange(12, dtype=np.float32).reshape(4, 3), "w")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 3])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (folder / "in").mkdir()
    (folder / "in" / "model.onnx").write_bytes(model.SerializeToString())
    (folder / "in" / "config.json").write_text("{}")
    return make_case(folder, folder / "in")


def make_case(folder: Path, source: Path) -> Case:
    signer = Signer(b"\x11" * 32, "seller")
    seller = f"eip155:31337:{signer.address}"
    label = b"L" * 32
    a = keys.line_secret(b"\x22" * 32, label)
    entries = pack.collect([source])
    files = inspect_files(entries)
    pack.pack_to(entries, folder / "m.tar")
    sealed = pipeline.seal(
        folder / "m.tar",
        folder / "m.sealed",
        folder / "m.digests",
        keys.file_key(keys.line_key(a)),
        compress(a.point),
        processes=1,
    )
    models = [file for file in files if file.is_model]
    fields = {
        "spec": "daimm/manifest/1",
        "name": "Small model",
        "version": "1.0.0",
        "description": "Multiplies by twelve numbers.",
        "seller": seller,
        "registry": REGISTRY,
        "files": manifest.files_part(files),
        "artifact": manifest.artifact_part(
            sealed.artifact, sealed.ciphertext.cid, sealed.digests.cid, "ustar"
        ),
        "key_line": manifest.key_line_part(
            a, label, seller=seller, registry=REGISTRY, commitment=sealed.artifact.commitment
        ),
        "parents": [{"model": 7, "version": 2, "relation": "fine-tune"}],
        "terms": {
            "license": "Apache-2.0",
            "use": "any",
            "redistribution": "forbidden",
            "derivatives": "same-terms",
            "derivative_share": 500,
        },
        "benchmarks": [{"suite": "digits", "metric": "accuracy", "value": "0.991"}],
        "demo": {"url": "https://demo.example/small", "description": "A reduced preview."},
        "card": card.draft("Small", "Multiplies.", "Apache-2.0", models).source,
    }
    return Case(signer, a, label, fields)
