"""What a proposal would do if it were executed now: tried on a node, nothing is sent.

>>> for effect in simulated(chain, proposal):
...     print(effect.does, effect.facts, effect.events)

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
from daimm_cli.chain.errors import NodeRefused, explain
from daimm_cli.governance.proposals import Proposal
from daimm_cli.market import calls
from daimm_cli.protocol.curve import keccak

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain

QUEUE_SLOT = 5
"""Where OpenZeppelin's Governor keeps which calls of itself a proposal is just making: it refuses
others. A test has the governor called in a simulation, and sees where this moves."""


@dataclass(frozen=True)
class Effect:
    """What one call does, in words. events: None where they are not known."""

    target: str
    code_hash: bytes
    does: str
    facts: Mapping[str, str]
    events: tuple[str, ...] | None = None


def decoded(chain: Chain, proposal: Proposal) -> list[Effect]:
    """What the calls ask for."""
    me, found = chain.deployed.timelock.address, []
    for to, value, data in zip(proposal.targets, proposal.values, proposal.calldatas, strict=True):
        told = calls.explain(chain, me, to, value, data)
        does = ", ".join(action.does for action in told)
        facts = {name: text for action in told for name, text in action.facts.items()}
        found.append(Effect(to, keccak(chain.node.code(to)), does, facts))
    return found


def simulated(chain: Chain, proposal: Proposal) -> list[Effect]:
    """The calls tried as the timelock, on the newest state."""
    effects, state = decoded(chain, proposal), _state(chain, proposal)
    asked = [
        {
            "from": chain.deployed.timelock.address,
            "to": to,
            "value": hex(value),
            "data": "0x" + data.hex(),
        }
        for to, value, data in zip(*proposal.content[:3], strict=True)
    ]
    with chain.node.asking("try the calls"):
        try:
            block = {"calls": asked, "stateOverrides": state}
            question = {"blockStateCalls": [block]}
            answers = chain.node.ask("eth_simulateV1", question, "latest")[0]["calls"]
        except NodeRefused:
            for number, call in enumerate(asked, 1):
                try:
                    chain.node.ask("eth_call", call, "latest", *([state] if state else []))
                except NodeRefused as error:
                    raise _refusal(chain, number, effects, error) from None
            return effects
        found = []
        for number, answer in enumerate(answers, 1):
            if int(answer["status"], 16) != 1:
                why = {"data": answer["returnData"], **(answer.get("error") or {}), "code": 3}
                raise _refusal(chain, number, effects, NodeRefused(why))
            told = tuple(_told(chain, log) for log in answer["logs"][:MOST_EVENTS])
            found.append(replace(effects[number - 1], events=told))
        return found


MOST_EVENTS = 50


def _refusal(chain: Chain, number: int, effects: list[Effect], error: NodeRefused) -> ChainRefused:
    effect = effects[number - 1]
    reason = explain(error, effect.does, chain.node.shown)
    return ChainRefused(f"Call {number} ({effect.does}) would be refused. {reason.message}")


def _told(chain: Chain, log: Mapping[str, Any]) -> str:
    """An event in one line."""
    address = checksummed(log["address"])
    kind = chain.kind_at(address)
    topics = [parsed_bytes(topic) for topic in log["topics"]]
    event = kind.event(topics, parsed_bytes(log["data"])) if kind else None
    if kind is None or event is None:
        return f"an event of {address}"
    fields = ", ".join(f"{n} {v}" for n, v in event.to_json().items())
    return sanitise(f"{kind.NAME}.{event.NAME}: {fields}", 1_000)


def _state(chain: Chain, proposal: Proposal) -> dict[str, Any]:
    """What makes the governor take its own calls as a proposal's: see QUEUE_SLOT."""
    governor = chain.deployed.governor.address
    parts = zip(proposal.targets, proposal.calldatas, strict=True)
    own = [data for to, data in parts if to == governor]
    if not own:
        return {}
    slots = {_word(QUEUE_SLOT): _word(len(own) << 128)}
    for place, data in enumerate(own):
        slot = keccak(place.to_bytes(32) + (QUEUE_SLOT + 1).to_bytes(32))
        slots["0x" + slot.hex()] = "0x" + keccak(data).hex()
    return {governor: {"stateDiff": slots}}


def _word(number: int) -> str:
    return f"0x{number:064x}"
