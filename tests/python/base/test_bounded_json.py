"""JSON whose size in memory, or depth, is out of proportion to its bytes."""

from __future__ import annotations

import contextlib
import json
import tracemalloc
from typing import Any

import pytest

from daimm_cli.base.bounded_json import MANY, loads


@pytest.mark.parametrize("part", [b"{},", b"[],", b"0,", b'"":0,', b'{"a":1},', b'{"":{"":0}},'])
def test_what_costs_more_than_its_bytes_is_bounded(part: bytes) -> None:
    opening, closing = (b"{", b"}") if part.startswith(b'"') else (b"[", b"]")
    for data in (
        opening + part * (8 << 20) + b"0" + closing,
        opening + part * (MANY // 6) + part[:-1] + closing,
    ):
        tracemalloc.start()
        with contextlib.suppress(ValueError):
            loads(data)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 200 << 20
    with pytest.raises(ValueError, match="too many"):
        loads(opening + part * MANY + b"0" + closing)


def test_what_nodes_really_send_is_taken() -> None:
    log: dict[str, Any] = {"address": "0x" + "11" * 20, "data": "0x" + "33" * 640}
    log["topics"] = ["0x" + "22" * 32] * 4
    log |= dict.fromkeys(("blockNumber", "logIndex", "transactionIndex"), "0x10")
    log |= {"blockHash": "0x" + "44" * 32, "transactionHash": "0x" + "55" * 32, "removed": False}
    logs = [log] * 30_000
    assert loads(json.dumps({"jsonrpc": "2.0", "id": 1, "result": logs}).encode())["result"] == logs


def test_depth() -> None:
    assert loads(b'{"a":[1]}', depth=2) == {"a": [1]}
    for data in (b"[" * 100_000, b'{"a":' * 33 + b"1" + b"}" * 33):
        with pytest.raises(ValueError, match="deep"):
            loads(data)
    assert loads(b'"' + b"[" * 100 + b'"') == "[" * 100
