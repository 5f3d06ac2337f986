"""The tour's chapters about promises, what breaks them, and who decides."""

from __future__ import annotations

import json
import shutil

from daimm_cli.manifest import canonical
from scripts import demo
from scripts._acts import DAY, bought, deliver, deployed, opened, require
from scripts._stage import Person, Stage
from scripts.demo import found


def guarantee(stage: Stage, seller: Person, buyer: Person, friend: Person) -> None:
    stage.chapter("A promise with a stake behind it, and cover for the rest")
    stage.tell(
        "The seller promises more of the model than it has, and stakes on it. Two fifths of a "
        "broken stake are not the buyers', so a pool insures what is missing: its curator says of "
        "which bonds and how much, and a higher limit waits ten days, for depositors who disagree."
    )
    promise = ("1", "file_types macro_f1 >= 0.97 for 90d", "--bond", "6", "--evidence", "6")
    told = seller.types("guarantee", "offer", *promise, "--yes", step="stake on a promise")
    bond = found(r"bond (0x[0-9a-f]{64})", told.out)[:10]
    curator = underwriter(stage)
    curator.types("pool", "deposit", "aim", "--amount", "500", "--yes", step="deposit in a pool")
    limit = ("--limit", "20", "--rate", "2.4", "--yes")
    curator.types("pool", "limit", "aim", bond, *limit, step="insure a bond")
    stage.chain.travel(10 * DAY + 1)
    offer = opened(seller, "--price", "5")
    shown = buyer.types("quote", offer[:10])
    require("file_types gives at least 0.97" in " ".join(shown.out.split()), "It should be told.")
    order = found(r"(?i)order\s+(0x[0-9a-f]{64})", bought(buyer, offer[:10]))[:10]
    deliver(seller)
    buyer.types("cover", "buy", order, "--yes", step="insure an order")
    stage.tell(
        "\nWhat becomes known after three days counts. Then somebody measures the model, stakes on "
        "what they got, and nobody claims that they are wrong."
    )
    stage.chain.travel(3 * DAY + 1)
    shutil.copy(seller.desk / "report.json", friend.desk)
    friend.types("faucet", "--yes", quiet=True)
    friend.types("bench", "attest", "report.json", "1", "--stake", "6", "--yes")
    friend.types("guarantee", "break", bond, "--yes", step="contest a promise")
    stage.chain.travel(3 * DAY + 1)
    friend.types("guarantee", "break", bond, "--yes", step="break a promise")
    buyer.types("guarantee", "compensate", bond, order, "--yes", step="compensate an order")
    told = buyer.types("cover", "claim", order, "--yes", step="claim from a pool")
    require("1.4 AIM" in told.out, "The pool should pay what is missing.")
    told = buyer.types("withdraw", "--yes")
    require("Withdrew 3.6 AIM" in told.out, "The buyer should have what was left of the stake.")
    curator.types("pool", "show", "aim")
    stage.good("3.6 AIM from the bond and 1.4 from the pool: the buyer has the price back.")


def underwriter(stage: Stage) -> Person:
    """Who says what the pool of this chain insures: the account that made the contracts."""
    curator = stage.person("curator")
    (key := curator.desk / "key.txt").touch(mode=0o600)
    key.write_text(stage.chain.accounts[0].key)
    curator.types("account", "import", "curator", "--from", "key.txt", quiet=True)
    key.unlink()
    return curator


