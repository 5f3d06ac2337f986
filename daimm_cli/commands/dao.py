"""`daimm dao`: propose, vote, carry out."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from daimm_cli.base.errors import ChainRefused
from daimm_cli.base.text import format_amount
from daimm_cli.bindings.structs import ProposalState
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, flag, option, thing
from daimm_cli.cli.verbs import Act, Kind, Part, done, fields, verb
from daimm_cli.governance import ballots, files, proposals
from daimm_cli.governance.record import (
    CHOICES,
    ProposalRow,
    Standing,
    find,
    require_new,
    standing,
    votes,
)
from daimm_cli.governance.simulation import Effect, decoded, simulated

app = App()

Proposed = Annotated[Standing, thing(find, "The proposal's id; 8 digits will do.", "PROPOSAL")]
Choice = Annotated[str, argument("for, against or abstain.", "CHOICE")]
REASON = option("Why, for all to read.", "TEXT", default="")


def _parts(context: Context, one: Standing) -> list[Part]:
    title, text = one.proposal.text
    cast = one.cast
    needed = None if one.quorum is None else f"{_aim(one.quorum)} for or abstaining"
    return [
        Part("proposal", one.row.proposal_id.to_bytes(32), "proposal", "proposal"),
        Part("title", title, "title", "title"),
        Part("state", one.state.name.lower(), "state", "state"),
        Part("next", one.comes_next(context.now)[0], "next"),
        Part("for", str(cast.for_votes), "for", "for", _aim(cast.for_votes)),
        Part("against", str(cast.against_votes), "against", "against", _aim(cast.against_votes)),
        Part("abstain", str(cast.abstain_votes), "abstain", "abstain", _aim(cast.abstain_votes)),
        Part("quorum", None if needed is None else str(one.quorum), "quorum", "", needed),
        Part.at("proposed_at", one.row.proposed_at, "proposed"),
        Part.at("vote_start", one.row.vote_start, "votes count as of"),
        Part.at("ends_at", one.ends_at, "voting ends"),
        Part.at("due_at", one.due_at, "can be executed"),
        Part("proposer", one.row.proposer, "proposer"),
        Part("changed", one.changed, "code changed at" if one.changed else ""),
        Part("description", text),
    ]


PROPOSAL = Kind(_parts, ("proposal", "title", "state", "for", "against", "abstain"))


@app.command("propose", "daimm dao propose fee.yaml")
def propose(
    context: Context,
    file: Annotated[Path, argument("Title, description and calls, in YAML.")],
    check: bool = flag("Only try it and show what it would do.", "--check"),
) -> None:
    """Propose the calls of a file, after each was tried on the present state.

    Shows what they do, and refuses where one would be refused. It takes votes: your own, or others'
    that they delegated to you.
    """
    proposal = proposals.read(file, context.chain.at(context.book), context.me.address)
    effects = simulated(context.chain, proposal)
    for line in _calls(effects).split("\n"):
        output.say(line)
    if any(effect.events is None for effect in effects):
        output.say("The node has no eth_simulateV1: no call saw what those before it would do.")
    ident = proposal.id.to_bytes(32)
    told = {"proposal": ident, "calls": effects}
    try:
        require_new(context, proposal)
    except ChainRefused as error:
        if not check:
            raise
        output.say(f"As things are, you could not propose it. {error.message}")
    if check:
        context.emit(told, "Nothing was sent.")
        return
    call = proposal.proposing(context.chain.deployed.governor)
    sent = context.node.send(call, context.account)
    done(context, sent, f"Proposed as 0x{ident.hex()}.", told)
    context.next(f"daimm dao show 0x{ident.hex()}")


@app.command("list", "daimm dao list --open")
def list_(context: Context, open_: bool = flag("Only what is not at its end.", "--open")) -> None:
    """List what was proposed."""
    from daimm_cli.index.index import LIMIT

    rows = context.index.rows(ProposalRow)
    if len(rows) == LIMIT:
        output.say(f"The newest {LIMIT:,} were looked through: show another one by its id.")
    found = standing(context, rows)
    shown = [one for one in found if not open_ or one.is_open]
    PROPOSAL.list(context, shown, empty="Nothing is proposed.")


@app.command("show", "daimm dao show 0x3f9a61c2")
def show(context: Context, proposal: Proposed) -> None:
    """Show a proposal: what it calls, who voted how and why, and what comes next."""
    one, me, governor = proposal, context.asker, context.chain.deployed.governor
    effects, cast = _tried(context, one), votes(context, one)
    voted = bool(me) and context.node.view(governor.has_voted(one.row.proposal_id, me or ""))
    data = {**PROPOSAL.data(context, one), "calls": effects, "votes": cast, "voted": voted}
    told = [f">  {line}" for line in one.proposal.text[1].split("\n")]
    said = [f"{v.choice}  {v.voter}, {_aim(int(v.votes))}. {v.reason}" for v in cast]
    parts = ([fields(_parts(context, one))], told, [_calls(effects)], said)
    context.emit(data, "\n\n".join("\n".join(lines) for lines in parts if lines))
    if (step := one.comes_next(context.now)[1]) and not (
        voted and one.state is ProposalState.ACTIVE
    ):
        context.next(step)


def _tried(context: Context, one: Standing) -> list[Effect]:
    """What its calls would do now; where they can be made no longer, what they ask for."""
    if one.is_open:
        try:
            return simulated(context.chain, one.proposal)
        except ChainRefused as error:
            output.say(f"As things are, it could not be carried out. {error.message}")
    return decoded(context.chain, one.proposal)


@app.command("sign", "daimm dao sign 0x3f9a61c2 for")
def sign(
    context: Context,
    proposal: Proposed,
    choice: Choice,
    reason: str = REASON,
    file: Path | None = option("Where it goes.", "FILE", "--output"),
) -> None:
    """Sign a vote into a file; whoever has it can cast it for you, and pays the gas."""
    support = ballots.weighed(context, proposal, choice, reason)
    place = file or Path(f"vote-{proposal.ident[:10]}.json")
    files.require_free(place)
    ballot = ballots.sign(context, proposal, support, reason)
    ballots.keep(place, ballot, context.chain)
    context.emit({"file": place, "voter": ballot.voter}, f"The vote is in {place}.")
    context.next(f"daimm dao cast {place}")


def _calls(effects: Sequence[Effect]) -> str:
    """What the calls do, for people."""
    lines = []
    for number, effect in enumerate(effects, 1):
        hashed = "0x" + effect.code_hash.hex()
        lines.append(f"Call {number} of {effect.target}, code hash {hashed}")
        for action in effect.actions:
            facts = {name: text for name, text in action.facts.items() if name != "target"}
            told = output.fields(facts).split("\n") if facts else []
            lines += [f"  {action.does}", *(f"    {line}" for line in told)]
        lines += [f"  logs {event}" for event in effect.events or ()]
    return "\n".join(lines)


def _aim(units: int) -> str:
    return format_amount(units, symbol="AIM")


on_proposal = functools.partial(verb, app, see="daimm dao show {proposal}")


@on_proposal(
    "daimm dao vote 0x3f9a61c2 for --reason 'It is time.'",
    says="Vote {choice} on: {title}",
    done="Voted {choice} on {proposal}.",
)
def vote(context: Context, proposal: Proposed, choice: Choice, reason: str = REASON) -> Act:
    """Vote with what was delegated to you when votes were counted."""
    support = ballots.weighed(context, proposal, choice, reason)
    governor, ident = context.chain.deployed.governor, proposal.row.proposal_id
    told = {"proposal": ident.to_bytes(32), "choice": CHOICES[support]}
    call = ballots.vote(governor, ident, support, reason)
    return Act(call, told, {"title": proposal.proposal.text[0]})


@verb(app, "daimm dao cast vote-0x3f9a61c2.json", done="{voter} voted {choice} on {proposal}.")
def cast(context: Context, file: Annotated[Path, argument("What `daimm dao sign` wrote.")]) -> Act:
    """Cast a vote that somebody signed into a file; anybody can."""
    ballot = ballots.read(file, context.chain)
    told = {
        "proposal": ballot.proposal_id.to_bytes(32),
        "voter": ballot.voter,
        "choice": CHOICES[ballot.support],
    }
    return Act(ballot.casting(context.chain.deployed.governor), told)


@on_proposal("daimm dao queue 0x3f9a61c2", done="Proposal {proposal} is queued.")
def queue(context: Context, proposal: Proposed) -> Act:
    """Put what was accepted into the timelock; anybody can."""
    proposal.require(context.now, ProposalState.SUCCEEDED)
    call = context.chain.deployed.governor.queue(*proposal.proposal.content)
    return Act(
        call,
        {"proposal": proposal.row.proposal_id.to_bytes(32)},
        next=f"daimm dao show {proposal.ident}",
    )


@on_proposal("daimm dao execute 0x3f9a61c2", done="Proposal {proposal} is carried out.")
def execute(context: Context, proposal: Proposed) -> Act:
    """Carry out what was queued, once its delay is over; anybody can."""
    proposal.require(context.now, ProposalState.QUEUED)
    call = context.chain.deployed.governor.execute(*proposal.proposal.content)
    return Act(call, {"proposal": proposal.row.proposal_id.to_bytes(32)})


@on_proposal("daimm dao cancel 0x3f9a61c2", done="Proposal {proposal} is withdrawn.")
def cancel(context: Context, proposal: Proposed) -> Act:
    """Withdraw a proposal of yours before voting begins."""
    call = context.chain.deployed.governor.cancel(*proposal.proposal.content)
    return Act(call, {"proposal": proposal.row.proposal_id.to_bytes(32)})
