"""`daimm claim`: a deal put before the arbitrator that it names, and what is said against that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from daimm_cli.base.errors import ChainRefused, DaimmError, VerificationFailed
from daimm_cli.base.text import ether, sanitise
from daimm_cli.bindings.arbiter import Arbiter
from daimm_cli.bindings.structs import ClaimRecord, ClaimState
from daimm_cli.chain.terms import ZERO_WORD
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, option, thing
from daimm_cli.cli.verbs import Act, Kind, Part, done, verb
from daimm_cli.index.rows import ClaimRow
from daimm_cli.market import claims, evidence
from daimm_cli.market.claims import Case
from daimm_cli.market.court import RULINGS

if TYPE_CHECKING:
    from daimm_cli.chain.node import Call

app = App()

Claimed = Annotated[
    Case,
    thing(claims.find, "The order's, deal's, bond's or result's id; 8 digits will do.", "DEAL"),
]


def _parts(_: Context, row: ClaimRow) -> list[Part]:
    ruling = row.ruling.name.lower() if row.ruling else None
    return [
        Part("claim", row.claim, "claim", "claim"),
        Part("target", row.target, "deal's contract"),
        Part("claimant", row.claimant, "claimant", "claimant"),
        Part("opposer", row.opposer, "opposer", "opposer"),
        Part("ruling", ruling, "ruling", "ruling"),
        Part("executed", row.executed, "executed", "executed"),
        Part.at("opened_at", row.opened_at, "opened"),
    ]


CLAIM = Kind(_parts, ("claim", "claimant", "opposer", "ruling", "executed"))


@app.command("list", "daimm claim list")
def list_(context: Context) -> None:
    """List what was claimed, and what became of it."""
    CLAIM.list(context, context.index.rows(ClaimRow), empty="Nothing was claimed.")


@app.command("show", "daimm claim show 0x3f9a61c2")
def show(context: Context, case: Claimed) -> None:
    """Show a deal's claim: what it costs, its clocks, and what comes of each path."""
    record, cost = _state(context, case)
    heard = evidence.said(context, case.ident)
    state = record.state.name.lower()
    told = {"claim": case.ident, "deal": case.about, "state": state, "ruling": record.ruling.name}
    if record.state > ClaimState.OPPOSED:
        state += f", {record.ruling.name.lower() if record.ruling else 'without a ruling'}"
    text = {"about": case.about, "state": state, **claims.outlook(context, case, record, cost)}
    text |= {f"evidence {number}": it.words for number, it in enumerate(heard, 1)}
    found = [it.cid for it in heard]
    data = {**told, "cost": str(cost), "deposit": str(record.deposit), "evidence": found}
    context.emit(
        {**data, "deadline": record.deadline, "opposer": record.opposer}, output.fields(text)
    )


Says = Annotated[str, option("What you say to it, and can show.", "TEXT", default=...)]


@app.command("open", "daimm claim open 0x3f9a61c2 --says 'It knows five digits of ten.'")
def open_(context: Context, case: Claimed, says: Says) -> None:
    """Claim a deal: its money is held, and the claim stands unless somebody opposes it.

    For the buyer of an order in its inspection, the holder of a rented licence in the three days
    after the rental, anybody in the three days after a result was stated (after a lost claim, in at
    least a day more), and anybody against a promise about rights.
    """
    if case.claim.claimant != context.me.address:
        raise ChainRefused(f"Only {case.claim.claimant} can claim {case.about}.")
    _file(context, case, says, case.open, "claimed, and stands unless somebody opposes it")
    context.next(f"daimm claim show {case.about.split()[1]}")


@app.command("oppose", "daimm claim oppose 0x3f9a61c2 --says 'Every leaf is right.'")
def oppose(context: Context, case: Claimed, says: Says) -> None:
    """Oppose a claim: pay for the arbitrator, whose ruling decides.

    If the claim is rejected, the claimant's deposit is yours.
    """
    _file(context, case, says, case.oppose, "before the arbitrator")


@app.command("add-evidence", "daimm claim add-evidence 0x3f9a61c2 --says 'Look at leaf 7.'")
def add_evidence(context: Context, case: Claimed, says: Says) -> None:
    """Add to what a claim's arbitrator reads, while it is not over; anybody can, for gas alone."""
    _file(context, case, says, lambda digest, _: case.add_evidence(digest), "spoken to", free=True)


def _file(
    context: Context,
    case: Case,
    says: str,
    act: Callable[[bytes, int], Call],
    became: str,
    *,
    free: bool = False,
) -> None:
    """Show what may come of it, ask, and say it to the chain."""
    record, cost = _state(context, case)
    context.node.simulate(act(ZERO_WORD, cost), context.me.address)
    output.say(output.fields(claims.outlook(context, case, record, cost)))
    pay = "" if free else f"Pay {ether(cost, up=True)} and "
    context.console.confirm(f"{pay}publish what you say?".capitalize())
    said = claims.statement(context, case, says)
    sent = context.node.send(act(said, cost), context.account)
    data = {"claim": case.ident, "deal": case.about, "evidence": claims.cids([said])[0]}
    done(context, sent, f"{case.about.capitalize()} is {became}.", data)


