"""What each operation may cost at most, and what equal work costs elsewhere.

>>> print(held_to(measure(market)))     # the gas beside what it is held to
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.cost import Cost


@dataclass(frozen=True)
class Anchor:
    """What equal work costs elsewhere, and the most that it may cost here; in gas."""

    what: str
    ceiling: int
    floor: int | None
    peers: str


ANCHORS = {
    "list": Anchor(
        "list: model, version and offer, in one transaction",
        150_000,
        95_789,
        "Olas 160,551; Ocean 1,505,430",
    ),
    "buy_new": Anchor(
        "buy a first licence, into escrow", 122_000, 88_935, "Seaport 133,809; Ocean 265,168"
    ),
    "buy_repeat": Anchor(
        "buy a next one, into escrow", 105_000, 71_835, "Seaport 117,109; Unlock 302,655"
    ),
    "buy_one_tx": Anchor(
        "buy a first one without an allowance (ERC-1363)", 130_000, 94_921, "Seaport ~180,000"
    ),
    "buy_moving": Anchor(
        "buy a next one at a price that rises and falls", 122_000, None, "nobody has it"
    ),
    "deliver_and_pay": Anchor(
        "deliver a proven key and pay the seller", 80_000, None, "nobody has it"
    ),
    "deal_total": Anchor(
        "from order to credited seller", 185_000, None, "Ocean 321,916, key by server"
    ),
    "resolve": Anchor("rule that a held order is the buyer's", 80_000, None, "-"),
    "renew": Anchor(
        "renew for the holder, with an unlimited allowance",
        85_000,
        None,
        "SNET 42,946; Unlock 119,232",
    ),
    "voucher": Anchor(
        "what a voucher adds to a purchase, used for the first time", 35_000, None, "-"
    ),
    "key_request": Anchor("ask for a key", 112_000, None, "nobody has it"),
    "key_delivery": Anchor("answer with the proven key", 75_000, None, "nobody has it"),
    "rent": Anchor("rent a licence, into escrow", 110_000, None, "-"),
    "rent_delivery": Anchor("deliver a rental's proven key", 100_000, None, "nobody has it"),
    "rent_extend": Anchor("pay for more time of a rental", 80_000, None, "-"),
    "rent_collect": Anchor("collect the rent so far", 50_000, None, "-"),
    "resale": Anchor("buy a licence from its holder, into escrow", 105_000, None, "-"),
    "resale_delivery": Anchor(
        "deliver its proven key, title and money", 130_000, None, "nobody has it"
    ),
    "version": Anchor("add a version", 60_000, 30_317, "SNET 51,059; Ocean 54,927"),
    "content_proof": Anchor(
        "prove a leaf of 4 KiB wrong, of 1 GiB", 900_000, None, "FairSwap: one contract a sale"
    ),
    "rebate": Anchor("claim a part of the fee back, for buyer and payee", 90_000, None, "-"),
    "review": Anchor("review a model", 40_000, None, "ERC-8004 152,805; EAS 199,888"),
    "claim_open": Anchor("claim a deal, which is held", 95_000, None, "-"),
    "claim_oppose": Anchor("oppose a claim, with its arbitrator", 140_000, None, "-"),
    "attest": Anchor("stake on a result", 75_000, None, "EAS 199,888, no stake"),
    "guarantee_post": Anchor("stake on a promised score", 90_000, None, "-"),
    "guarantee_break": Anchor("break it by a result", 95_000, None, "nobody has it"),
    "guarantee_compensate": Anchor("compensate an order from it", 100_000, None, "-"),
    "guarantee_waive": Anchor("leave an order to its insurer", 95_000, None, "nobody has it"),
    "pool_deposit": Anchor("deposit into a pool of cover", 60_000, None, "-"),
    "cover": Anchor("insure an order", 110_000, None, "nobody has it"),
    "cover_claim": Anchor("be paid by its cover", 125_000, None, "nobody has it"),
    "pool_withdraw": Anchor("withdraw from the pool", 75_000, None, "-"),
    "court_join": Anchor("take a seat in the court", 75_000, None, "-"),
    "court_draw": Anchor("draw three jurors from a block's header", 170_000, None, "-"),
    "court_commit": Anchor("commit to a ruling", 55_000, None, "-"),
    "court_reveal": Anchor("reveal it", 45_000, None, "-"),
    "court_collect": Anchor("collect a juror's fee and seat", 75_000, None, "-"),
    "withdraw": Anchor("withdraw earnings", 50_000, 42_149, "SNET 46,111; Unlock 49,184"),
}


def held_to(costs: dict[str, Cost]) -> str:
    """The gas beside what it is held to."""
    rows = [("operation", "gas", "ceiling", "floor", "elsewhere", "")]
    for name, anchor in ANCHORS.items():
        floor = f"{anchor.floor:,}" if anchor.floor else "-"
        figures = (f"{costs[name].gas:,}", f"{anchor.ceiling:,}", floor)
        rows.append((name, *figures, anchor.peers, anchor.what))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if 1 <= i <= 3 else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
