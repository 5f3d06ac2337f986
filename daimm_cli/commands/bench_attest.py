"""`daimm bench attest`: a score that somebody stakes on."""

from __future__ import annotations

import secrets
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from daimm_cli.base.errors import ChainRefused, DaimmError, VerificationFailed
from daimm_cli.base.text import parse_amount, parse_duration
from daimm_cli.bindings.structs import JobId, Result
from daimm_cli.chain import payment
from daimm_cli.chain.terms import ZERO_ADDRESS
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, option
from daimm_cli.cli.verbs import done
from daimm_cli.market.money import require_funds
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
    for approval in payment.approvals(context.chain, context.account, *spent):
        context.node.send(approval, context.account)
    sent = context.node.send(contract.attest(result), context.account)
    ident = context.node.view(contract.result_id_of(result))
    what = f"{told['score']} of {told['metric']}"
    text = f"{paid.shown(units)} are staked on {what}: result 0x{ident.hex()}."
    done(context, sent, text, {"result": ident, "report": cid, "stake": str(units)})
    context.next(f"daimm claim show 0x{ident.hex()}")
