"""The seller of a soak: a home with a listing, and a keeper's process that serves its offers.

>>> seller = Seller(folder, local, account, keeper_account, chain)
>>> offers = seller.publish()
>>> seller.start(node.url)
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from daimm_cli.accounts import seed as seeds
from daimm_cli.chain.client import Chain
from daimm_cli.chain.terms import Offer
from daimm_cli.index.index import Index
from daimm_cli.market.vouchers import parsed
from tools.chain import ROOT, LocalChain

PASSWORD = "correct horse battery"  # noqa: S105 - of accounts that exist on this chain alone
FINALITY = 8
DELIVER, GRACE, INSPECTION = 7200, 900, 3600

START_SECONDS = 60
"""For the keeper to say something after a start."""

SETTINGS = f"""
[keeper]
finality = {FINALITY}
batch = 20
in_flight = 8
poll = 0.1
patience = 6
timeout = 2.0
listen = ""
minimum_profit = "0.000001"
ether_per_token = {{ AIM = "0.01" }}
withdraw = {{ AIM = "200" }}
"""


class Seller:
    """process: the keeper's, None while it is dead. voucher: what buys for half, as often as
    somebody shows it."""

    def __init__(
        self,
        folder: Path,
        local: LocalChain,
        account: LocalAccount,
        keeper: LocalAccount,
        chain: Chain,
    ) -> None:
        self.folder = folder
        self.home = folder / "seller"
        self.local = local
        self.account = account
        self.keeper = keeper
        self.chain = chain
        self.voucher = b""
        self.process: subprocess.Popen[bytes] | None = None
        self._clock = folder / "clock"

    def publish(self, arbitrator: str) -> list[Offer]:
        """Make the home, publish a model, and open five offers: the second one with inspection and
        arbitrator, the third one cheap, the fourth one of a day's access, the last one with
        `voucher`."""
        home = self.home
        home.mkdir()
        (home / "password").write_text(PASSWORD)
        (home / "password").chmod(0o600)
        (home / "accounts").mkdir()
        for name, account in (("seller", self.account), ("keeper", self.keeper)):
            sealed = Account.encrypt(account.key, PASSWORD, kdf="scrypt", iterations=2)
            (home / "accounts" / f"{name}.json").write_text(json.dumps(sealed))
        sealed = dict(Account.encrypt(secrets.token_bytes(32), PASSWORD, iterations=2))
        sealed.pop("address")
        seeds.seed_path(home).write_text(json.dumps({"daimm": seeds.FORMAT, **sealed}))
        settings = SETTINGS + f'seller = "{self.account.address}"\n'
        (home / "config.toml").write_text(settings)
        header = json.dumps({"w": {"dtype": "F32", "shape": [64], "data_offsets": [0, 256]}})
        header += " " * (-len(header) % 8)
        model = self.folder / "model.safetensors"
        packed = struct.pack("<Q", len(header)) + header.encode()
        model.write_bytes(packed + secrets.token_bytes(256))
        terms = ["--deliver-within", f"{DELIVER}s", "--grace", f"{GRACE}s", "--yes"]
        about = [
            "--license",
            "MIT",
            "--royalty",
            "2.5",
            "--name",
            "Soaked",
            "--summary",
            "A model under fire.",
        ]
        self._run("model", "publish", str(model), *about, "--price", "10", *terms)
        window = ["--inspection", f"{INSPECTION}s", "--arbitrator", arbitrator]
        self._run("offer", "open", "1", "--price", "10", *window, *terms)
        self._run("offer", "open", "1", "--price", "0.000001", *terms)
        self._run("offer", "open", "1", "--price", "10", "--duration", "1d", *terms)
        taking = self._run("offer", "open", "1", "--price", "10", "--vouchers", *terms)["offer"]
        half = ("--discount", "50", "--uses", "0", "--expires", "none")
        [text] = self._run("voucher", "sign", taking, *half, "--yes")["texts"]
        self.voucher = parsed(text).shown
        with Index.open(home, self.chain) as index:
            index.sync()
            return [row.offer for row in reversed(index.offers())]

    def _environment(self, account: str, url: str) -> dict[str, str]:
        return os.environ | {
            "DAIMM_HOME": str(self.home),
            "DAIMM_ACCOUNTS": str(self.home / "accounts"),
            "DAIMM_ACCOUNT": account,
            "DAIMM_PASSWORD_FILE": str(self.home / "password"),
            "DAIMM_DEPLOYMENTS": str(self.folder / "deployments"),
            "DAIMM_RPC": url,
            "SOAK_CLOCK": str(self._clock),
            "PYTHONPATH": os.pathsep.join((str(ROOT / "bench" / "soak_clock"), str(ROOT))),
        }

    def _run(self, *arguments: str) -> Any:
        """What a command of the seller's prints as JSON."""
        ran = subprocess.run(
            [sys.executable, "-m", "daimm_cli", *arguments, "--json"],
            env=self._environment("seller", self.local.url),
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    # The keeper's process

    def start(self, url: str) -> None:
        """Start it, and wait for its first word: machines may be slow."""
        with (self.folder / "keeper.log").open("ab") as log:
            before = log.tell()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "daimm_cli", "keeper", "run"],
                env=self._environment("keeper", url),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            deadline = time.monotonic() + START_SECONDS
            while log.seek(0, os.SEEK_END) == before and time.monotonic() < deadline:
                time.sleep(0.04)

    def kill(self) -> None:
        """SIGKILL it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> int:
        """SIGTERM it; its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def set_clock(self, ahead: int) -> None:
        """Let the keeper's clock be so many seconds ahead."""
        self._clock.write_text(str(ahead))

    # Its files

    def damage(self, what: str, chance: Random) -> bool:
        """Cut a record short, or overwrite a page of the index; False where there is none."""
        keeper = self.home / "keeper" / str(self.chain.node.chain_id)
        deliveries = self.home / "deliveries" / str(self.chain.node.chain_id)
        files = {
            "outbox record": sorted(keeper.glob("[0-9]*.json")),
            "delivery record": sorted(deliveries.glob("0x*.json")),
            "index page": sorted(self.home.glob("index-*.sqlite")),
        }[what]
        if not files:
            return False
        file = chance.choice(files)
        try:
            size = file.stat().st_size
            if what != "index page":
                os.truncate(file, chance.randrange(size) if size else 0)
            else:
                with file.open("r+b") as stream:
                    stream.seek(4096 * chance.randrange(max(size // 4096, 1)))
                    stream.write(chance.randbytes(4096))
        except FileNotFoundError:  # the keeper was done with it
            return False
        return True
