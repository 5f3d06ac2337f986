"""`daimm quote`: what can be found out about an offer before paying."""

from __future__ import annotations

import shlex

from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, option
from daimm_cli.commands.options import VOUCHER
from daimm_cli.quote.sampling import MOST_SAMPLES, SAMPLES

app = App()


@app.command("quote", "daimm quote 0x3f9a61c2", "daimm quote 0x3f9a61c2 --samples 32 --json")
def quote(
    context: Context,
    offers: list[str] | None = argument("Ids of offers.", "OFFER", default=None),
    voucher: list[str] | None = VOUCHER,
    samples: int = option(
        "Random blocks to fetch from each source as a test.",
        default=SAMPLES,
        min=1,
        max=MOST_SAMPLES,
    ),
) -> None:
    """Find out about an offer before paying; nothing is bought, and no account is needed.

    Tries the purchase, counts the seller's deliveries and refunds, looks whether keys still come
    and whether random blocks of the file can be had and from where, compares the manifest with the
    chain, and says who could change what and the worst that can happen. The exit status is 5 if
    anything is false; what could not be found out is called unknown.
    """
    from daimm_cli.base.errors import VerificationFailed
    from daimm_cli.index.rows import OfferRow
    from daimm_cli.market import vouchers
    from daimm_cli.market.lookup import find
    from daimm_cli.quote.report import make

    named, shown = vouchers.shown(context, voucher or [], offers or [])
    rows = [find(context.index, OfferRow, text) for text in named]
    reports = [
        make(context, row, samples=samples, shown=shown.get(row.offer_id, b"")) for row in rows
    ]
    data = [report.data for report in reports]
    text = "\n\n\n".join(report.text for report in reports)
    context.emit(data if len(data) > 1 else data[0], text)
    wrong = sorted({name for report in reports for name in report.wrong})
    if wrong:
        raise VerificationFailed(
            f"Not all of it is true: see {', '.join(wrong)} under Checks before you buy."
        )
    typed = [f"--voucher {shlex.quote(text)}" for text in voucher or []]
    ids = [f"0x{row.offer_id.hex()}" for row in rows if row.offer_id not in shown]
    context.next(" ".join(["daimm buy", *ids, *typed]))
