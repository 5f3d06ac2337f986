"""The wire format (test_tink.py holds it against Tink itself)."""

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daimm_cli.artifact import stream
from daimm_cli.base.errors import DaimmError, VerificationFailed
from tests.python.artifact.samples import EDGES, HEADER


def test_fresh_headers_differ() -> None:
    assert stream.Header.fresh() != stream.Header.fresh()


@given(size=st.sampled_from(EDGES) | st.integers(0, 3 << 20))
@settings(deadline=None, max_examples=200)
def test_layout_of_every_size(size: int) -> None:
    segments = stream.Segments(size)
    assert sum(segments.payload(i) for i in range(segments.count)) == size
    offsets = [segments.plaintext_offset(i) for i in range(segments.count)]
    assert offsets == [0, *(i * (2**20 - 16) - 40 for i in range(1, segments.count))]
    assert segments.payload(segments.count - 1) > 0 or size == 0
    assert stream.Segments.of_ciphertext(segments.ciphertext_size) == segments


@given(length=st.integers(0, 4 << 20) | st.sampled_from([k << 20 for k in range(4)]))
@settings(deadline=None, max_examples=300)
def test_a_length_is_refused_or_belongs_to_one_size(length: int) -> None:
    try:
        segments = stream.Segments.of_ciphertext(length)
    except VerificationFailed:
        shortest_of_last = (length - 1) % 2**20 + 1
        assert length < 56 or shortest_of_last <= 16
    else:
        assert segments.ciphertext_size == length


@pytest.mark.parametrize("length", [0, 39, 55, (1 << 20) + 1, (1 << 20) + 16])
def test_impossible_lengths_are_refused(length: int) -> None:
    with pytest.raises(VerificationFailed, match="truncated"):
        stream.Segments.of_ciphertext(length)


def test_a_size_beyond_the_segment_counter_is_refused() -> None:
    largest = 2**32 * (2**20 - 16) - 40
    assert stream.Segments(largest).count == 2**32
    for size in (largest + 1, -1):
        with pytest.raises(DaimmError, match="split it"):
            stream.Segments(size)


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33)])
def test_a_key_of_another_length_is_refused_without_showing_it(key: bytes) -> None:
    with pytest.raises(DaimmError, match="32 bytes") as caught:
        stream.file_key(key, b"associated data", HEADER.salt)
    assert key == b"" or repr(key) not in str(caught.value)


def test_importing_does_not_load_the_cipher() -> None:
    import subprocess

    check = "import sys, daimm_cli.artifact.pipeline; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
