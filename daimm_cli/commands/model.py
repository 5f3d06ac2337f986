"""`daimm model`: look at a model and drafts; retire versions, give models away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from daimm_cli.artifact.unixfs import RAW, Cid
from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import duration_shown
from daimm_cli.bindings.structs import ModelId
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, option
from daimm_cli.cli.verbs import Act, Kind, Part, data, fields, verb
from daimm_cli.commands.bench_jobs import JOB
from daimm_cli.commands.offer import OFFER
from daimm_cli.commands.options import Model
from daimm_cli.index.reputation import profiles, rating
from daimm_cli.index.rows import OfferRow, VersionRow
from daimm_cli.market import commissions, guarantees, rules
from daimm_cli.market.catalogue import plan as planned
from daimm_cli.market.catalogue import said
from daimm_cli.market.measured import measured
from daimm_cli.quote.seller import describe

if TYPE_CHECKING:
    from daimm_cli.market.drafts import Draft

app = App()

Version = Annotated[int, argument("The version's number.", min=1)]


def _version(context: Context, row: VersionRow) -> list[Part]:
    from daimm_cli.market.describe import made_from
    from daimm_cli.market.listing import read_listing

    signed = problem = None
    fetcher = context.fetcher  # what is wrong with the settings is no manifest's problem
    try:
        signed = read_listing(context, row, fetcher=fetcher)
    except DaimmError as error:
        problem = error.message
    shown = said(signed, row.version) if signed else {}
    results = measured(context, row.details.plaintext_root)
    jobs = commissions.wanted(context, row.details.plaintext_root)
    told = "; ".join(result.shown for result in results)
    promises = guarantees.standing(context, row.model, row.version)
    staked = "; ".join(each.shown for each in promises)
    return [
        Part("version", row.version),
        Part("retired", row.retired),
        Part("convicted", row.convicted),
        Part("details", row.details.to_json()),
        Part(
            "parents",
            [parent.to_json() for parent in row.parents],
            "made from" if row.parents else "",
            text=made_from(row.parents),
        ),
        Part("manifest", signed and signed.model_dump(exclude_none=True)),
        *(Part("", text, name) for name, text in shown.items()),
        Part("measured", results, "measured" if results else "", text=told),
        Part(
            "commissioned",
            [JOB.data(context, job) for job in jobs],
            "paid for" if jobs else "",
            text="; ".join(commissions.shown(context, job) for job in jobs),
        ),
        Part("guarantees", promises, "guaranteed" if promises else "", text=staked),
        Part.at("added_at", row.added_at, "added"),
        Part("problem", problem, "manifest"),
        Part("manifest_cid", str(Cid(RAW, row.details.manifest)), "manifest cid"),
    ]


def _draft(_: Context, draft: Draft) -> list[Part]:
    chain, model = draft.purpose.get("chain"), draft.purpose.get("model") or None
    what = f"model {model}" if model else "a new model"
    return [
        Part("draft", draft.file.stem, column="draft", text=draft.ident),
        Part("sources", draft.sources, column="files", text=_sources(draft)),
        Part("", f"{what} on chain {chain or '?'}", column="for"),
        Part("chain", chain),
        Part("model", model),
        Part("seller", draft.purpose.get("seller")),
        Part("size", draft.artifact.size, column="size"),
        Part("artifact", draft.cid, column="cid"),
        Part("digests", draft.digests_cid),
        Part("manifest", draft.manifest),
    ]


DRAFT = Kind(_draft, ("draft", "files", "for", "size", "cid"))


@app.command("show", "daimm model show 3")
def show(context: Context, model: Model) -> None:
    """Show a model: versions, what is in them, offers."""
    row = context.index.model(model)
    head = {"model": row.model, "owner": row.owner, "royalty": row.royalty}
    rated, owner = rating(context.index, model), profiles(context.index).get(row.owner)
    texts = [
        output.fields(
            {
                **head,
                "owner": f"{row.owner} ({owner.shown})" if owner else row.owner,
                "royalty": f"{row.royalty / 100:g}%",
                "rating": f"{rated.shown}: daimm review list {model}" if rated else "no reviews",
            }
        )
    ]
    record = context.index.seller(row.owner, offer=b"", now=context.now)
    did = output.fields(describe(record)).splitlines()
    texts.append("\n  ".join(["The owner, from the chain's events", *did]))
    versions = []
    for version in context.index.versions(model):
        parts = _version(context, version)
        versions.append(data(parts))
        ended = " (retired)" if version.retired else ""
        ended = " (its content was proven wrong)" if version.convicted else ended
        title = f"Version {version.version}{ended}"
        texts.append("\n  ".join([title, *fields(parts).splitlines()]))
    offers = context.index.offers(model=model)
    context.chain.tokens({offer.offer.token for offer in offers})
    texts += [_on_offer(context, offer) for offer in offers if not offer.closed]
    told: dict[str, Any] = {
        **head,
        "published_at": row.published_at,
        "rating": rated,
        "profile": owner,
        "record": record,
        "versions": versions,
        "offers": [OFFER.data(context, offer) for offer in offers],
    }
    context.emit(told, "\n\n".join(texts))


@app.command("drafts", "daimm model drafts", "daimm model drafts --remove 5f0c91aa")
def drafts(
    context: Context, remove: str | None = option("Remove this one with its sealed files.", "DRAFT")
) -> None:
    """List what was encrypted for publishing and is not listed on the chain.

    Nothing of a draft leaves this machine. The same publish command goes on with it.
    """
    from daimm_cli.market import drafts as library

    home = context.config.home
    if remove is None:
        found = library.drafts(home)
        DRAFT.list(context, found, empty="No drafts: whatever was sealed is listed.")
        return
    draft = library.find(home, remove)
    question = f"Remove draft {draft.ident} of {_sources(draft)} and its sealed files?"
    context.console.confirm(question)
    gone = library.remove(context, draft)
    kept = "its files stay, for the chain has them listed"
    text = f"Draft {draft.ident} is forgotten, {'its files are removed' if gone else kept}."
    context.emit({**DRAFT.data(context, draft), "removed": gone}, text)


def _sources(draft: Draft) -> str:
    names = [Path(each).name for each in draft.sources]
    return ", ".join([*names[:3], *(["..."] if len(names) > 3 else [])]) or "(unknown)"


def _on_offer(context: Context, row: OfferRow) -> str:
    """An offer in two lines."""
    offer = row.offer
    token = context.chain.tokens([offer.token])[offer.token]
    total = rules.total(context.chain, offer, token)
    state = row.obstacle(context.now) or "for sale"
    left = f", {row.sold} of {offer.supply} sold" if offer.supply else ""
    inspected = f", inspection {duration_shown(offer.inspection)}" if offer.inspection else ""
    return (
        f"Offer 0x{row.offer_id.hex()}\n"
        f"  version {offer.version}, {total}, {state}{left}, key within "
        f"{duration_shown(offer.delivery_time)}{inspected}"
    )


@verb(
    app,
    "daimm model retire 3 1",
    says="Version {version} of model {model} will never be sold again.",
    done="Version {version} of model {model} is retired.",
    see="daimm model show {model}",
)
def retire(context: Context, model: Model, version: Version) -> Act:
    """End sales of a version for ever.

    Licences for it stand, and open orders are still delivered. It cannot be undone.
    """
    context.index.model(model)
    call = context.chain.deployed.registry.retire(ModelId(model), version)
    return Act(call, {"model": model, "version": version})


@verb(
    app,
    "daimm model transfer 3 0x8fd379246834eac74B8419FfdA202CF8051F7A03",
    says="{plan}",
    done="Model {model} belongs to {owner}.",
)
def transfer(
    context: Context,
    model: Model,
    address: Annotated[str, argument("Who gets it: an account or a Safe.")],
) -> Act:
    """Give a model to somebody else.

    Your offers of it stop selling, and only they add versions and open offers from then on. Orders
    that are open stay yours to deliver, and pay you. Key lines stay with your seed. Only they can
    give it back.
    """
    plan = planned(context, model, address)
    registry = context.chain.deployed.registry
    return Act(
        registry.transfer_from(context.me.address, plan.receiver, plan.model),
        {
            "model": plan.model,
            "owner": plan.receiver,
            "offers_ended": plan.offers,
            "orders_waiting": plan.waiting,
        },
        {"plan": plan.text},
        next="daimm order deliver --all" if plan.waiting else None,
    )
