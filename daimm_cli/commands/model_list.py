"""`daimm model list`: find models."""

from __future__ import annotations

from dataclasses import dataclass

from daimm_cli.base.text import counted, parse_amount, parse_size, sized
from daimm_cli.bindings.values import checksummed
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, flag, one_of, option
from daimm_cli.cli.verbs import Kind, Part
from daimm_cli.commands.offer import OFFER
from daimm_cli.index.cards import ORDERS, STANDINGS, Wanted
from daimm_cli.market import rules
from daimm_cli.market.catalogue import Entry, Found, catalogue

app = App()

SORTED = (*ORDERS, "price")


def _entry(context: Context, entry: Entry) -> list[Part]:
    row, best = entry.model, entry.best
    token = best and context.chain.tokens([best.offer.token])[best.offer.token]
    total = rules.total(context.chain, best.offer, token) if best and token else "-"
    several = f"{len(entry.offers)} offers" if entry.offers else "-"
    return [
        Part("model", row.model, column="model"),
        Part("name", row.name, column="name", text=row.name or "-"),
        Part("licence", row.licence, column="licence"),
        Part("size", row.size, column="size", text=row.size and sized(row.size)),
        *(Part(name, getattr(row, name)) for name in ("summary", "task", "formats", "problem")),
        Part("versions", row.versions, column="versions"),
        Part("", total, column="total"),
        Part("", best.offer_id if best else several, column="offer"),
        Part("standing", entry.standing, column="standing"),
        Part(
            "rating", row.rating, column="rating", text=f"{row.rating:.1f}" if row.rating else "-"
        ),
        Part("reviews", row.reviews),
        Part("score", entry.score, column="score"),
        Part("sold", row.sold),
        Part("owner", row.owner, column="owner"),
        Part("royalty", row.royalty),
        Part("published_at", row.published_at),
        Part("offers", [OFFER.data(context, offer) for offer in entry.offers]),
    ]


_COLUMNS = (
    *("model", "name", "licence", "size", "versions"),
    *("total", "offer", "standing", "rating", "owner"),
)

MODEL = Kind(_entry, _COLUMNS)
SCORED = Kind(_entry, ("score", *_COLUMNS))


@dataclass
class ListOptions:
    """Which models are listed, and how."""

    search: str | None = option("Words in names, summaries and cards.", "TEXT")
    format: str | None = option("Like onnx, safetensors or gguf.", "FORMAT")
    task: str | None = option("As cards have it, like image-classification.", "TASK")
    license: str | None = option("SPDX identifier of the licence, like MIT.", "LICENCE")
    max_price: str | None = option("Most that it costs in AIM, as listed.", "AMOUNT")
    max_size: str | None = option("Most that its files take, like 4GiB.", "SIZE")
    seller: str | None = option("Whose they are.", "ADDRESS")
    standing: str | None = option(
        f"One of {', '.join(STANDINGS)}.", "WORD", parser=one_of(STANDINGS)
    )
    suite: str | None = option(
        "Only what has a score by this suite that stands, the best first.", "SUITE"
    )
    sort: str | None = option(
        f"By {', '.join(SORTED)}; default newest, or how well a search fits.",
        "ORDER", parser=one_of(SORTED),
    )  # fmt: skip
    mine: bool = flag("Only your own.", "--mine")
    limit: int = option("How many on a page; 0 for all.", default=100, min=0)
    page: int = option("Which page.", default=1, min=1)

    def find(self, context: Context) -> Found:
        """What they ask for."""
        suite = None
        if self.suite:
            from daimm_cli.benchmark import suites

            suite = suites.find(self.suite)
        seller = self.seller and checksummed(self.seller, "seller")
        size = parse_size(self.max_size) if self.max_size else None
        wanted = Wanted(
            *(self.search, context.me.address if self.mine else seller, self.format, self.task),
            *(self.license, size, self.sort),
        )
        most = parse_amount(self.max_price, 18, "AIM") if self.max_price else None
        return catalogue(
            context,
            wanted,
            max_price=most,
            standing=self.standing,
            suite=suite,
            page=self.page,
            limit=self.limit,
        )


@app.command(
    "list",
    "daimm model list",
    "daimm model list --search 'file types' --format onnx --max-price 10 --sort price",
    "daimm model list --mine --json",
)
def list_(context: Context, options: ListOptions) -> None:
    """List models with their open offers, newest first.

    What they are called and said to be is their sellers' word, held against the chain. The standing
    is good where others got keys from the seller and none was late, poor where one never came or
    content was proven wrong; new says nothing. Sellers can be their own buyers: see `daimm quote`.
    """
    found = options.find(context)
    (SCORED if options.suite else MODEL).list(
        context,
        found.entries,
        empty="You have no models." if options.mine else "No models: ask for less, or look later.",
        step="daimm model publish FILE --card README.md --price 10",
    )
    first, pages = (options.page - 1) * options.limit, -(-found.total // (options.limit or 1))
    if options.limit and found.total > len(found.entries):
        last = first + len(found.entries)
        output.say(f"{first + 1:,} to {last:,} of {found.total:,} models: --page 1 to {pages:,}.")
    if not options.mine and any(entry.offers for entry in found.entries):
        context.next("daimm quote OFFER, then daimm buy OFFER")
    if found.unnamed:
        from daimm_cli.market.names import begin

        nameless = f"No name is known here for {counted(len(found.unnamed), 'model')}"
        if begin(context, found.unnamed):
            output.say(f"{nameless} yet; they are being fetched: list again.")
        else:
            output.say(f"{nameless}: `daimm index names` fetches them and says what is not there.")
