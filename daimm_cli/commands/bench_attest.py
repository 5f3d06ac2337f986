"""`daimm bench attest|results|finish`: scores that somebody stakes on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import format_amount
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, flag, option, thing
from daimm_cli.cli.verbs import Act, Kind, Part, done, verb
from daimm_cli.commands.options import StakeOptions
from daimm_cli.index.rows import ResultRow
from daimm_cli.market import attesting, commissions
from daimm_cli.market.attesting import require_file, version_of
from daimm_cli.market.commissions import JobRow
from daimm_cli.market.lookup import by_id, find
from daimm_cli.market.measured import names
from daimm_cli.market.rated import declaration_names

app = App()

Stated = Annotated[
    ResultRow, thing(by_id(ResultRow), "The result's id; 8 digits will do.", "RESULT")
]


@app.command(
    "attest",
    "daimm bench attest report.json 3 --stake 100",
    "daimm bench attest report.json --job 0x3f9a61c2",
)
def attest(
    context: Context,
    report: Annotated[Path, argument("A report of `daimm bench run` or `ethics report`.")],
    terms: StakeOptions,
    model: int | None = argument("The model's number; a job names it.", min=1, default=None),
    stake: str | None = option("What you stake on it; default what the job asks for.", "AMOUNT"),
    job: str | None = option("The job that it answers.", "JOB"),
) -> None:
    """Stake on a report: for three days anybody may claim that the score is another.

    The report goes into the store, to be found by its digest. It has to be of a file of that
    version, as its manifest lists them. The stake comes back unless a claim is upheld.
    """
    from daimm_cli.benchmark import measure

    measured, stated = measure.stated(report)
    if job and (model or terms.named):
        raise DaimmError("The job says the model and the terms: name no more than a --stake.")
    if job:
        asked = find(context.index, JobRow, job)
        commissions.require_file(context, asked, measured)
        sent = commissions.answer(context, asked, stated, stake)
    elif model and stake:
        found = version_of(context, model, terms.version)
        require_file(context, found, measured)
        sent = attesting.attest(context, found, stated, terms.of(stake))
    else:
        raise DaimmError("Name a model and a --stake, or the --job that this answers.")
    text = f"{sent.shown} are staked on {stated.shown}: "
    text += f"result 0x{sent.result.hex()}."
    data = {"result": sent.result, "report": sent.cid, "stake": str(sent.units)}
    done(context, sent.receipt, text, data)
    context.next(f"daimm claim show 0x{sent.result.hex()}")


def _parts(context: Context, row: ResultRow) -> list[Part]:
    it, value = row.result, format_amount(row.result.value, 9)
    is_rating = it.suite in declaration_names()
    rests = " of 1; `daimm model show` says what it rests on" if is_rating else ""
    paid = context.chain.tokens([it.token])[it.token]
    return [
        Part("result", row.result_id, "result", "result"),
        Part("suite", it.suite, "suite", "suite", text=names().get(it.suite)),
        Part("value", value, "score", "score", text=value + rests),
        Part("root", it.root, "plaintext root"),
        Part("evaluator", it.evaluator, "evaluator", "evaluator"),
        Part("stake", str(it.stake), "stake", "stake", text=paid.shown(it.stake)),
        Part("state", row.state.name.lower(), "state", "state"),
        Part("claimant", row.claimant, "claimant"),
        Part("lost", row.lost, "claims lost" if row.lost else ""),
        Part.at("posted_at", row.posted_at, "stated"),
    ]


RESULT = Kind(_parts, ("result", "suite", "score", "evaluator", "stake", "state"))


@app.command("results", "daimm bench results", "daimm bench results --mine --json")
def results(context: Context, mine: bool = flag("Only your own.", "--mine")) -> None:
    """List the results that were staked on, the newest first."""
    rows = context.index.rows(ResultRow, terms_evaluator=context.me.address if mine else None)
    RESULT.list(context, rows, empty="Nobody has staked on a result.")


@verb(
    app,
    "daimm bench finish 0x3f9a61c2",
    done="Result {result} stands, and its stake is {evaluator}'s.",
    next="daimm withdraw",
)
def finish(context: Context, result: Stated) -> Act:
    """Give the stake of a result back, three days after it was stated; anybody can."""
    call = context.chain.deployed.attestations.finish(result.result)
    return Act(call, {"result": result.result_id, "evaluator": result.result.evaluator})
