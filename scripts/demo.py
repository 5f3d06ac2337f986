"""The whole of DAIMM on a local chain, with a real model: `make demo`.

A seller publishes magika's file-type model, a buyer pays for it, the chain proves the key right,
the buyer opens the model and runs it. Then somebody tries to be paid for a wrong key, a seller does
not deliver at all, and one sells garbage. `make demo KEEP=1` leaves the folder with both homes for
you to look at.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from daimm_cli.sandbox.sandbox import lacking  # noqa: E402 - found by the line above
from scripts._stage import DemoFailed, Person, Stage  # noqa: E402

MODEL = ("model.onnx", "config.min.json")
RUN_ON = ("README.md", "Makefile", "contracts/market/Market.sol", "daimm_cli/cli/output.py",
          "tests/vectors/delivery.json")  # fmt: skip


def main(
    acts: Callable[[Stage], None], about: str = "Sell and buy a real model on a local chain."
) -> int:
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--keep", action="store_true", help="keep the folder with both homes")
    keep = parser.parse_args().keep
    interrupted = []

    def stop(number: int, _frame: object) -> None:
        interrupted.append(number)
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell has it ignored
        signal.signal(number, stop)
    from daimm_cli.base.errors import DaimmError
    from tools.kubo import LocalDaemon, find
    from tools.running import ProgramFailed

    try:
        with Stage(keep=keep, daemon=LocalDaemon() if find() else None) as stage:
            acts(stage)
            spent = time.monotonic() - stage.started
            stage.tell(f"\nAll of it took {spent:.0f} seconds.")
            stage.tell(
                f"Both homes are in {stage.folder}; the chain ends now."
                if keep
                else "Chain and folder go now; with KEEP=1 the folder stays. README.md has a sale "
                "by hand, in ten lines."
            )
    except BaseException as error:
        if interrupted:  # whatever it broke on the way
            print("\nInterrupted: chain and folder are gone.", file=sys.stderr)
            return 130
        if not isinstance(error, (DemoFailed, DaimmError, ProgramFailed)):
            raise
        print(f"The demo failed: {error}", file=sys.stderr)
        return 1
    return 0


def play(stage: Stage) -> None:
    """The acts in order."""
    seller, buyer = set_up(stage)
    offer = publish(stage, seller)
    order, license_id = buy(stage, buyer, offer, step="buy (into escrow)")
    deliver(stage, seller)
    fetch(stage, buyer, license_id)
    run(stage, buyer, "magika")
    collect(stage, seller)
    order, _ = cheat(stage, buyer, offer)
    absent(stage, buyer, order)
    garbage(stage, seller, buyer)
    stage.show_bill()
    stage.tell(
        "Each is the first of its kind on a new chain and costs more than later ones: README.md "
        "has the figures of everyday use."
    )


def set_up(stage: Stage) -> tuple[Person, Person]:
    from eth_account import Account

    from daimm_cli.chain.node import Node
    from scripts._artifacts import build
    from scripts._params import for_chain
    from scripts.deploy import deploy

    stage.chapter("A chain, the contracts, two people")
    stage.tell(
        "A local Ethereum chain runs in a process of its own. The script that deploys to public "
        "networks\ndeploys to it:"
    )
    build()
    node = Node.connect(stage.chain.url)
    deployer = Account.from_key(stage.chain.accounts[0].key)
    params = for_chain(node.chain_id)
    deploy(node, deployer, params, folder=stage.deployments, say=stage.show_answer)
    if stage.daemon is not None:
        seller = stage.person("seller", storage=f'kubo = "{stage.daemon.api}"')
        buyer = stage.person("buyer", storage=f'gateways = ["{stage.daemon.gateway}"]')
        shared = (
            "an IPFS daemon: the seller pushes the encrypted files to it, the buyer fetches them"
        )
    else:
        seller = stage.person("seller")
        buyer = stage.person("buyer", storage=f'sources = ["{seller.home / "store"}"]')
        shared = "a folder with encrypted files (no IPFS daemon is here: `make kubo` builds one)"
    stage.tell(
        f"\nSeller and buyer share nothing but the chain and {shared}.\nEach makes an account; the "
        "chain gives them ether for gas, the faucet gives the buyer AIM, the\ntoken to pay with."
    )
    for person in (seller, buyer):
        arrive(stage, person)
    buyer.types("faucet", "--yes")
    return seller, buyer


def arrive(stage: Stage, person: Person) -> str:
    """Make an account, and give it ether for gas; its address."""
    made = person.types("account", "new", person.name)
    address = found(r"0x[0-9a-fA-F]{40}", made.out)
    stage.chain.rpc("anvil_setBalance", address, hex(10**18))
    return address


def publish(stage: Stage, seller: Person) -> str:
    stage.chapter("The seller publishes a real model")
    stage.tell(
        "magika, by Google, tells the type of a file from its bytes. Its model and configuration "
        "are encrypted\nunder a key that only the seller knows; a commitment to that key, and the "
        "digests of every 4 KiB, go\non the chain with the offer, in one transaction."
    )
    source = model_folder()
    for name in MODEL:
        shutil.copy(source / name, seller.desk / name)
    shutil.copy(ROOT / "scripts/_magika_card.md", seller.desk / "card.md")
    told = seller.types(
        *("model", "publish", *MODEL, "--card", "card.md", "--name", "magika"),
        *("--version-name", "3.3", "--price", "10", "--delivery-fee", "0.1"),
        *("--deliver-within", "1h", "--grace", "30m", "--yes"),
        step="publish model, version and offer",
    )
    offer = found(r"offer\s+(0x[0-9a-f]{64})", told.out)
    seller.types("model", "show", "1")
    return offer


def buy(stage: Stage, buyer: Person, offer: str, *, step: str) -> tuple[str, str]:
    if step == "buy (into escrow)":
        stage.chapter("The buyer checks, then pays")
        stage.tell(
            "Before a coin moves, the encrypted file is fetched and checked against the chain; it "
            "is public,\nand useless without the key. The market holds the money, not the seller."
        )
    told = buyer.types("buy", offer[:10], "--max-price", "10.1", "--yes", step=step)
    order = found(r"order\s+(0x[0-9a-f]{64})", told.out)
    return order, found(r"licence\s+(0x[0-9a-f]{64})", told.out)


def deliver(stage: Stage, seller: Person) -> None:
    stage.chapter("The seller delivers, the chain checks")
    stage.tell(
        "The key goes on the chain encrypted to the buyer, with a proof that it is the committed "
        "one. The\ncontract verifies the proof and pays in the same transaction: right key, money; "
        "wrong key, nothing."
    )
    seller.types("order", "deliver", "--all", "--yes", step="deliver the key, pay the seller")


def fetch(stage: Stage, buyer: Person, license_id: str) -> None:
    stage.chapter("The buyer opens it")
    buyer.types("license", "fetch", license_id[:10], "--unpack", "magika")
    opened = buyer.desk / "magika"
    for name in MODEL:
        same = digest(opened / name) == digest(model_folder() / name)
        if not same:
            raise DemoFailed(f"{name} is not what the seller published.")
        stage.good(f"{name}: the same {(opened / name).stat().st_size:,} bytes as the seller's")


def run(stage: Stage, buyer: Person, folder: str) -> None:
    stage.chapter("And runs it, on real files of this repository")
    why = lacking()
    stage.tell(
        "Nobody has to trust the seller for that: the model runs in a sandbox, where it sees its "
        "input and nothing else."
        if not why
        else f"{why} Here it is run so: this model is known."
    )
    inputs: list[str] = []
    for name in RUN_ON:
        shutil.copy(ROOT / name, buyer.desk)
        inputs += ["--input", Path(name).name]
    told = buyer.types("license", "run", folder, *inputs, *(["--unsafe"] if why else []))
    for name, kind in {"Market.sol": "solidity", "delivery.json": "json"}.items():
        if f"{name}  {kind}" not in told.out:
            raise DemoFailed(f"The model should know that {name} is {kind}.")
    stage.good("The model that was bought tells them apart.")


def collect(stage: Stage, seller: Person) -> None:
    stage.chapter("The seller collects")
    seller.types("balance")
    seller.types("withdraw", "--yes", step="withdraw")


def cheat(stage: Stage, buyer: Person, offer: str) -> tuple[str, str]:
    from scripts._cheat import wrong_delivery

    stage.chapter("What if the key is wrong?")
    stage.tell("The buyer orders once more. Somebody delivers a key that is not the committed one:")
    order, license_id = buy(stage, buyer, offer, step="buy again")
    stage.tell(
        "\nThe proof is sound, but for another key line. It is sent by raw RPC, past everything "
        "that daimm\nwould check, and mined:"
    )
    refusal = wrong_delivery(stage.chain, stage.deployments, order)
    stage.show_answer(f"transaction {refusal.transaction}")
    stage.show_answer(f"status 0: reverted with {refusal.reason}")
    stage.bill.append(("a wrong key (reverted)", refusal.gas))
    stage.show_answer(f"gas: {refusal.gas:,}")
    stage.good("Nobody was paid, and the order still waits for the right key.")
    return order, license_id


def absent(stage: Stage, buyer: Person, order: str) -> None:
    stage.chapter("What if nobody delivers?")
    shown = buyer.types("order", "show", order[:10])
    if "waiting for the key" not in shown.out:
        raise DemoFailed("The order should still wait for its key.")
    stage.tell("\nNobody does. An hour and a half goes by on the chain's clock ...")
    stage.chain.travel(90 * 60 + 1)
    buyer.types("order", "refund", order[:10], "--yes", step="refund")
    told = buyer.types("withdraw", "--yes", step="withdraw the refund")
    if "Withdrew 10.1 AIM" not in told.out:
        raise DemoFailed("The buyer should have all the money back.")
    stage.good("The buyer has all the money back. Nobody had to agree to it.")


def garbage(stage: Stage, seller: Person, buyer: Person) -> None:
    stage.chapter("What if the content is wrong?")
    stage.tell(
        "The seller lists the model once more. This time the encrypted file holds garbage, under "
        "the digests\nof the real model, and 5 AIM are staked on it. Without the key, who can tell?"
    )
    told = seller.types(
        *("model", "publish", *MODEL, "--card", "card.md", "--name", "magika", "--price", "1"),
        *("--version-name", "3.4", "--inspection", "1d", "--yes"),
        cheating=True,
    )
    offer = found(r"offer\s+(0x[0-9a-f]{64})", told.out)
    told = seller.types("guarantee", "offer", "2", "content for 30d", "--bond", "5", "--yes")
    bond = found(r"bond (0x[0-9a-f]{64})", told.out)
    order, _ = buy(stage, buyer, offer, step="")
    other, _ = buy(stage, buyer, offer, step="")
    seller.types("order", "deliver", "--all", "--yes")
    buyer.types("order", "accept", order[:10], "--yes")
    stage.tell(
        "\nThe key is right, and the first order was accepted without a look. But the buyer can "
        "prove what the\nkey opens: a contract decrypts one leaf, and nobody is asked."
    )
    told = buyer.types("order", "prove-wrong", other[:10], "--yes", step="prove content, refund")
    if f"Order {other} is refunded" not in told.out:
        raise DemoFailed("The second order should be refunded.")
    buyer.types("guarantee", "break", bond[:10], "--yes", step="break the bond")
    buyer.types(
        *("guarantee", "compensate", bond[:10], order[:10], "--yes"), step="claim from the bond"
    )
    told = buyer.types("withdraw", "--yes")
    if ", 2 AIM to" not in told.out:
        raise DemoFailed("The buyer should have price and reward.")
    stage.good(
        "The seller lost the second sale, the price of the first, and two fifths of the stake."
    )
    stage.good("Nobody can buy that version any more.")


def model_folder() -> Path:
    """Where the `magika` package keeps its model."""
    spec = importlib.util.find_spec("magika")
    if spec is None or spec.origin is None:
        raise DemoFailed("The package magika is not installed: run `make setup`.")
    return Path(spec.origin).parent / "models" / "standard_v3_3"


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise DemoFailed(f"A command did not say what was expected ({pattern}).")
    return match[match.re.groups]


if __name__ == "__main__":
    sys.exit(main(play))
