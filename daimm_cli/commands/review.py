"""`daimm review`: what holders say of models, and what is answered."""

from __future__ import annotations

import json

from daimm_cli.base.errors import ChainRefused
from daimm_cli.bindings.structs import OrderId
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, option
from daimm_cli.cli.verbs import Kind, Part, done, fields
from daimm_cli.commands.license import AnybodysLicense, License
from daimm_cli.commands.options import Model
from daimm_cli.commands.store import push_queued
from daimm_cli.index.reputation import ReviewRow
from daimm_cli.market import reviews

app = App()

SHOWN = 50
"""Reviews that a list shows, the weightiest first."""


def _parts(_: Context, said: reviews.Said) -> list[Part]:
    row = said.row
    changed = "" if row.current else " (said otherwise since)"
    stars = f"{row.stars} of 5{changed}" if row.stars else "taken back"
    late = " (to what was said before)" if row.changed else ""
    return [
        Part("order", row.order_id, "order", "order"),
        Part("model", row.model, "model"),
        Part("reviewer", row.reviewer, "by"),
        Part("", said.author, "who calls themselves", "by", said.author or row.reviewer),
        Part("own", row.own, "sells it themselves" if row.own else ""),
        Part("stars", row.stars, "stars", "stars", stars),
        Part("weight", row.weight, "weight", "weight", f"{row.weight:.2f}"),
        Part("current", row.current),
        Part.at("said_at", row.said_at, "said"),
        Part("text_sha256", row.text),
        Part("text", said.text, "says", "says"),
        Part("answer", said.answer, "answer", text=said.answer and said.answer + late),
        Part.at("answered_at", row.answered_at, "answered"),
    ]


REVIEW = Kind(_parts, ("order", "stars", "weight", "by", "says"))


@app.command("list", "daimm review list 3")
def list_(
    context: Context,
    model: Model,
    limit: int = option("How many, the weightiest first; 0 for all.", default=SHOWN, min=0),
) -> None:
    """List what holders of a model's licences say of it.

    A review weighs what its licence paid to the protocol, times how long it was held: see
    docs/reputation.md. Buyers can be the seller under another name; then it cost them that fee.
    """
    found = _weightiest(context, model, limit)
    REVIEW.list(context, found, empty=f"Nobody has reviewed model {model}.")


@app.command("summary", "daimm review summary 3")
def summary(
    context: Context,
    model: Model,
    sentences: int = option("How many at most.", default=5, min=1, max=20),
) -> None:
    """Show the sentences of a model's reviews that say most of what the others say.

    A program chose them (TextRank), nobody else; each is somebody's own, with whose it is.
    """
    from daimm_cli.market import summary as library

    found = library.summary(_weightiest(context, model, SHOWN), sentences)
    output.say("Chosen by a program from the reviews; it may miss what matters.")
    told = [
        {
            "text": each.text,
            "order": each.said.row.order_id,
            "stars": each.said.row.stars,
            "reviewer": each.said.row.reviewer,
        }
        for each in found
    ]
    lines = [
        f"{each.text}\n    {each.said.row.stars} of 5, 0x{each.said.row.order_id.hex()} by "
        f"{each.said.author or each.said.row.reviewer}"
        for each in found
    ]
    text = "\n".join(lines) or f"Nobody has said anything of model {model}."
    context.emit({"method": "extractive, TextRank", "sentences": told}, text)


@app.command("export", "daimm review export 3")
def export(context: Context, model: Model) -> None:
    """Print a model's reviews as ERC-8004 has feedback, with the payments they follow from."""
    from daimm_cli.market.feedback import feedback

    found = feedback(context, _weightiest(context, model, 0))
    context.emit(found, json.dumps(found, indent=2))


def _weightiest(context: Context, model: int, limit: int) -> list[reviews.Said]:
    context.index.model(model)
    rows = context.index.rows(ReviewRow, None, model=model, current=True)
    rows = sorted((row for row in rows if row.stars), key=lambda row: row.weight, reverse=True)
    return reviews.read(context, rows[: limit or None])


@app.command("show", "daimm review show 0x3f9a61c2")
def show(context: Context, held: AnybodysLicense) -> None:
    """Show what was said of a licence's model, with what was said before; the newest first."""
    found = reviews.read(context, context.index.rows(ReviewRow, order_id=held.order.order_id))
    texts = [fields(REVIEW.parts(context, said)) for said in found]
    context.emit(
        [REVIEW.data(context, said) for said in found],
        "\n\n".join(texts) or "Nobody has said anything.",
    )


@app.command("write", "daimm review write 0x3f9a61c2 --stars 4 --text 'It does what it says.'")
def write(
    context: Context,
    held: License,
    stars: int = option("1 to 5; 0 takes your word back.", default=..., min=0, max=5),
    text: str = option("What you say, at most 4 KiB; it is public.", default=""),
) -> None:
    """Review the model of a licence of yours, in place of what you said before."""
    order = held.order
    contract = context.chain.deployed.reviews
    ident = OrderId(order.order_id)
    sent = reviews.say(context, lambda digest: contract.review(ident, stars, digest), text)
    what = f"{stars} of 5 stars for" if stars else "Nothing is said any more of"
    done(context, sent, f"{what} model {order.offer.model}.", {"order": ident, "stars": stars})
    push_queued(context)
    context.next(f"daimm review list {order.offer.model}")


@app.command("answer", "daimm review answer 0x3f9a61c2 --text 'Mended in version 2.'")
def answer(
    context: Context,
    held: AnybodysLicense,
    text: str = option("What you say, at most 4 KiB; nothing takes it back.", default=...),
) -> None:
    """Answer the review of a licence of your model, in place of what you answered before."""
    contract, ident = context.chain.deployed.reviews, OrderId(held.order.order_id)
    if not context.index.rows(ReviewRow, order_id=ident):
        raise ChainRefused("Nobody has said anything by this licence: there is nothing to answer.")
    sent = reviews.say(context, lambda digest: contract.answer(ident, digest), text)
    done(context, sent, "It is answered.", {"order": ident})
    push_queued(context)
    context.next(f"daimm review show 0x{ident.hex()}")