def claim(stage: Stage, seller: Person, buyer: Person) -> None:
    from daimm_cli.bindings.arbiter import Arbiter

    stage.chapter("A claim, and who decides")
    stage.tell(
        "An offer with an inspection names claims as its arbitrator. A claim stands unless "
        "somebody opposes it; who does pays the arbitrator, and has the claimant's deposit if they "
        "are right."
    )
    node, book, first = deployed(stage)
    named = ("--inspection", "2d", "--arbitrator", book.address("Claims/arbiter"))
    offer = opened(seller, "--price", "3", *named)
    order = found(r"(?i)order\s+(0x[0-9a-f]{64})", bought(buyer, offer[:10]))[:10]
    deliver(seller)
    buyer.types("claim", "show", order)
    words = ("--says", "It takes pictures for texts.")
    buyer.types("claim", "open", order, *words, "--yes", step="claim an order")
    seller.types("claim", "check", order)
    words = ("--says", "Every leaf is what I promised.")
    seller.types("claim", "oppose", order, *words, "--yes", step="oppose a claim")
    node.send(Arbiter(book.address("Arbiter")).give_ruling(0, 2), first)
    stage.tell("\nThe arbitrator of this chain, one account, rejects the claim.")
    stage.chain.travel(2 * DAY + 1)
    seller.types("claim", "execute", order, "--yes", step="carry a claim out")
    seller.types("claim", "withdraw", "--yes")
    stage.good("The seller is paid, and has the buyer's deposit for what opposing cost.")


def judged(stage: Stage, seller: Person, friend: Person) -> None:
    stage.chapter("A false result, and a court")
    stage.tell(
        "The seller promises what the model keeps, and stakes on it. The friend states a worse "
        "score, which is false, and holds it against the promise: the stake waits. The seller "
        "claims that it is wrong. The friend defends it, so jurors are drawn by lot from all who "
        "staked on seats: by a value that nobody knew when they did."
    )
    stores = f'sources = ["{seller.home / "store"}", "{friend.home / "store"}"]'
    jurors = [stage.person(name, storage=stores) for name in ("ada", "ben")]
    for juror in jurors:
        demo.arrive(stage, juror)
        juror.types("faucet", "--yes", quiet=True)
        juror.types("court", "join", "2", "--yes", step="join the court")
    court = ("--arbitrator", deployed(stage)[1].address("Claims/court"))
    promise = ("1", "file_types macro_f1 >= 0.9 for 90d", "--bond", "10", "--evidence", "6")
    told = seller.types("guarantee", "offer", *promise, *court, "--yes")
    bond = found(r"bond (0x[0-9a-f]{64})", told.out)[:10]
    report = json.loads((seller.desk / "report.json").read_bytes())
    report["result"]["score"] = "0.8"
    for person in (friend, seller):
        (person.desk / "false.json").write_bytes(canonical.encode(report))
    stated = ("false.json", "1", "--stake", "6", *court, "--yes")
    result = found(r"result (0x[0-9a-f]{64})", friend.types("bench", "attest", *stated).out)[:10]
    friend.types("guarantee", "break", bond, "--yes", quiet=True)
    words = ("--says", "The suite gives 0.917. Run it.")
    seller.types("claim", "open", result, *words, "--yes")
    words = ("--says", "It gave 0.8 when I ran it.")
    friend.types("claim", "oppose", result, *words, "--yes")
    stage.tell("\nSome minutes go by: the draw waits for a block that was not made yet.")
    stage.chain.mine(257)
    first, second = jurors
    first.types("court", "advance", "1", "--yes", step="draw three jurors")
    first.types("court", "show", "1")
    for juror in jurors:
        juror.types("court", "commit", "1", "--for", "claimant", "--yes", step="commit to a ruling")
    stage.tell("\nAll have committed, so the next phase begins. A keeper would do all of this.")
    first.types("court", "advance", "1", "--yes")
    for juror in jurors:
        juror.types("court", "reveal", "1", "--yes", step="reveal a ruling")
    second.types("court", "advance", "1", "--yes")
    stage.tell("\nTwo days in which the ruling may be appealed.")
    stage.chain.travel(2 * DAY + 1)
    second.types("court", "advance", "1", "--yes")
    first.types("court", "advance", "1", "--yes", step="end a dispute, and collect")
    first.types("court", "withdraw", "--yes")
    seller.types("claim", "execute", result, "--yes")
    told = seller.types("guarantee", "show", bond)
    require("standing" in told.out, "The promise should stand.")
    stage.good("The false result is void, the promise stands, and the jurors have the fees.")
