"""`daimm court`: jurors' seats, what is asked of them, and the disputes that they are drawn for."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Annotated

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.base.text import counted, sanitise, time_shown
from daimm_cli.bindings.structs import Phase
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, option, thing
from daimm_cli.cli.verbs import Act, Kind, Part, data, done, fields, verb
from daimm_cli.index.rows import ClaimRow
from daimm_cli.market import court, evidence
from daimm_cli.market.court import RULINGS, Dispute, Step

app = App()

MOST_LISTED = 100

Disputed = Annotated[Dispute, thing(court.find, "The dispute's number.", "DISPUTE")]
Count = Annotated[int, argument("How many seats.", "COUNT", min=1, max=100)]


def _parts(context: Context, it: Dispute) -> list[Part]:
    record, made_by = it.record, context.chain.book.names.get(it.record.arbitrable)
    is_open = record.round == 1 and record.phase < Phase.APPEAL
    ruling = "none yet" if is_open else court.said(context, it, record.ruling)
    if not is_open and record.phase < Phase.OVER:
        ruling += " so far"
    return [
        Part("dispute", it.number, "dispute", "dispute"),
        Part("arbitrable", record.arbitrable, "made by", "made by", made_by),
        Part("phase", record.phase.name.lower(), "phase", "phase"),
        Part("round", record.round, "round", "round"),
        Part("choices", record.choices),
        Part("ruling", record.ruling, "ruling", "ruling", ruling),
        Part.at("until", record.phase_end, "until"),
    ]


def _duty(_: Context, it: Step) -> list[Part]:
    until = time_shown(it.until) if it.until else ""
    return [
        Part("what", it.what, column="what"),
        Part("dispute", it.dispute, column="dispute"),
        Part("seat", it.seat, column="seat"),
        Part("until", it.until, column="until", text=until),
    ]


DISPUTE = Kind(_parts, ("dispute", "made by", "phase", "round", "ruling"))
DUTY = Kind(_duty, ("what", "dispute", "seat", "until"))


@app.command("list", "daimm court list")
def list_(context: Context) -> None:
    """List the newest disputes, and where they stand."""
    last = context.chain.node.view(context.chain.deployed.court.disputes())
    numbers = range(last, max(last - MOST_LISTED, 0), -1)
    DISPUTE.list(context, court.disputes(context, numbers), empty="Nobody has disputed anything.")


@app.command("show", "daimm court show 7")
def show(context: Context, dispute: Disputed) -> None:
    """Show a dispute: what was said to it, who was drawn, and what they ruled."""
    parts, claim = _parts(context, dispute), court.claim_of(context, dispute)
    heard = evidence.said(context, claim) if claim else []
    parts += [Part("claim", claim, "claim"), Part("evidence", [*map(dataclasses.asdict, heard)])]
    for row in context.index.rows(ClaimRow, 1, claim=claim) if claim else ():
        parts += [
            Part("claimant", row.claimant, "claimant"),
            Part("opposer", row.opposer, "opposer"),
        ]
    parts += [Part("", None, f"evidence {n}", text=it.words) for n, it in enumerate(heard, 1)]
    drawn = court.seats(context, dispute)
    parts.append(Part("seats", [dataclasses.asdict(it) for it in drawn]))
    parts += [Part("", None, f"seat {it.seat}", text=f"{it.juror} {it.state}") for it in drawn]
    context.emit(data(parts), fields(parts))


@app.command("duties", "daimm court duties")
def duties(context: Context) -> None:
    """List what the court asks of you, and what you can do now for the disputes that you judge.

    A keeper does all of it but to choose a ruling.
    """
    steps = [*court.due(context, context.me.address)]
    if number := court.waiting(context):
        steps.insert(0, Step("draw", number, None))
    DUTY.list(context, steps, empty="Nothing is to be done now.")
    if not context.as_json:
        free, drawn = sum(1 for _ in court.held(context)), court.drawn(context)
        output.say(f"You hold {counted(free, 'seat')} that can be drawn, and {drawn} that judge.")


@app.command("join", "daimm court join 2")
def join(context: Context, count: Count) -> None:
    """Stake on seats, from which jurors are drawn."""
    sent = court.join(context, count)
    done(context, sent, "You can be drawn for disputes now.", {"seats": count})
    context.next("daimm keeper run")


@verb(app, "daimm court leave 2", done="Given back: {shown}.", next="daimm withdraw")
def leave(context: Context, count: Count) -> Act:
    """Give seats back that are not drawn; their stake is credited."""
    shown = {"shown": counted(count, "seat")}
    return Act(court.resigning(context, count), {"seats": count}, shown)


@verb(
    app,
    "daimm court commit 7 --for opposer",
    done="You are committed in dispute {dispute}. Reveal it in the two days after {until}, or once "
    "all have committed: else you lose half of each seat.",
    next="daimm keeper run",
)
def commit(
    context: Context,
    dispute: Disputed,
    party: str = option(
        "claimant, opposer or nobody; a number where it is no claim.",
        "RULING",
        "--for",
        default=...,
    ),
) -> Act:
    """Commit your seats in a dispute to a ruling that nobody can read yet."""
    ruling = RULINGS.get(party, int(party) if party.isdecimal() and len(party) < 4 else -1)
    if not 0 <= ruling <= dispute.record.choices:
        known = f"{', '.join(RULINGS)}, or a number up to {dispute.record.choices}"
        raise DaimmError(f"'{sanitise(party, 40)}' is no ruling here: give {known}.")
    calls = court.commitments(context, dispute, ruling)
    call = context.chain.deployed.court.together(calls, "commit to a ruling")
    until = {"until": time_shown(dispute.record.phase_end)}
    return Act(call, {"dispute": dispute.number, "ruling": ruling}, until)


@app.command("reveal", "daimm court reveal 7")
def reveal(context: Context, dispute: Disputed) -> None:
    """Say what your seats of a dispute are committed to."""
    _do(context, dispute, {"reveal"})


@app.command("advance", "daimm court advance 7")
def advance(context: Context, dispute: Disputed) -> None:
    """Do what can be done in a dispute now: draw jurors, pass on, execute; reveal and collect your
    own seats. Anybody can."""
    _do(context, dispute, {"draw", "reveal", "advance", "execute", "collect"})


def _draws(context: Context, dispute: Dispute) -> Iterator[Step]:
    """What the dispute waits for: they are drawn in their order, so it may be another's draw."""
    if dispute.record.phase is not Phase.DRAW:
        return
    if number := court.waiting(context):
        yield court.drawing(context, number)


def _do(context: Context, dispute: Dispute, kinds: set[str]) -> None:
    steps, sent = court.due(context, context.me.address, dispute.number), []
    for step in itertools.chain(_draws(context, dispute) if "draw" in kinds else (), steps):
        if step.what in kinds and (step.dispute == dispute.number or step.what == "draw"):
            if step.call is None and kinds != {"reveal"}:
                continue  # told where it is asked for
            context.node.send(step.made, context.account)
            sent.append(f"{step.what} {step.dispute}")
    if not sent:
        hint = f"daimm court show {dispute.number}"
        raise ChainRefused(f"Nothing is to be done in dispute {dispute.number} now.", hint=hint)
    told = f"Done: {', '.join(sent)}."
    (now,) = court.disputes(context, [dispute.number])
    if now.record.phase is Phase.DRAW:
        told += " It waits for another draw: there were too few seats, or others come first."
    context.emit({"dispute": dispute.number, "done": sent}, told)


@verb(app, "daimm court withdraw", done="The ether is yours.", next="daimm withdraw")
def withdraw(context: Context) -> Act:
    """Collect the ether that the court owes you."""
    contract, mine = context.chain.deployed.court, context.me.address
    return Act(contract.withdraw_ether(mine), {"from": contract.address})
