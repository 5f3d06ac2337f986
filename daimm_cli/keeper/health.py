"""How a keeper fares: a log line for people, counters for Prometheus, one answer for a supervisor.

>>> health = Health(say=print)
>>> with serving(health, "127.0.0.1:9464"):      # /metrics and /healthz
...     Keeper(duties, outbox, finality=12, observer=health).run(stop)

Counters count what is final on the chain. `/healthz` answers 200 while ticks end well and no order
is overdue, else, and until the first tick has ended well, 503 with the reason; it tells no secrets,
but listen on loopback all the same.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from daimm_cli.base import records
from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import sanitise, time_shown
from daimm_cli.keeper.entries import Entry, Observer, Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from daimm_cli.chain.answers import Header, Receipt
    from daimm_cli.keeper.keeper import Keeper
    from daimm_cli.market.deliver import Moment

STALE = 120.0
"""Seconds without a tick that ended well, after which the keeper is not healthy."""

REMEMBERED = 100_000
"""Troubles that are not told twice; with more of them some are."""

REQUEST_SECONDS = 10.0
"""For one request to /metrics or /healthz."""

_COUNTERS = {
    "sent": "Transactions sent for the first time",
    "rebroadcasts": "Times that the same bytes were sent again",
    "replacements": "Transactions replaced at the same nonce",
    "reverts": "Transactions that the chain took and reverted",
    "passed_over": "Orders of a batch that somebody else delivered first, or that had ended",
    "held": "Times that a duty was put off or refused",
    "errors": "Ticks that the node, or the machine, cut short",
    "gas_spent_wei": "Paid for gas, wei, final on the chain",
}
_GAUGES = {
    "orders_waiting": "Orders that can still get their keys",
    "orders_overdue": "Those of them past their delivery time",
    "outbox": "Transactions that are not final",
    "damaged_records": "Records that were set aside: see the log",
    "block": "Newest block seen",
    "balance_wei": "Ether of the keeper's account, wei",
    "last_tick_timestamp_seconds": "When a tick last ended well, seconds since 1970",
}
_DONE = {
    "deliver": "Delivered",
    "settle": "Settled",
    "refund": "Refunded",
    "withdraw": "Withdrew",
    "hand": "Handed over the key of",
    "answer": "Answered key request",
    "rent": "Collected the rent of",
    "oppose": "Spoke against the claim on order",
    "draw": "Drew jurors for",
    "impair": "Said that a bond is in doubt to pool",
    "restore": "Said that a bond is in doubt no more to pool",
    "release": "Freed what an ended bond had locked in pool",
    "reveal": "Revealed the ruling in",
    "advance": "Passed on",
    "execute": "Executed the ruling of",
    "collect": "Collected what came of",
}


class Health(Observer):
    """Counts and logs. say: prints one line; the time stands before it."""

    def __init__(self, say: Callable[[str], None]) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, disable_created_metrics

        disable_created_metrics()  # type: ignore[no-untyped-call]

        self._print = say
        self._told: dict[str, int] = {}
        self._ticked: float | None = None
        self._failure = "it has just started"
        self._overdue = 0
        self._damaged: list[Path] = []
        self.registry = CollectorRegistry()

        def made(metric: Any, texts: Mapping[str, str]) -> dict[str, Any]:
            return {
                name: metric(f"daimm_keeper_{name}", text, registry=self.registry)
                for name, text in texts.items()
            }

        self._count, self._gauge = made(Counter, _COUNTERS), made(Gauge, _GAUGES)
        self._done = Counter(
            "daimm_keeper_done", "Duties done, final on the chain", ["kind"], registry=self.registry
        )

    # What the keeper tells

    def sent(self, entry: Entry) -> None:
        self._count["sent"].inc()
        attempt = entry.latest
        self.say(f"Sent 0x{attempt.hash.hex()}, nonce {entry.nonce}: {_about(attempt.subjects)}.")

    def replaced(self, entry: Entry) -> None:
        self._count["replacements"].inc()
        attempt = entry.latest
        price = max(attempt.fees.values()) / 10**9
        self.say(
            f"Replaced nonce {entry.nonce} by 0x{attempt.hash.hex()} at {price:.3f} gwei: "
            f"{_about(attempt.subjects)}."
        )

    def outcome(self, outcome: Outcome) -> None:
        shown = f"0x{outcome.attempt.hash.hex()}"
        receipt = outcome.receipt
        if outcome.what == "again":
            self._count["rebroadcasts"].inc()
            self.say(f"Sent {shown} again, the same bytes: the node had lost it.")
        elif outcome.what == "usurped":
            self.say(
                f"Another transaction of this account took nonce {outcome.nonce} from {shown}: let "
                "nothing else use the keeper's account."
            )
        elif outcome.what == "reverted" and receipt:
            self._count["reverts"].inc()
            self.say(f"{shown} reverted in block {receipt.block}: its orders are judged anew.")
        elif outcome.what == "final" and receipt:
            self._count["gas_spent_wei"].inc(receipt.fee)
            if receipt.succeeded:
                for subject in outcome.attempt.subjects:
                    self._final(subject, outcome, receipt)
                gas = f"{receipt.gas_used:,} gas, {receipt.fee / 10**18:.6f} ether"
                self.say(f"{shown} used {gas}.")

    def _final(self, subject: str, outcome: Outcome, receipt: Receipt) -> None:
        kind, rest = subject.split(maxsplit=1)
        self._told.pop(subject, None)
        if subject not in outcome.passed_over:
            self._done.labels(kind).inc()
            self.say(f"{_DONE[kind]} {rest}, final in block {receipt.block}.")
            return
        self._count["passed_over"].inc()
        if (deliverer := outcome.passed_over[subject]) is None:
            self.say(f"{subject} came too late: the order had ended, was held or was convicted.")
        else:
            self.say(f"{rest} was delivered by {deliverer} first: the seller is paid.")

    def held(self, subject: str, error: DaimmError) -> None:
        self._count["held"].inc()
        self._once(subject, f"Not now, {subject}: {error.message}")

    def failed(self, error: DaimmError) -> None:
        self._count["errors"].inc()
        self._failure = error.message
        self._once("tick", f"Trying again: {error.message}")

    def ticked(self, keeper: Keeper, head: Header, now: Moment) -> None:
        rows = [row for row in keeper.duties.waiting if now.latest <= row.grace_end]
        self._overdue = sum(now.latest > row.deliver_by for row in rows)
        self._damaged = records.damaged(keeper.outbox.folder)
        for file in self._damaged:
            self._once(str(file), _set_aside(file))
        seen = {
            "orders_waiting": len(rows),
            "orders_overdue": self._overdue,
            "outbox": len(keeper.outbox.entries),
            "damaged_records": len(self._damaged),
            "block": head.number,
            "balance_wei": keeper.node.ether(keeper.outbox.account.address),
            "last_tick_timestamp_seconds": time.time(),
        }
        for name, value in seen.items():
            self._gauge[name].set(value)
        self._ticked = time.monotonic()
        self._failure = "the next one takes its time"
        self._told.pop("tick", None)
        if not keeper.duties.index.offers(seller=keeper.duties.seller, limit=1):
            self._once(
                "offers",
                f"{keeper.duties.seller} has never offered anything here: where another account "
                "sells, set `seller` in [keeper] of config.toml to that.",
            )
        if keeper.outbox.trouble is not None:
            self._once("broadcast", f"Not taken by the node: {keeper.outbox.trouble.message}")
        else:
            self._told.pop("broadcast", None)

    # What others ask

    def ill(self) -> str | None:
        """Why the keeper is not healthy; None while it is."""
        if self._ticked is None:
            return f"no tick has ended well yet: {self._failure}"
        silent = time.monotonic() - self._ticked
        if silent > STALE:
            return f"no tick has ended well for {silent:.0f} seconds: {self._failure}"
        if self._overdue:
            return f"{self._overdue} orders are past their delivery time"
        if self._damaged:
            return _set_aside(self._damaged[0])
        return None

    def say(self, line: str) -> None:
        """Log a line."""
        self._print(f"{time_shown(time.time())} {sanitise(line, 2_000)}")

    def _once(self, key: str, line: str) -> None:
        """Log a line unless it was the last that this key gave."""
        if self._told.get(key) != hash(line):
            if len(self._told) >= REMEMBERED:
                self._told.clear()
            self._told[key] = hash(line)
            self.say(line)


@contextlib.contextmanager
def serving(health: Health, address: str) -> Iterator[str]:
    """Answer /metrics and /healthz on `host:port` (port 0: any); yields the URL."""
    from wsgiref.simple_server import WSGIRequestHandler, make_server

    from prometheus_client import make_wsgi_app
    from prometheus_client.exposition import ThreadingWSGIServer

    metrics = make_wsgi_app(health.registry)

    class Quiet(WSGIRequestHandler):
        timeout = REQUEST_SECONDS

        def log_message(self, *_arguments: object) -> None:
            pass

    def answer(environment: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environment.get("PATH_INFO") == "/metrics":
            return list(metrics(environment, start))
        if environment.get("PATH_INFO") != "/healthz":
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b"There are /metrics and /healthz.\n"]
        reason = health.ill()
        start("503 Service Unavailable" if reason else "200 OK", [("Content-Type", "text/plain")])
        return [f"{reason or 'ok'}\n".encode()]

    host, _, port = address.rpartition(":")
    try:
        server = make_server(
            host.strip("[]"),
            int(port),
            answer,
            server_class=ThreadingWSGIServer,
            handler_class=Quiet,
        )
    except (OSError, ValueError, OverflowError):
        raise DaimmError(
            f"Cannot listen on {sanitise(address, 80)}: set listen to a free address like "
            '127.0.0.1:9464, or to "" for none.'
        ) from None
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _set_aside(file: Path) -> str:
    """What to say of a damaged record."""
    return (
        f"The record of a transaction was damaged and set aside as {file}: deliveries go on. Look "
        "at the disk, then remove it."
    )


def _about(subjects: Iterable[str]) -> str:
    return ", ".join(subjects) or "nothing, but its nonce is free again"
