"""The container (test_oracles.py holds it against other programs)."""

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daimm_cli.artifact import age
from daimm_cli.base.errors import DaimmError, VerificationFailed
from tests.python.artifact import reference
from tests.python.artifact.samples import EDGES, KEY, LINE, NONCE

FRONT = reference.age_file(b"", KEY, LINE, NONCE)[: age.START]


def test_what_precedes_the_chunks_is_the_reference_s() -> None:
    assert age.front(LINE, KEY, NONCE) == FRONT
    assert len(FRONT) == 143
    assert age.nonce_of(FRONT, LINE) == NONCE


@pytest.mark.parametrize(
    "other",
    [
        b"",
        FRONT[:-1],
        FRONT.replace(b"/v1", b"/v2"),
        FRONT.replace(b"daimm 1", b"daimm 2"),
        FRONT.replace(b"-> daimm 1 ", b"-> daimm 1  "),
        FRONT.replace(b"\n\n", b"\nAA\n"),
        FRONT.replace(b"\n", b"\r\n"),
        FRONT.replace(b"\n---", b"-> x\n\n---"),
        FRONT[:125] + bytes([FRONT[125] + 1]) + FRONT[126:],  # unused bits of base64
        FRONT[:90] + b"*" + FRONT[91:],
    ],
)
def test_every_other_header_is_refused(other: bytes) -> None:
    with pytest.raises(VerificationFailed, match="header is another"):
        age.nonce_of(other, LINE)


def test_another_line_s_header_is_refused() -> None:
    with pytest.raises(VerificationFailed, match="header is another"):
        age.nonce_of(FRONT, b"\x02" + LINE[1:])


@given(size=st.sampled_from(EDGES) | st.integers(0, 3 << 20))
@settings(deadline=None, max_examples=200)
def test_layout_of_every_size(size: int) -> None:
    layout = age.Layout(size)
    units = range(layout.units)
    assert sum(layout.payload(i) for i in units) == size
    assert [layout.offset(i) for i in units] == [143 + i * 16 * 65552 for i in units]
    assert layout.offset(layout.units) == layout.ciphertext_size
    assert layout.payload(layout.units - 1) > 0 or size == 0
    assert age.Layout.of_ciphertext(layout.ciphertext_size) == layout


@given(length=st.integers(0, 4 << 20) | st.integers(0, 9).map(lambda k: 143 + 65552 * k))
@settings(deadline=None, max_examples=300)
def test_a_length_is_refused_or_belongs_to_one_size(length: int) -> None:
    try:
        layout = age.Layout.of_ciphertext(length)
    except VerificationFailed:
        assert length < 159 or (length - 143 - 1) % 65552 + 1 <= 16
    else:
        assert layout.ciphertext_size == length


@pytest.mark.parametrize("length", [0, 142, 143, 158, 143 + 65552 + 1, 143 + 65552 + 16])
def test_impossible_lengths_are_refused(length: int) -> None:
    with pytest.raises(VerificationFailed, match="truncated"):
        age.Layout.of_ciphertext(length)


def test_a_size_beyond_the_limit_is_refused() -> None:
    assert age.Layout(2**52).chunks == 2**36
    for size in (2**52 + 1, -1):
        with pytest.raises(DaimmError, match="split it"):
            age.Layout(size)
    with pytest.raises(VerificationFailed, match="truncated"):
        age.Layout.of_ciphertext(2**53)


@pytest.mark.parametrize("key", [b"", bytes(15), bytes(32)])
def test_a_key_of_another_length_is_refused_without_showing_it(key: bytes) -> None:
    with pytest.raises(DaimmError, match="16 bytes") as caught:
        age.payload_key(key, NONCE)
    assert key == b"" or repr(key) not in str(caught.value)


def test_importing_does_not_load_the_cipher() -> None:
    import subprocess

    check = "import sys, daimm_cli.artifact.pipeline; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
