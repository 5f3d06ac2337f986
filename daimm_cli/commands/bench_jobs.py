"""`daimm bench commission|jobs|close`: measurements that somebody pays for."""

from __future__ import annotations

from typing import Annotated

from daimm_cli.base.text import time_shown
from daimm_cli.bindings.values import checksummed
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, flag, option, seconds, thing
from daimm_cli.cli.verbs import Act, Kind, Part, done, verb
from daimm_cli.commands.options import Model, StakeOptions
from daimm_cli.market import commissions
from daimm_cli.market.attesting import version_of
from daimm_cli.market.commissions import JobRow
from daimm_cli.market.lookup import by_id
from daimm_cli.market.measured import names

app = App()

Paid = Annotated[JobRow, thing(by_id(JobRow), "The job's id; 8 digits will do.", "JOB")]


def _parts(context: Context, row: JobRow) -> list[Part]:
    job = row.job
    token = context.chain.tokens([job.token])[job.token]
    found = context.index.versions_with_root(job.root)[:1]
    shown = [f"{version.model}, version {version.version}" for version in found]
    return [
        Part("job", row.job_id, "job", "job"),
        Part("model", found[0].model if found else None, "model", "model", text="".join(shown)),
        Part("version", found[0].version if found else None),
        Part("root", job.root, "plaintext root"),
        Part("suite", job.suite, "suite", "suite", text=names().get(job.suite)),
        Part("payer", job.payer, "payer"),
        Part("evaluator", job.evaluator, "evaluator", "evaluator"),
        Part("token", job.token),
        Part("fee", str(job.fee), "fee", "fee", text=token.shown(job.fee)),
        Part("stake", str(job.stake), "stake", "stake", text=token.shown(job.stake)),
        Part("deadline", job.deadline, "until", "until", text=time_shown(job.deadline)),
        Part("state", row.state.name.lower(), "state", "state"),
        Part("result", row.result, "result" if row.result else ""),
        Part("arbitrator", job.arbitrator, "arbitrator"),
        Part.at("expires_at", job.expires_at, "stands until"),
        Part.at("commissioned_at", row.commissioned_at, "paid for"),
    ]


JOB = Kind(_parts, ("job", "model", "suite", "fee", "stake", "evaluator", "until", "state"))


@app.command(
    "commission",
    "daimm bench commission 3 --suite digits "
    "--evaluator 0x8fd379246834eac74B8419FfdA202CF8051F7A03 --fee 5 --stake 20 --deadline 7d",
)
def commission(
    context: Context,
    model: Model,
    terms: StakeOptions,
    suite: str = option("A suite's name, a manifest, or its SHA-256.", "SUITE", default=...),
    evaluator: str = option("Who is to measure.", "ADDRESS", default=...),
    fee: str = option("What they get for a result that stands.", "AMOUNT", default=...),
    stake: str = option("What they have to stake on it.", "AMOUNT", default=...),
    deadline: int = option("How long they have.", "TIME", default=..., parser=seconds),
) -> None:
    """Pay an evaluator for measuring a model's content by a suite.

    The fee waits on the chain: it is theirs once their result stands, and yours again where none
    comes in time or a claim against it is upheld. Choose somebody who can open the model.
    """
    from daimm_cli.benchmark import suites

    ident, sent = commissions.commission(
        context,
        version_of(context, model, terms.version),
        suites.digest(suite),
        checksummed(evaluator, "evaluator"),
        fee=fee,
        stake=terms.of(stake),
        time=deadline,
    )
    done(context, sent, f"The fee waits for the answer to job 0x{ident.hex()}.", {"job": ident})
    context.next("daimm bench jobs --mine")


@app.command("jobs", "daimm bench jobs", "daimm bench jobs --mine --json")
def jobs(
    context: Context, mine: bool = flag("Only what you pay for or are asked for.", "--mine")
) -> None:
    """List what was paid for, the newest first."""
    rows = commissions.mine(context) if mine else context.index.rows(JobRow)
    JOB.list(context, rows, empty="Nobody has paid for a measurement.")


@verb(
    app,
    "daimm bench close 0x3f9a61c2",
    done="Job {job} is over: its fee was credited.",
    next="daimm withdraw",
)
def close(context: Context, job: Paid) -> Act:
    """End a job that was answered three days ago, or not in time; anybody can."""
    return Act(commissions.end(context, job), {"job": job.job_id, "result": job.result})
