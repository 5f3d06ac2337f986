"""The wire format (test_tink.py holds it against Tink itself)."""

import io
import sys
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daimm_cli.artifact import merkle, stream
from daimm_cli.base.errors import DaimmError, VerificationFailed
from tests.python.artifact.samples import BINDING, EDGES, FIRST, HEADER, KEY, content


def sealed(plaintext: bytes, header: stream.Header = HEADER) -> bytes:
    target = io.BytesIO()
    assert stream.encrypt(io.BytesIO(plaintext), target, KEY, BINDING, header=header) == len(
        plaintext
    )
    return target.getvalue()


def opened(ciphertext: bytes, key: bytes = KEY, binding: bytes = BINDING, **options: Any) -> bytes:
    target = io.BytesIO()
    stream.decrypt(io.BytesIO(ciphertext), target, key, binding, **options)
    return target.getvalue()


def test_associated_data_is_the_tag_and_both_coordinates() -> None:
    assert b"DAIMM/artifact/v1" + bytes(31) + b"\x07" + bytes(31) + b"\x0b" == BINDING


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
    last = segments.count - 1
    end = segments.file_offset(last) + segments.payload(last) + 16
    assert end == segments.ciphertext_size


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


@given(
    size=st.sampled_from([FIRST, FIRST + 1, 2 * 2**20 + 5]),
    offset=st.integers(0, 2 * 2**20 + 100) | st.sampled_from([FIRST - 1, FIRST, FIRST + 1]),
    length=st.integers(0, 2 * 2**20) | st.sampled_from([1, 2, 3]),
)
@settings(deadline=None, max_examples=50)
def test_random_access_reads_what_a_slice_would(size: int, offset: int, length: int) -> None:
    reader = stream.Reader(io.BytesIO(sealed(content(size))), KEY, BINDING)
    assert reader.read(offset, length) == content(size)[offset : offset + length]


def test_there_is_no_segment_past_the_end() -> None:
    reader = stream.Reader(io.BytesIO(sealed(b"x")), KEY, BINDING)
    for segment in (-1, 1):
        with pytest.raises(DaimmError, match="no segment"):
            reader.segment(segment)


@pytest.mark.parametrize("size", [FIRST + stream.PAYLOAD, 3 * 2**20])
def test_decryption_resumes_at_the_segment_that_a_kill_left_incomplete(size: int) -> None:
    data = content(size)
    ciphertext = sealed(data)
    segments = stream.Segments(size)
    for left in (0, 1, FIRST - 1, FIRST, FIRST + 1, size - 1):
        target = io.BytesIO(data[:left])
        start = segments.locate(left)
        target.truncate(segments.plaintext_offset(start))
        target.seek(0, io.SEEK_END)
        written = stream.decrypt(io.BytesIO(ciphertext), target, KEY, BINDING, start=start)
        assert target.getvalue() == data
        assert written == size - segments.plaintext_offset(start)


@pytest.mark.parametrize(
    "offset", [1, 32, 33, 39, 40, 1 << 19, (1 << 20) - 17, (1 << 20) - 1, 1 << 20, -17, -1]
)
def test_one_changed_bit_anywhere_is_refused(offset: int) -> None:
    ciphertext = bytearray(sealed(content(FIRST + 5000)))
    ciphertext[offset] ^= 0x80
    with pytest.raises(stream.TagMismatch):
        opened(bytes(ciphertext))


def test_a_changed_header_length_is_no_artifact() -> None:
    with pytest.raises(VerificationFailed, match="header"):
        opened(b"\x29" + sealed(b"x")[1:])


@pytest.mark.parametrize("size", [5000, 2 * 2**20])
def test_cutting_or_swapping_segments_is_refused(size: int) -> None:
    ciphertext = sealed(content(size))
    cuts = [ciphertext[:-1], ciphertext[: 1 << 20][: len(ciphertext) - 1], ciphertext + b"\0"]
    if size > 1 << 20:
        cuts.append(ciphertext[: 1 << 20])
        cuts.append(ciphertext[: 2 << 20])
        cuts.append(ciphertext[:40] + ciphertext[(1 << 20) + 40 : 2 << 20] + ciphertext[1 << 20 :])
    for cut in cuts:
        with pytest.raises(VerificationFailed):
            opened(cut)


def test_wrong_key_or_binding_is_refused() -> None:
    ciphertext = sealed(b"weights")
    for key, binding in ((bytes(32), BINDING), (KEY, stream.associated_data(7, 12))):
        with pytest.raises(stream.TagMismatch, match="Segment 0"):
            opened(ciphertext, key, binding)


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33)])
def test_a_key_of_another_length_is_refused_without_showing_it(key: bytes) -> None:
    with pytest.raises(DaimmError, match="32 bytes") as caught:
        opened(sealed(b"x"), key)
    assert key == b"" or repr(key) not in str(caught.value)


def test_a_wrong_tag_over_the_promised_content_is_let_pass_with_the_list() -> None:
    data = content(FIRST + 5000)
    ciphertext = bytearray(sealed(data))
    ciphertext[(1 << 20) - 1] ^= 1
    ciphertext[-1] ^= 1
    leaves = merkle.Leaves(len(data))
    pds = b"".join(
        sha256(b"\x02" + data[leaves.plaintext_offset(s) :][: leaves.length(s)]).digest()
        for s in range(leaves.slots)
    )
    digests = merkle.DigestList(io.BytesIO(pds), leaves)
    assert opened(bytes(ciphertext), accept=digests.accepts) == data
    ciphertext[100] ^= 1
    with pytest.raises(stream.TagMismatch):
        opened(bytes(ciphertext), accept=digests.accepts)


def test_sources_that_read_short_are_read_to_their_end() -> None:
    class Short(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 70_001))

    target = io.BytesIO()
    stream.encrypt(Short(content(2 << 20)), target, KEY, BINDING, header=HEADER)
    assert target.getvalue() == sealed(content(2 << 20))


def test_importing_does_not_load_the_cipher() -> None:
    import subprocess

    check = "import sys, daimm_cli.artifact.pipeline; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
