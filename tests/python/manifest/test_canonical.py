import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daimm_cli.errors import DaimmError
from daimm_cli.manifest import canonical


def test_the_rfcs_own_example_of_order() -> None:
    """RFC 8785, 3.2.3: names are sorted by their UTF-16 code units."""
    value = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    order = [
        "Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign",
        "Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh",
    ]  # fmt: skip
    assert list(json.loads(canonical.encode(value)).values()) == order


def test_the_rfcs_own_example_of_text() -> None:
    """RFC 8785, 3.2.2: this text, these bytes."""
    value = {
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    assert canonical.encode(value) == (
        b'{"literals":[null,true,false],"string":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical.encode("\x7f\x08\x09\x0c\x1f\u2028") == b'"\x7f\\b\\t\\f\\u001f\xe2\x80\xa8"'


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_there_and_back(value: Any) -> None:
    data = canonical.encode(value)
    assert canonical.decode(data) == value
    assert canonical.encode(canonical.decode(data)) == data


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), 2**53, -(2**53), b"x", {1: 2}, "\ud800", {"\ud800": 1}, {"a": object()},
     "x" * (1 << 20)],
)  # fmt: skip
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(DaimmError):
        canonical.encode(value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff",
        b"nul",
        b' {"a":1}',
        b'{"a":1}\n',
        b'{"a": 1}',
        b'{"b":1,"a":1}',
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"a":1.0}',
        b'{"a":1e2}',
        b'{"a":-0}',
        b'{"a":NaN}',
        b'{"a":9007199254740992}',
        b'{"a":' + b"9" * 100_000 + b"}",
        b'{"a":"\\u0061"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\\/"}',
        b"\xef\xbb\xbf{}",
        b"[" * 33 + b"]" * 33,
        b"[" * 500_000,
        b'{"a":' * 200_000,
        b'"' + b'\\"' * 500_000,
        b'"' + b"x" * (1 << 20) + b'"',
    ],
)
def test_what_is_not_canonical_is_refused(data: bytes) -> None:
    with pytest.raises(DaimmError):
        canonical.decode(data)


def test_depth_and_size_are_allowed_up_to_their_bounds() -> None:
    deep = b"[" * 32 + b"]" * 32
    assert canonical.encode(canonical.decode(deep)) == deep
    long = "x" * (canonical.MAX_BYTES - 2)
    assert len(canonical.encode(long)) == canonical.MAX_BYTES


@given(st.binary(max_size=200))
def test_hostile_bytes_end_in_a_sentence(data: bytes) -> None:
    try:
        value = canonical.decode(data)
    except DaimmError:
        return
    assert canonical.encode(value) == data


def test_a_known_digest() -> None:
    data = canonical.encode({"b": [1, "é"], "a": {"y": True, "x": None}})
    assert (
        hashlib.sha256(data).hexdigest()
        == hashlib.sha256('{"a":{"x":null,"y":true},"b":[1,"é"]}'.encode()).hexdigest()
    )
