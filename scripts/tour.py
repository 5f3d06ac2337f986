"""Every way to sell, and what keeps it honest, as one story with a real model: `make tour`.

The same people, chain and model as in `make demo`, which is the short one: prices that move,
coupons, private sales, shares for who sends buyers, promises with a stake and cover, resale, rent,
gifts, wrong content, a court, rebates, reviews, a vote.
`make tour KEEP=1` leaves the folder with all homes for you to look at.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from daimm_cli.sandbox.sandbox import lacking  # noqa: E402 - found by the line above
from scripts import demo  # noqa: E402
from scripts._acts import DAY, bought, deliver, deployed, opened, require  # noqa: E402
from scripts._fit import fit  # noqa: E402
from scripts._stage import Person, Stage  # noqa: E402
from scripts._trust import claim, guarantee, judged  # noqa: E402
from scripts.demo import found  # noqa: E402

HALF_FEE = """title: Halve the fee
description: |
  Sales in AIM are to cost sellers half a percent.
calls:
  - target: Market
    call: setToken
    arguments: {token: AIMToken, allowed: true, fee: 50, maxDeliveryFee: 10 AIM}
"""


def tour(stage: Stage) -> None:
    """The chapters in order."""
    seller, buyer = demo.set_up(stage)
    demo.publish(stage, seller)
    catalogue(stage, buyer)
    license_id = moving(stage, seller, buyer)
    evidence(stage, seller, buyer)
    ethics(stage, seller, buyer)
    papers(stage, seller, buyer)
    friend = coupon(stage, seller, buyer)
    guarantee(stage, seller, buyer, friend)
    private_id = private(stage, seller, buyer, friend)
    resale(stage, buyer, friend, private_id)
    rent(stage, seller, buyer, friend, license_id)
    gift(stage, seller, buyer, friend)
    claim(stage, seller, buyer)
    judged(stage, seller, friend)
    subscribe(stage, seller, buyer)
    demo.collect(stage, seller)
    demo.garbage(stage, seller, buyer)
    rebate(stage, seller, buyer)
    review(stage, seller, buyer, license_id)
    vote(stage, seller)
    stage.show_bill()


def catalogue(stage: Stage, buyer: Person) -> None:
    stage.chapter("A model is found")
    stage.tell(
        "Names and cards are the seller's words; they are fetched from wherever they are kept, and "
        "held against the chain."
    )
    buyer.types("index", "names")
    shown = buyer.types("model", "list", "--search", "file type", "--format", "onnx")
    require("magika" in shown.out, "The model should be found.")


def moving(stage: Stage, seller: Person, buyer: Person) -> str:
    stage.chapter("A price that moves")
    stage.tell(
        "It falls with time towards a floor, and each sale raises it. The buyer waits two days; "
        "what is paid is what it costs then, and never more than the maximum they name."
    )
    moves = ("--falls-to", "4", "--half-life", "2d", "--rises", "3%")
    offer = opened(seller, "--price", "10", *moves, step="open an offer")
    stage.chain.travel(2 * DAY)
    told = bought(buyer, offer[:10], "--max-price", "7.5", step="buy at a moving price")
    deliver(seller)
    license_id = found(r"licence\s+(0x[0-9a-f]{64})", told)
    buyer.types("license", "fetch", license_id[:10], "--unpack", "bought")
    stage.good("Half of what was above the floor is gone: 7 AIM in place of 10.")
    buyer.types("offer", "show", offer[:10])
    return license_id


def evidence(stage: Stage, seller: Person, buyer: Person) -> None:
    demo.run(stage, buyer, "bought")
    stage.chapter("A score that anybody gets again")
    stage.tell(
        "The seller measures the model by a suite, on data that a package carries. The buyer "
        "checks the report with what they bought; one that claims more would be found out."
    )
    suite = ("--suite", "file_types", *(["--unsafe"] if lacking() else []))
    seller.types("bench", "run", "model.onnx", *suite, "--output", "report.json")
    shutil.copy(seller.desk / "report.json", buyer.desk)
    told = buyer.types("bench", "check", "report.json", "bought", *suite)
    require("as the report says" in told.out, "The score should be the same.")
    commission(stage, seller, buyer, suite)


def commission(stage: Stage, seller: Person, buyer: Person, suite: tuple[str, ...]) -> None:
    stage.chapter("A score that somebody is paid for")
    stage.tell(
        "Whoever wants to know pays somebody to measure. The fee waits on the chain, who answers "
        "stakes on it, and for three days anybody may claim that the score is another."
    )
    seller.types("faucet", "--yes", quiet=True)
    address = found(r"0x[0-9a-fA-F]{40}", buyer.types("account", "list", quiet=True).out)
    terms = ("--fee", "2", "--stake", "5", "--deadline", "7d", "--yes")
    asked = seller.types("bench", "commission", "1", *suite[:2], "--evaluator", address, *terms)
    job = found(r"job (0x[0-9a-f]{64})", asked.out)[:10]
    buyer.types("bench", "jobs", "--mine")
    buyer.types("bench", "run", "bought", *suite, "--output", "answer.json")
    buyer.types("bench", "attest", "answer.json", "--job", job, "--yes")
    stage.chain.travel(3 * DAY + 60)
    buyer.types("bench", "close", job, "--yes")
    told = buyer.types("withdraw", "--yes")
    require("Withdrew 7 AIM" in told.out, "Fee and stake should be the evaluator's.")
    stage.good("The result stands: its evaluator has the fee, and the stake back.")


def ethics(stage: Stage, seller: Person, buyer: Person) -> None:
    stage.chapter("How a model treats people")
    stage.tell(
        "Another model, trained on the spot, says how far diabetes goes. It is rated: by sex and "
        "age, under noise, by what it betrays of its training. What nobody shows counts as bad. "
        "The buyer computes all of it again."
    )
    (seller.desk / "diabetes").mkdir()
    fit("diabetes", seller.desk / "diabetes" / "model.onnx")
    declared = ("diabetes", "--declaration", "diabetes", *(["--unsafe"] if lacking() else []))
    seller.types("ethics", "report", *declared, "--output", "ethics.json")
    shutil.copytree(seller.desk / "diabetes", buyer.desk / "diabetes")
    shutil.copy(seller.desk / "ethics.json", buyer.desk)
    told = buyer.types("ethics", "check", "ethics.json", *declared)
    require("resting on 8 of 12 items" in told.out, "The rating should rest on eight items.")


def coupon(stage: Stage, seller: Person, buyer: Person) -> Person:
    stage.chapter("A coupon, and a friend who is paid for it")
    stage.tell(
        "The seller signs a voucher: a text that fits into a link, signed without a transaction. "
        "This one takes a fifth off for the first hundred, once each, and gives a tenth of the "
        "price to whoever brought the buyer."
    )
    friend = stage.person("friend", storage=f'sources = ["{seller.home / "store"}"]')
    address = demo.arrive(stage, friend)
    offer = opened(seller, "--price", "10", "--vouchers")
    seller.types(
        *("voucher", "sign", offer[:10], "--discount", "20%", "--uses", "100", "--uses-each", "1"),
        *("--referral", "10%", "--output", str(buyer.desk / "coupon.txt"), "--yes"),
    )
    buyer.types("voucher", "show", "coupon.txt")
    bought(buyer, "--voucher", "coupon.txt", "--referrer", address, step="buy with a voucher")
    deliver(seller)
    told = friend.types("withdraw", "--yes")
    require("Withdrew 0.8 AIM" in told.out, "The friend should have a tenth.")
    stage.good("The buyer paid 8 AIM, and the friend has a tenth of it.")
    return friend


def private(stage: Stage, seller: Person, buyer: Person, friend: Person) -> str:
    stage.chapter("A private sale")
    stage.tell("Nobody buys this offer without a voucher, and the voucher names who may use it.")
    address = found(r"0x[0-9a-fA-F]{40}", friend.types("account", "list", quiet=True).out)
    friend.types("faucet", "--yes", quiet=True)
    offer = opened(seller, "--price", "10", "--private")
    signed = seller.types("voucher", "sign", offer[:10], "--price", "2", "--for", address, "--yes")
    text = found(r"(?m)^(\S{100,})$", signed.out)
    buyer.types("buy", "--voucher", text, "--yes", fails=True)
    license_id = found(r"licence\s+(0x[0-9a-f]{64})", bought(friend, "--voucher", text))[:10]
    deliver(seller)
    friend.types("license", "fetch", license_id, "--unpack", "private")
    stage.good("Only who was meant could buy, for 2 AIM.")
    return license_id


def resale(stage: Stage, buyer: Person, friend: Person, license_id: str) -> None:
    stage.chapter("A licence is sold on, without the seller")
    stage.tell(
        "The friend sells the licence and hands the key over: the chain verifies that it is the "
        "same key, hidden for the new holder. Title, key and money change hands in one transaction."
    )
    friend.types(
        *("license", "sell", license_id, "--price", "4", "--pass-on", "--yes"), step="list for sale"
    )
    told = buyer.types("license", "sales", "--model", "1")
    listing = found(r"(?m)^\s*(0x[0-9a-f]{64})", told.out)[:10]
    told = buyer.types("license", "take", listing, "--yes", step="take a licence")
    deal = found(r"(0x[0-9a-f]{64})\nNext", told.out)[:10]
    friend.types("license", "give", deal, "--yes", step="pass a key on")
    buyer.types("license", "fetch", license_id, "--unpack", "resold")
    friend.types("withdraw", "--yes")
    stage.good("The key opens the model for the buyer, and the friend has the price.")


def rent(stage: Stage, seller: Person, buyer: Person, friend: Person, license_id: str) -> None:
    stage.chapter("A licence is rented")
    stage.tell(
        "The buyer lets others use the licence, for 2 AIM a day. The friend pays for five days "
        "into a contract; the key, proven, starts the clock, and what is not used comes back."
    )
    terms = ("--per-day", "2", "--min", "1d", "--max", "30d", "--deposit", "3")
    told = buyer.types("rent", "offer", license_id[:10], *terms, "--yes", step="list for rent")
    listing = found(r"(0x[0-9a-f]{64})\nNext", told.out)[:10]
    friend.types("rent", "list", "--model", "1")
    told = friend.types("rent", "take", listing, "--for", "5d", "--yes", step="rent")
    deal = found(r"(0x[0-9a-f]{64})\nNext", told.out)[:10]
    seller.types("rent", "deliver", deal, "--yes", step="deliver to who rents")
    friend.types("rent", "fetch", deal, "--unpack", "rented")
    stage.tell("\nTwo days go by, then the friend has seen enough.")
    stage.chain.travel(2 * DAY)
    friend.types("rent", "end", deal, "--yes", step="end a rental early")
    buyer.types("rent", "collect", "--yes", step="collect rent")
    for person in (friend, buyer):
        person.types("withdraw", "--yes")
    stage.good("The buyer has two days' rent, the friend the other three days' and the deposit.")


def gift(stage: Stage, seller: Person, buyer: Person, friend: Person) -> None:
    stage.chapter("A gift, and a key of one's own")
    stage.tell(
        "The buyer pays for a licence of the friend's. Its key opens in the buyer's home alone, so "
        "the friend asks for one, and leaves a fee for whoever delivers it. If nobody did, the fee "
        "would come back, and the quotes of this seller would say so."
    )
    address = found(r"0x[0-9a-fA-F]{40}", friend.types("account", "list", quiet=True).out)
    offer = opened(seller, "--price", "3")
    told = bought(buyer, offer[:10], "--for", address, step="buy a gift")
    license_id = found(r"licence\s+(0x[0-9a-f]{64})", told)[:10]
    deliver(seller)
    friend.types("license", "ask", license_id, "--fee", "0.1", "--yes", step="ask for a key")
    waiting = seller.types("license", "requests", "--open").out
    request = found(r"(?m)^\s*(0x[0-9a-f]{64})", waiting)[:10]
    seller.types("license", "give", request, "--yes", step="answer a key request")
    friend.types("license", "fetch", license_id, "--unpack", "gift")
    stage.good("The key opens the model for the friend, and the seller has the fee.")


def subscribe(stage: Stage, seller: Person, buyer: Person) -> None:
    stage.chapter("A subscription")
    stage.tell(
        "Thirty days for 3 AIM. Before they end, the list of licences says so, and anybody can pay "
        "for more."
    )
    offer = opened(seller, "--price", "3", "--duration", "30d")
    license_id = found(r"licence\s+(0x[0-9a-f]{64})", bought(buyer, offer[:10]))[:10]
    deliver(seller)
    stage.tell("\nFour weeks go by.")
    stage.chain.travel(28 * DAY)
    buyer.types("license", "list")
    buyer.types("license", "renew", license_id, "--yes", step="renew a licence")
    buyer.types("license", "show", license_id)


def papers(stage: Stage, seller: Person, buyer: Person) -> None:
    stage.chapter("What other tools read of a model")
    stage.tell(
        "A bill of materials (CycloneDX), for whoever keeps a list of what their systems are made "
        "of; and a signature of the files as OpenSSF has it, bound to the seller's account. The "
        "buyer holds what they bought to both the signature and the chain."
    )
    seller.types("model", "bom", "1", "--report", "report.json", "--output", "bom.json")
    (seller.desk / "magika").mkdir()
    for name in demo.MODEL:
        shutil.copy(seller.desk / name, seller.desk / "magika")
    seller.types("model", "sign", "magika", "--signature", "magika.sig")
    for file in seller.desk.glob("magika.sig*"):
        shutil.copy(file, buyer.desk)
    signed = ("--signature", "magika.sig", "--model", "1")
    told = buyer.types("model", "verify", "bought", *signed)
    require("none is changed" in told.out, "The files should be those that the seller signed.")


def rebate(stage: Stage, seller: Person, buyer: Person) -> None:
    stage.chapter("A part of the fee comes back")
    stage.tell(
        "The protocol keeps 1% of a sale. While the market is young, seller and buyer get some of "
        "it back, and never so much that trading with oneself would pay."
    )
    seller.types("rebate", "list")
    seller.types("rebate", "claim", "--yes", step="claim rebates")
    for person in (seller, buyer):
        person.types("balance")


def review(stage: Stage, seller: Person, buyer: Person, license_id: str) -> None:
    stage.chapter("What buyers say")
    stage.tell(
        "Whoever holds a settled licence has one word on its model. It weighs what was paid to the "
        "protocol for it, and how long it was held: a seller who praises themselves pays for it."
    )
    text = "It tells file types apart well. It is slow on long files."
    said = ("--stars", "4", "--text", text, "--yes")
    buyer.types("review", "write", license_id, *said, step="review")
    seller.types("review", "answer", license_id, "--text", "Version 2 will be faster.", "--yes")
    stage.chain.travel(30 * DAY)
    stage.chain.mine()
    buyer.types("review", "show", license_id)
    buyer.types("review", "summary", "1")
    seller.types("profile", "set", "--handle", "filetype-labs", "--yes")
    buyer.types("profile", "set", "--handle", "fi1etype-1abs", "--yes")
    shown = buyer.types("profile", "show")
    require("LOOKS LIKE" in shown.out, "The look-alike should be shown as such.")
    stage.good("A look-alike of a handle is shown as such, wherever it is shown.")


def vote(stage: Stage, seller: Person) -> None:
    from daimm_cli.bindings.erc20 import ERC20

    stage.chapter("Holders of AIM decide")
    stage.tell(
        "A holder of 20,000 AIM wraps them, so that they vote, and proposes to halve the fee. "
        "Whoever reads the proposal sees what its calls do, for they are tried first."
    )
    holder = stage.person("holder")
    address = demo.arrive(stage, holder)
    node, book, first = deployed(stage)
    node.send(ERC20(book.address("AIMToken")).transfer(address, 20_000 * 10**18), first)
    (holder.desk / "fee.yaml").write_text(HALF_FEE)
    stage.show_command("holder", ["cat", "fee.yaml"])
    stage.show_answer(HALF_FEE)
    holder.types("token", "wrap", "20000", "--yes")
    stage.chain.travel(2)  # what counts is the votes of a second ago
    told = holder.types("dao", "propose", "fee.yaml", "--yes", step="propose")
    proposal = found(r"Proposed as (0x[0-9a-f]{64})", told.out)[:10]
    stage.chain.travel(61)
    holder.types("dao", "vote", proposal, "for", "--yes", step="vote")
    stage.chain.travel(301)
    holder.types("dao", "queue", proposal, "--yes")
    stage.tell("\nBetween the vote and what it does is time in which whoever disagrees can leave.")
    stage.chain.travel(121)
    holder.types("dao", "execute", proposal, "--yes", step="carry out a vote")
    told = seller.types("offer", "open", "1", "--price", "10", "--yes")
    require("9.95 AIM a sale" in told.out, "The fee should be half a percent.")
    stage.good("Of an offer that opens now the protocol takes half a percent.")


if __name__ == "__main__":
    sys.exit(demo.main(tour, "Tour all that DAIMM does, with a real model on a local chain."))
