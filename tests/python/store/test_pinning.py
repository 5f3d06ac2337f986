"""The pinning service's API, on loopback: accepted is not pinned."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.store.fetcher import read_secret
from daimm_cli.store.pinning import EVERY, PinningService
from tests.python.store.servers import HTML, Answer, serving

CID = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
OTHER = "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq"


class Service:
    """Goes through `states` with every look at a pin."""

    def __init__(self, *states: str, fault: str = "") -> None:
        self.states = list(states)
        self.fault = fault
        self.made: list[str] = []

    def __call__(self, ask: Answer) -> None:
        body = b"".join(ask.body())
        if ask.headers.get("Authorization") != "Bearer t0ken":
            ask.say({"error": {"reason": "UNAUTHORIZED"}}, status=401)
        elif self.fault == "html":
            ask.reply(HTML, kind="text/html")
        elif self.fault == "full":
            ask.say({"error": {"reason": "INSUFFICIENT_FUNDS"}}, status=409)
        elif self.fault == "drip":
            ask.drip(1 << 20, b" " * 10_000)
        elif self.fault == "large":
            ask.reply(b" " * (3 << 20))
        elif ask.command == "POST":
            self.made.append(json.loads(body)["cid"])
            ask.say(self.pin(), status=202)
        elif ask.route == "/psa/pins":
            results = [self.pin()] if self.made else []
            ask.say({"count": len(results), "results": results})
        else:
            assert ask.route == "/psa/pins/request-1"
            ask.say(self.pin())

    def pin(self) -> dict[str, object]:
        status = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        request = "../x" if self.fault == "path" else "request-1"
        cid = OTHER if self.fault == "other" else self.made[0]
        return {"requestid": request, "status": status, "pin": {"cid": cid}}


@pytest.fixture(autouse=True)
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between two looks, which nobody waits for here."""
    pauses: list[float] = []
    monkeypatch.setattr("daimm_cli.store.pinning.time.sleep", pauses.append)
    return pauses


def test_polled_until_pinned(waited: list[float]) -> None:
    service = Service("queued", "queued", "pinning", "pinned")
    heard: list[str] = []
    with serving(service) as server:
        client = PinningService(server.url + "/psa", "t0ken")
        assert client.status(CID) is None
        client.pin(CID, report=heard.append)
        assert client.status(CID) == "pinned"
        client.pin(CID)
    assert heard == ["queued", "pinning", "pinned"]
    assert waited == [EVERY] * 3
    assert service.made == [CID]


def test_accepted_is_not_pinned() -> None:
    with serving(Service("queued")) as server, pytest.raises(OutsideFailed, match="only queued"):
        PinningService(server.url + "/psa", "t0ken").pin(CID, seconds=0.1)


def test_a_failed_pin_is_an_error_and_asked_for_anew() -> None:
    service = Service("queued", "failed", "failed", "queued", "pinned")
    with serving(service) as server:
        client = PinningService(server.url + "/psa", "t0ken")
        with pytest.raises(OutsideFailed, match="could not pin"):
            client.pin(CID)
        client.pin(CID)
    assert service.made == [CID, CID]


@pytest.mark.parametrize(
    ("fault", "says"),
    [("html", "something else"), ("full", "INSUFFICIENT_FUNDS"), ("large", "without end"),
     ("other", "another file"), ("path", "something else")],
)  # fmt: skip
def test_a_strange_answer_is_refused(fault: str, says: str) -> None:
    with (
        serving(Service("pinned", fault=fault)) as server,
        pytest.raises(OutsideFailed, match=says),
    ):
        PinningService(server.url + "/psa", "t0ken").pin(CID)


def test_a_wrong_token() -> None:
    with serving(Service("pinned")) as server, pytest.raises(OutsideFailed) as refused:
        PinningService(server.url + "/psa", "wr0ng").pin(CID)
    assert "does not let you in" in refused.value.message
    assert "wr0ng" not in refused.value.message


def test_a_service_that_drips_is_given_up() -> None:
    with (
        serving(Service("pinned", fault="drip")) as server,
        pytest.raises(OutsideFailed, match="in time"),
    ):
        PinningService(server.url + "/psa", "t0ken", read=0.1).pin(CID)


def test_nobody_there() -> None:
    with pytest.raises(OutsideFailed, match="is not running"):
        PinningService("http://127.0.0.1:1/psa").status(CID)


class TestSecrets:
    def test_a_line_in_a_closed_file(self, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.touch(0o600)
        file.write_text("t0ken\n")
        assert read_secret(file) == "t0ken"

    @pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
    def test_others_may_not_read_it(self, tmp_path: Path, mode: int) -> None:
        file = tmp_path / "secret"
        file.write_text("t0ken\n")
        file.chmod(mode)
        with pytest.raises(DaimmError, match="chmod 600"):
            read_secret(file)

    @pytest.mark.parametrize("text", [b"", b"a\nb", b"x" * 5000, b"\xff", b"a\x1b[0m"])
    def test_only_a_line(self, tmp_path: Path, text: bytes) -> None:
        file = tmp_path / "secret"
        file.touch(0o600)
        file.write_bytes(text)
        with pytest.raises(DaimmError, match="one line"):
            read_secret(file)

    def test_a_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(DaimmError, match="Cannot read the secret"):
            read_secret(tmp_path / "none")


def test_an_address_that_is_none_names_its_own_setting() -> None:
    with pytest.raises(DaimmError, match=r"pinning service's address .* correct `pinning`"):
        PinningService("pins.example")
