"""`daimm bench attest|results|finish`: scores that somebody stakes on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from daimm_cli.base.text import format_amount, parse_duration
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, flag, option
from daimm_cli.cli.verbs import Kind, Part, Verb, add, done
from daimm_cli.index.rows import ResultRow
from daimm_cli.market import attesting
from daimm_cli.market.attesting import Stake, require_file, version_of
from daimm_cli.market.lookup import find_result
from daimm_cli.market.measured import suite_names
from daimm_cli.market.rated import declaration_names

app = App()


@app.command("attest", "daimm bench attest report.json 3 --stake 100")
def attest(
    context: Context,
    report: Annotated[Path, argument("A report of `daimm bench run` or `ethics report`.")],
    model: Annotated[int, argument("The model's number.", min=1, max=2**32 - 1)],
    stake: str = option("What you stake on it.", "AMOUNT", default=...),
    version: int = option("The version.", min=1, max=4095, default=1),
    token: str = option("AIM or a token's address.", "TOKEN", default="AIM"),
    expires: str | None = option("For how long it is to stand; default for ever.", "TIME"),
    arbitrator: str | None = option(
        "The contract of claims that judges; default the first of the market.", "ADDRESS"
    ),
) -> None:
    """Stake on a report: for three days anybody may claim that the score is another.

    The report goes into the store, to be found by its digest. It has to be of a file of that
    version, as its manifest lists them. The stake comes back unless a claim is upheld.
    """
    from daimm_cli.benchmark import measure

    measured, stated = measure.stated(report)
    found = version_of(context, model, version)
    require_file(context, found, measured)
    lasting = parse_duration(expires) if expires else 0
    sent = attesting.attest(context, found, stated, Stake(stake, token, lasting, arbitrator))
    text = f"{sent.shown} are staked on {format_amount(stated.value, 9)}: "
    text += f"result 0x{sent.result.hex()}."
    data = {"result": sent.result, "report": sent.cid, "stake": str(sent.units)}
    done(context, sent.receipt, text, data)
    context.next(f"daimm claim show 0x{sent.result.hex()}")


def _parts(context: Context, row: ResultRow) -> list[Part]:
    it, ratings = row.result, declaration_names()
    names, value = suite_names() | ratings, format_amount(it.value, 9)
    rests = f"{value} of 1; `daimm model show` says what it rests on"
    paid = context.chain.tokens([it.token])[it.token]
    return [
        Part("result", row.result_id, "result", "result"),
        Part("suite", it.suite, "suite", "suite", text=names.get(it.suite)),
        Part("value", value, "score", "score", text=value if it.suite not in ratings else rests),
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
    index = context.index
    if mine:
        rows = index.rows(ResultRow, terms_evaluator=context.me.address)
    else:
        rows = index.rows(ResultRow)
    RESULT.list(context, rows, empty="Nobody has staked on a result.")


def _found(
    context: Context,
    result: Annotated[str, argument("The result's id; 8 digits will do.", "RESULT")],
) -> ResultRow:
    return find_result(context.index, result)


add(
    app,
    Verb(
        "finish",
        "Give the stake of a result back, three days after it was stated; anybody can.",
        "daimm bench finish 0x3f9a61c2",
        find=_found,
        call=lambda context, row: context.chain.deployed.attestations.finish(row.result),
        data=lambda row: {"result": row.result_id, "evaluator": row.result.evaluator},
        done="Result {result} stands, and its stake is {evaluator}'s.",
        next=lambda *_: "daimm withdraw",
    ),
)
