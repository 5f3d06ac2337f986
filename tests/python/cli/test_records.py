"""What a buyer keeps at home."""

import json
import secrets
import stat
from pathlib import Path

import pytest

from daimm_cli.base.errors import VerificationFailed
from daimm_cli.market.payments import Note, Notes
from daimm_cli.market.receive import Keys
from daimm_cli.protocol.curve import G, SecretPoint, SecretScalar, mul

LINE = mul(11, G)
KEY = SecretPoint(mul(SecretScalar(12), G).x, mul(SecretScalar(12), G).y)
BUYER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path, 31337)


def test_a_key_comes_back_under_its_seed_licence_and_line(keys: Keys) -> None:
    file = keys.keep(b"s" * 32, 5, LINE, KEY)
    assert keys.read(b"s" * 32, 5, LINE) == KEY
    assert keys.read(b"s" * 32, 6, LINE) is None
    assert keys.has(5)
    assert not keys.has(6)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_kept_key_is_not_readable_in_its_file(keys: Keys) -> None:
    text = keys.keep(b"s" * 32, 5, LINE, KEY).read_text()
    for number in (KEY.x, KEY.y):
        assert f"{number:064x}" not in text.lower()
        assert str(number) not in text


@pytest.mark.parametrize("wrong", ["seed", "line", "file", "cut", "nonsense", "point"])
def test_a_key_of_another_seed_or_line_or_damaged_is_none_and_never_lost(
    keys: Keys, wrong: str
) -> None:
    seed, line = b"s" * 32, LINE
    file = keys.keep(seed, 5, LINE, KEY)
    if wrong == "seed":
        seed = b"t" * 32
    if wrong == "line":
        line = mul(13, G)
    if wrong == "file":
        data = json.loads(file.read_text())
        data["sealed"] = ("00" if data["sealed"][:2] != "00" else "11") + data["sealed"][2:]
        file.write_text(json.dumps(data))
    if wrong == "cut":
        file.write_bytes(file.read_bytes()[:-9])
    if wrong == "nonsense":
        file.write_text("[]")
    if wrong == "point":
        file.write_text(json.dumps({"format": "daimm/key/v1", "nonce": "zz", "sealed": 3}))
    before = file.read_bytes()
    assert keys.read(seed, 5, line) is None
    assert file.read_bytes() == before
    keys.keep(seed, 5, line, KEY)
    assert keys.read(seed, 5, line) == KEY
    assert file.with_name(f"{file.name}.damaged").read_bytes() == before


@pytest.fixture
def kept(tmp_path: Path) -> Notes:
    return Notes(tmp_path, 31337)


def test_notes_last_until_they_are_done(kept: Notes) -> None:
    notes = [Note(secrets.token_bytes(32), b"o" * 32, BUYER, 99) for _ in range(3)]
    for note in notes:
        kept.keep(note)
    assert set(kept.all()) == set(notes)
    kept.forget(notes[0].salt)
    kept.forget(notes[0].salt)
    assert set(kept.all()) == set(notes[1:])


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b'{"salt": 1}'])
def test_a_damaged_note_counts_until_somebody_looked(
    kept: Notes, tmp_path: Path, content: bytes
) -> None:
    kept.keep(Note(secrets.token_bytes(32), b"o" * 32, BUYER, 99))
    file = tmp_path / "purchases" / "31337" / "0xa.json"
    file.write_bytes(content)
    for _ in range(2):
        with pytest.raises(VerificationFailed, match="is damaged"):
            list(kept.all())
    assert file.read_bytes() == content
