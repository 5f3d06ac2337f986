"""What a transaction costs: gas, and what it is made of that a fork may reprice.

cost = of(web3, receipt)
print(cost.gas, cost.repriced)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

NEW_SLOT, CHANGED_SLOT = 22_100, 5_000
"""Gas of the first write to an empty slot and to a full one, today."""

NEW_SLOT_REPRICED, CHANGED_SLOT_REPRICED = 110_020, 12_100
"""The same on a chain where state costs more, as EIP-8037 and its like propose."""


@dataclass(frozen=True)
class Cost:
    """new_slots: empty before, full after. changed_slots: of another content after, emptied ones
    among them. calldata_bytes: with selectors. log_bytes: topics and data."""

    gas: int
    new_slots: int
    changed_slots: int
    calldata_bytes: int
    log_bytes: int

    @property
    def repriced(self) -> int:
        """Gas where slots cost more, and all else what it costs today."""
        new = self.new_slots * (NEW_SLOT_REPRICED - NEW_SLOT)
        return self.gas + new + self.changed_slots * (CHANGED_SLOT_REPRICED - CHANGED_SLOT)

    def __add__(self, other: Cost) -> Cost:
        return Cost(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Cost)))

    def __sub__(self, other: Cost) -> Cost:
        return Cost(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(Cost)))

    def to_json(self) -> dict[str, int]:
        """By name, as the results have it."""
        return {f.name: getattr(self, f.name) for f in fields(Cost)} | {"repriced": self.repriced}


def of(web3: Any, sent: Any) -> Cost:
    """The cost of the mined transaction with this hash, from its receipt and what it wrote."""
    receipt = web3.eth.get_transaction_receipt(sent)
    how = {"tracer": "prestateTracer", "tracerConfig": {"diffMode": True}}
    wanted = ["0x" + bytes(sent).hex(), how]
    traced = web3.provider.make_request("debug_traceTransaction", wanted)["result"]
    before, after = _slots(traced["pre"]), _slots(traced["post"])
    written = {slot for slot in before | after if before.get(slot, 0) != after.get(slot, 0)}
    new = sum(1 for slot in written if not before.get(slot, 0))
    return Cost(
        gas=receipt["gasUsed"],
        new_slots=new,
        changed_slots=len(written) - new,
        calldata_bytes=len(web3.eth.get_transaction(sent)["input"]),
        log_bytes=sum(32 * len(log["topics"]) + len(log["data"]) for log in receipt["logs"]),
    )


def _slots(accounts: Any) -> dict[tuple[str, str], int]:
    return {
        (address, slot): int(value, 16)
        for address, account in accounts.items()
        for slot, value in account.get("storage", {}).items()
    }


def table(costs: Iterable[tuple[str, Cost]]) -> list[str]:
    """What was done and what it costs, as Markdown."""
    dear = f"gas, a new slot at {NEW_SLOT_REPRICED:,}, a changed one at {CHANGED_SLOT_REPRICED:,}"
    head = ("", "gas", dear, "new slots", "changed slots", "bytes of calldata", "bytes of logs")
    rows = [head, ("---", *("---:" for _ in head[1:]))]
    for what, found in costs:
        figures = (
            *(found.gas, found.repriced, found.new_slots, found.changed_slots),
            *(found.calldata_bytes, found.log_bytes),
        )
        rows.append((what, *(f"{figure:,}" for figure in figures)))
    return ["| " + " | ".join(row) + " |" for row in rows]
