import hashlib
import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daimm_cli.base.errors import DaimmError
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


@pytest.mark.parametrize(
    ("module", "call"),
    [
        ("daimm_cli.manifest.canonical", "decode(b'[' * (1 << 20))"),
        ("daimm_cli.manifest.canonical", "decode(b'{\"a\":' * (1 << 17))"),
        ("daimm_cli.models.safetensors_file", "_parse(b'{\"a\":' + b'[' * 5_000_000)"),
        ("daimm_cli.accounts.keystore", "parse_keystore(b'[' * 5_000_000, 'x', 1 << 30)"),
        ("daimm_cli.chain.book", "Book.from_json('[' * 5_000_000)"),
    ],
)
def test_depth_is_bounded_whatever_the_interpreter_would_bear(module: str, call: str) -> None:
    program = (
        f"import sys; from {module} import *; from {module} import _parse\n"
        if "_parse" in call
        else f"import sys; from {module} import *\n"
    ) + (
        "from daimm_cli.base.errors import DaimmError\n"
        f"sys.setrecursionlimit(10**8)\ntry: {call}\nexcept DaimmError: print('refused')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "refused\n")


def test_brackets_in_texts_do_not_count() -> None:
    value = {"a": "[" * 5_000 + '"{', "b": ["\\", '\\"[[', "]"] * 40}
    assert canonical.decode(canonical.encode(value)) == value


def test_texts_without_an_end_take_no_time() -> None:
    with pytest.raises(DaimmError):
        canonical.decode(b"[" * 20 + b'{"' * 20 + b'\\"' * 500_000)


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