@app.command(
    "check",
    "daimm claim check 0x3f9a61c2",
    "daimm claim check 0x3f9a61c2 --file x.onnx",
    "daimm claim check 0x3f9a61c2 --file x.onnx --original mine.onnx --of 1:1",
)
def check(
    context: Context,
    case: Claimed,
    file: Path | None = option("What the key opens to, for who has no key.", "FILE"),
    original: Path | None = option("Another version's, of which it may be a copy.", "FILE"),
    of: str | None = option("Whose that is.", "MODEL:VERSION"),
) -> None:
    """Say whether what was delivered is what was committed; the same for juror and machine.

    Buyer and seller open it with their key; anybody else names the opened file. With --original:
    whether it is free of an older version's tensors, or declared to be made from it. Ends with
    status 0 where it is, and 5 where it is not.
    """
    if original or of:
        from daimm_cli.market import copies  # pydantic: only where files are compared

        answer = copies.check(context, case, file, original, of)
    else:
        answer = claims.check(context, case, file)
    if not answer.right:
        raise VerificationFailed(answer.says)
    context.emit({"right": True}, answer.says)


def _state(context: Context, case: Case) -> tuple[ClaimRecord, int]:
    """The claim, and what the arbitrator costs now."""
    node, contract = context.chain.node, case.contract
    return node.view(contract.record_of(case.ident)), node.view(contract.cost())


NO_APPEAL = 1 << 128
"""More than any appeal costs: courts say so where there is none."""


@verb(app, "daimm claim rule 0x3f9a61c2 --for claimant", done="The claim on {deal} is ruled on.")
def rule(
    context: Context,
    case: Claimed,
    party: str = option("claimant, opposer or nobody.", "PARTY", "--for", default=...),
) -> Act:
    """Rule on a claim; for the account that is the arbitrator of this network."""
    if party not in RULINGS:
        raise DaimmError(f"'{sanitise(party, 40)}' is no party: {', '.join(RULINGS)} are.")
    arbiter = context.chain.deployed.arbiter
    if context.node.view(case.contract.arbitrator()) != arbiter.address:
        raise ChainRefused(f"The arbitrator of {case.about} is another: it rules in its own way.")
    call = arbiter.give_ruling(_dispute(context, case), RULINGS[party])
    return Act(call, {"claim": case.ident, "deal": case.about})


@verb(app, "daimm claim appeal 0x3f9a61c2", done="{deal} is before another round of jurors.")
def appeal(context: Context, case: Claimed) -> Act:
    """Pay for another round where the arbitrator's ruling can be appealed; anybody can."""
    number, contract, node = _dispute(context, case), case.contract, context.chain.node
    court = Arbiter(node.view(contract.arbitrator()))
    cost = node.view(court.appeal_cost(number, node.view(contract.extra_data())))
    if cost >= NO_APPEAL:
        raise ChainRefused(f"No ruling on {case.about} can be appealed now.")
    context.console.confirm(f"Pay {ether(cost, up=True)} for another round?")
    call = contract.appeal(number, value=cost)
    return Act(call, {"claim": case.ident, "deal": case.about, "cost": str(cost)})


def _dispute(context: Context, case: Case) -> int:
    for row in context.index.rows(ClaimRow, claim=case.ident):
        if row.dispute_id is not None:
            return row.dispute_id
    raise ChainRefused(f"No claim on {case.about} is before an arbitrator.")


@verb(
    app,
    "daimm claim execute 0x3f9a61c2",
    done="The claim on {deal} is carried out.",
    next="daimm claim withdraw",
)
def execute(_: Context, case: Claimed) -> Act:
    """Carry out how a claim ended: the deal's money and the deposit; anybody can."""
    return Act(case.contract.execute(case.claim), {"claim": case.ident, "deal": case.about})


@verb(
    app,
    "daimm claim conclude 0x3f9a61c2",
    done="The claim on {deal} is over.",
    next="daimm claim withdraw",
)
def conclude(_: Context, case: Claimed) -> Act:
    """End a claim without its deal, which ended otherwise: the deposit alone; anybody can."""
    return Act(case.contract.conclude(case.claim), {"claim": case.ident, "deal": case.about})


@verb(app, "daimm claim withdraw", done="The ether is yours.")
def withdraw(context: Context) -> Act:
    """Collect the ether that claims owe you."""
    mine = context.me.address
    for contract in context.chain.deployed.claims():
        if context.chain.node.view(contract.credit(mine)):
            return Act(contract.withdraw(mine), {"from": contract.address})
    raise ChainRefused(f"No contract of claims owes ether to {mine}.")
