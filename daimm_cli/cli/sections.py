"""What `daimm --help` lists: every group and command, imported when it is used.

>>> entries()["buy"].help
'Check an offer and pay for it'
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A line of `daimm --help`.

    modules: of `daimm_cli.commands`, each with a typer `app`. A group has all their commands, a
    command is the one of its name.
    """

    name: str
    help: str
    modules: tuple[str, ...]
    group: bool = True


SECTIONS: dict[str, tuple[Entry, ...]] = {
    "Accounts and money": (
        Entry("account", "Create, import and list accounts", ("account",)),
        Entry("secrets", "Back up and restore what keys follow from", ("secrets",)),
        Entry("safe", "Act as a Safe together with its other owners", ("safe",)),
        Entry("balance", "Show what an account has and is owed", ("money",), group=False),
        Entry("withdraw", "Collect what is owed to you", ("money",), group=False),
        Entry("distribute", "Pass on what versions earned for several", ("money",), group=False),
        Entry("tx", "Look at a transaction; hurry or cancel one that is stuck", ("tx",)),
        Entry("faucet", "Get test tokens on a test network", ("money",), group=False),
    ),
    "Selling": (
        Entry(
            "model",
            "Publish models, add versions, look at them",
            ("publish", "model_list", "model", "model_papers"),
        ),
        Entry("offer", "Open, close and replace offers", ("offer",)),
        Entry("voucher", "Sign prices for who shows them; revoke them", ("voucher",)),
        Entry("keeper", "Deliver keys while you sleep", ("keeper",)),
    ),
    "Buying and delivering": (
        Entry("quote", "Find out about an offer before paying", ("quote",), group=False),
        Entry("buy", "Check an offer and pay for it", ("buy",), group=False),
        Entry(
            "order",
            "Follow, deliver, end what was ordered",
            ("order", "order_seller", "order_wrong"),
        ),
        Entry("claim", "Claim a deal before its arbitrator; oppose a claim", ("claim",)),
        Entry("cover", "Insure orders against broken promises", ("cover",)),
        Entry("court", "Judge claims as a drawn juror", ("court",)),
        Entry(
            "guarantee",
            "Stake on promises; break them; take what they owe",
            ("guarantee",),
        ),
        Entry("pool", "Share in what insures orders", ("pool",)),
        Entry("review", "Say how good a model is; read what others say", ("review",)),
        Entry("profile", "Say who you are, and see who others say they are", ("profile",)),
        Entry("rebate", "Claim a part of the fee back after a sale", ("rebate",)),
        Entry(
            "license",
            "Open what you bought, run it; list your licences",
            ("license", "license_run", "license_keys", "license_sale"),
        ),
        Entry("rent", "Rent licences, and rent yours out", ("rent", "rent_running")),
    ),
    "Evidence": (
        Entry(
            "bench",
            "Measure models by suites that anybody repeats",
            ("bench", "bench_attest", "bench_jobs", "bench_draw"),
        ),
        Entry("ethics", "Rate how a model treats people, item by item", ("ethics",)),
    ),
    "Governance": (
        Entry("token", "Who holds AIM; wrap it, so that it votes", ("token",)),
        Entry("dao", "Propose, vote, carry out", ("dao",)),
        Entry("admin", "Show and use the powers of governance", ("admin",)),
    ),
    "Files": (Entry("store", "Look into the local store; CIDs of files", ("store",)),),
    "Help": (
        Entry("index", "Read the market's events anew", ("index",)),
        Entry("config", "Show the settings in force and what set them", ("config",)),
        Entry("doctor", "Check everything and say what to do", ("doctor",), group=False),
    ),
}

GLOBAL_OPTIONS = (
    ("--json", "Print the result as JSON on stdout."),
    ("-y, --yes", "Don't ask before spending."),
    ("--max-gas ETHER", "Most that a transaction's gas may cost."),
    ("--account NAME", "Alias or address of the keystore to act with."),
    ("--profile NAME", "Profile of config.toml to use."),
    ("--market MARKET", "A former market's address, or former."),
    ("--rpc URL", "Address of the node to talk to."),
    ("--home FOLDER", "Where daimm keeps its things (default ~/.daimm)."),
)


def entries() -> dict[str, Entry]:
    """Every group and command by name, in the order of the help."""
    return {entry.name: entry for section in SECTIONS.values() for entry in section}


def root_help() -> str:
    """What `daimm --help` prints; needs no import of typer, so it comes at once."""
    lines = [
        "Usage: daimm COMMAND [OPTIONS]",
        "",
        "  Sell and buy AI models. The key is paid for if and only if it is right.",
    ]
    for title, section in SECTIONS.items():
        lines += ["", f"{title}:", *_columns((entry.name, entry.help) for entry in section)]
    lines += ["", "Options that every command takes:", *_columns(GLOBAL_OPTIONS)]
    lines += [
        "",
        "`daimm COMMAND --help` shows a command's options and an example;",
        "`daimm --install-completion` lets your shell complete what you type.",
        "",
    ]
    return "\n".join(lines)


def _columns(rows: Iterable[tuple[str, str]]) -> list[str]:
    return [f"  {name:<16}  {text}" for name, text in rows]
