"""What a proposal would do if it were executed now: tried on a node, nothing is sent.

>>> for effect in simulated(chain, proposal):
...     print(effect.target, effect.actions, effect.events)

Where the node has `eth_simulateV1`, each call sees what those before it did, and what it would log
is told; elsewhere each is tried alone. A call that would revert raises ChainRefused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import ChainRefused
from daimm_cli.base.text import sanitise
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.answers import parsed_bytes
from daimm_cli.chain.errors import NodeRefused
from daimm_cli.chain.errors import explain as explained
from daimm_cli.governance.proposals import Proposal
from daimm_cli.market.calls import Action, explain
from daimm_cli.protocol.curve import keccak

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain

QUEUE_SLOT = 5
"""Where OpenZeppelin's Governor keeps which calls of itself a proposal is just making: it refuses
others. A test has the governor called in a simulation, and sees where this moves."""

MAX_EVENTS = 200
"""Told of one call: what strangers propose may log tens of thousands."""


@dataclass(frozen=True)
class Effect:
    """What one call does, in words. events: None where they are not known."""

    target: str
    code_hash: bytes
    actions: tuple[Action, ...]
    events: tuple[str, ...] | None = None


def decoded(chain: Chain, proposal: Proposal) -> list[Effect]:
    """What the calls ask for."""
    me, node = chain.deployed.timelock.address, chain.node
    return [
        Effect(to, keccak(node.code(to)), tuple(explain(chain, me, to, value, data)))
        for to, value, data in proposal.calls
    ]


def simulated(chain: Chain, proposal: Proposal) -> list[Effect]:
    """The calls tried as the timelock, on the newest state."""
    me, node = chain.deployed.timelock.address, chain.node
    effects, state = decoded(chain, proposal), _state(chain, proposal)
    asked = [
        {"from": me, "to": to, "value": hex(value), "data": "0x" + data.hex()}
        for to, value, data in proposal.calls
    ]
    with node.asking("try the calls"):
        block = {"calls": asked, "stateOverrides": state}
        try:
            [told] = node.ask("eth_simulateV1", {"blockStateCalls": [block]}, "latest")
        except NodeRefused:
            for number, call in enumerate(asked, 1):
                try:
                    node.ask("eth_call", call, "latest", *([state] if state else []))
                except NodeRefused as error:
                    raise _refusal(number, effects[number - 1], error) from None
            return effects
        found: list[Effect] = []
        for effect, answer in zip(effects, told["calls"], strict=True):
            if int(answer["status"], 16) != 1:
                why = {"data": answer["returnData"], **(answer.get("error") or {}), "code": 3}
                raise _refusal(len(found) + 1, effect, NodeRefused(why))
            logs = answer["logs"]
            events = [_event(chain, log) for log in logs[:MAX_EVENTS]]
            if more := len(logs) - len(events):
                events.append(f"{more:,} more events: read the code of {effect.target} first")
            found.append(replace(effect, events=tuple(events)))
        return found


def _refusal(number: int, effect: Effect, error: NodeRefused) -> ChainRefused:
    does = ", ".join(action.does for action in effect.actions)
    reason = explained(error, does, "the node").message
    return ChainRefused(f"Call {number} ({does}) would be refused. {reason}")


def _event(chain: Chain, log: Mapping[str, Any]) -> str:
    """An event in one line."""
    address = checksummed(log["address"])
    kind = chain.kind_at(address)
    topics = [parsed_bytes(topic) for topic in log["topics"]]
    event = kind.event(topics, parsed_bytes(log["data"])) if kind else None
    if kind is None or event is None:
        return f"an event of {address}"
    told = f"{kind.NAME}.{event.NAME}: {_listed(event.to_json())}".removesuffix(": ")
    return sanitise(told, 1_000)


def _listed(told: Mapping[str, Any]) -> str:
    """Names and values in one line."""
    parts = []
    for name, value in told.items():
        words = name.strip("_").replace("_", " ")
        if isinstance(value, Mapping):
            parts.append(f"{words} ({_listed(value)})")
        else:
            parts.append(f"{words} {('no', 'yes')[value] if isinstance(value, bool) else value}")
    return ", ".join(parts)


def _state(chain: Chain, proposal: Proposal) -> dict[str, Any]:
    """What makes the governor take its own calls as a proposal's: see QUEUE_SLOT."""
    governor = chain.deployed.governor.address
    own = [data for to, _, data in proposal.calls if to == governor]
    if not own:
        return {}
    slots = {f"0x{QUEUE_SLOT:064x}": f"0x{len(own) << 128:064x}"}
    for place, data in enumerate(own):
        slot = keccak(place.to_bytes(32) + (QUEUE_SLOT + 1).to_bytes(32))
        slots["0x" + slot.hex()] = "0x" + keccak(data).hex()
    return {governor: {"stateDiff": slots}}
