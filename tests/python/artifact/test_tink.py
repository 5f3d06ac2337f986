"""Byte for byte what Tink writes and reads, both ways, for all sizes that matter."""

import filecmp
import shutil
from pathlib import Path
from typing import Any

import pytest

from daimm_cli.artifact import pipeline, stream
from tests.python.artifact.samples import BINDING, EDGES, KEY, sealed_files, write_sample

MIB = 1 << 20

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def tink_primitive() -> Any:
    import tink
    from tink import secret_key_access, streaming_aead
    from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

    streaming_aead.register()
    params = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
        ciphertext_segment_size=1 << 20, derived_key_size=32, hkdf_hash_type=common_pb2.SHA256
    )
    template = streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_1MB
    key_format = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKeyFormat.FromString(template.value)
    assert key_format.params == params, "the template is not the one this format is written for"
    key = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(key_value=KEY, params=params)
    keyset = tink_pb2.Keyset(primary_key_id=1)
    entry = keyset.key.add(key_id=1, status=tink_pb2.ENABLED, output_prefix_type=tink_pb2.RAW)
    entry.key_data.type_url = template.type_url
    entry.key_data.value = key.SerializeToString()
    entry.key_data.key_material_type = tink_pb2.KeyData.SYMMETRIC
    handle = tink.proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    return handle.primitive(streaming_aead.StreamingAead)


def tink_seal(primitive: Any, source: Path, target: Path) -> None:
    with (
        source.open("rb") as plain,
        primitive.new_encrypting_stream(target.open("wb"), BINDING) as writer,
    ):
        shutil.copyfileobj(plain, writer, MIB)


def tink_open(primitive: Any, source: Path, target: Path) -> None:
    with (
        target.open("wb") as plain,
        primitive.new_decrypting_stream(source.open("rb"), BINDING) as reader,
    ):
        shutil.copyfileobj(reader, plain, MIB)


@pytest.mark.parametrize(
    "size", [*EDGES, 174 * MIB + 1, pytest.param((1 << 30) + 1, marks=pytest.mark.slow)]
)
def test_both_write_the_same_bytes_and_open_each_other_s(
    tink_primitive: Any, tmp_path: Path, size: int
) -> None:
    model, theirs, ours, listed, opened = (tmp_path / name for name in "mtold")
    write_sample(model, size)
    tink_seal(tink_primitive, model, theirs)
    with theirs.open("rb") as file:
        header = stream.Header.parse(file.read(stream.HEADER))
    sealed = pipeline.seal(model, ours, listed, KEY, BINDING, header=header)
    assert filecmp.cmp(ours, theirs, shallow=False)
    tink_open(tink_primitive, ours, opened)
    assert filecmp.cmp(opened, model, shallow=False)
    opened.unlink()
    pipeline.unseal(theirs, listed, opened, KEY, BINDING, sealed.artifact)
    assert filecmp.cmp(opened, model, shallow=False)


def test_tink_refuses_our_file_under_another_binding(tink_primitive: Any, tmp_path: Path) -> None:
    _, sealed, _ = sealed_files(tmp_path, b"weights")
    with (
        pytest.raises(Exception, match="No matching key"),
        sealed.open("rb") as file,
        tink_primitive.new_decrypting_stream(file, b"other") as reader,
    ):
        reader.read()
