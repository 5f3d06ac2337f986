"""`daimm bench attest|results|finish`: scores that somebody stakes on."""

from __future__ import annotations

import secrets
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from daimm_cli.base.errors import ChainRefused, DaimmError, VerificationFailed
from daimm_cli.base.text import format_amount, parse_amount, parse_duration
from daimm_cli.bindings.structs import JobId, Result
from daimm_cli.chain.terms import ZERO_ADDRESS
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, flag, option
from daimm_cli.cli.verbs import Kind, Part, Verb, add, done
from daimm_cli.index.rows import ResultRow
from daimm_cli.market.lookup import find_result
from daimm_cli.market.measured import suite_names
from daimm_cli.market.money import approve, require_funds
from daimm_cli.market.offers import token_address

app = App()


@app.command("attest", "daimm bench attest report.json 3 --stake 100")
def attest(
    context: Context,
    report: Annotated[Path, argument("A report of `daimm bench run`.")],
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
    from daimm_cli.market.listing import read_listing
    from daimm_cli.store.queue import Queue

    told = measure.load(report)["result"]
    found = context.index.versions(model, version=version)
    if not found:
        raise ChainRefused(
            f"Model {model} has no version {version}.", hint=f"daimm model show {model}"
        )
    digests = {file.sha256 for file in read_listing(context, found[0]).files}
    try:
        measured, suite = told["model"]["sha256"], bytes.fromhex(told["suite"]["sha256"])
        value = int(Decimal(told["score"]).scaleb(9))
    except (KeyError, TypeError, ValueError, ArithmeticError):
        raise VerificationFailed(f"{report} has no score of a suite: measure anew.") from None
    if measured not in digests:
        raise VerificationFailed(
            f"The report is of a file that version {version} of model {model} does not have."
        )
    judges = [claims.address for claims in context.chain.deployed.claims()]
    contract = context.chain.deployed.attestations
    paid = context.chain.token(token_address(context.chain, token))
    units, data = parse_amount(stake, paid.decimals, paid.symbol), report.read_bytes()
    if not units:
        raise DaimmError("Stake more than nothing: nobody believes a word for free.")
    result = Result(
        context.me.address,
        found[0].details.plaintext_root,
        suite,
        value,
        sha256(data).digest(),
        paid.address,
        units,
        arbitrator or (judges[0] if judges else ZERO_ADDRESS),
        context.now + parse_duration(expires) if expires else 0,
        JobId(bytes(32)),
        secrets.token_bytes(32),
    )
    require_funds(context, paid, units)
    cid = context.store.put_bytes(data)
    Queue(context.store).add(cid)
    spent = (paid.address, units, contract.address, "let the attestation take the stake")
    approve(context, context.account, *spent)
    sent = context.node.send(contract.attest(result), context.account)
    ident = context.node.view(contract.result_id_of(result))
    what = f"{told['score']} of {told['metric']}"
    text = f"{paid.shown(units)} are staked on {what}: result 0x{ident.hex()}."
    done(context, sent, text, {"result": ident, "report": cid, "stake": str(units)})
    context.next(f"daimm claim show 0x{ident.hex()}")


def _parts(context: Context, row: ResultRow) -> list[Part]:
    it = row.result
    paid = context.chain.tokens([it.token])[it.token]
    return [
        Part("result", row.result_id, "result", "result"),
        Part("suite", it.suite, "suite", "suite", text=suite_names().get(it.suite)),
        Part("value", format_amount(it.value, 9), "score", "score"),
        Part("root", it.root, "plaintext root"),
        Part("evaluator", it.evaluator, "evaluator", "evaluator"),
        Part("stake", str(it.stake), "stake", "stake", text=paid.shown(it.stake)),
        Part("state", row.state.name.lower(), "state", "state"),
        Part("claimant", row.claimant, "claimant"),
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
