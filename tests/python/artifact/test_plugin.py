"""What age-plugin-daimm says to age (test_oracles.py has real programs talk to it)."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from daimm_cli.artifact.plugin import identity, parse
from tests.python.artifact.samples import KEY, LINE

PROGRAM = Path(sys.executable).with_name("age-plugin-daimm")
OTHER = b"\x02" + LINE[1:]
SECRET = identity(LINE, KEY)
DONE = "-> done\n\n"


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def run(asked: str, protocol: str = "--age-plugin=identity-v1") -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, protocol], input=asked, capture_output=True, text=True)


def stanza(line: bytes, file: int = 0, kind: str = "daimm 1") -> str:
    return f"-> recipient-stanza {file} {kind} {encoded(line)}\n\n"


def told(answer: str) -> str:
    """The text that the plugin has age show."""
    lines = answer.splitlines()[1:]
    text = "".join(lines[: next(i for i, line in enumerate(lines) if len(line) < 64) + 1])
    return base64.b64decode(text + "==").decode()


def test_an_identity_is_read_back() -> None:
    assert SECRET.startswith("AGE-PLUGIN-DAIMM-1")
    assert parse(SECRET) == (LINE, KEY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        SECRET.lower(),
        SECRET[:-1],
        SECRET[:-1] + ("Q" if SECRET[-1] != "Q" else "P"),
        identity(LINE, KEY[:-1]),
        identity(LINE, KEY + b"\0"),
        identity(b"", b""),
        SECRET.replace("DAIMM", "OTHER"),
    ],
)
def test_every_other_text_is_no_identity(text: str) -> None:
    with pytest.raises(ValueError, match=r"identity|substring"):
        parse(text)


def test_file_keys_are_given_for_the_lines_of_all_identities() -> None:
    second = identity(OTHER, KEY[::-1])
    asked = f"-> add-identity {SECRET}\n\n-> add-identity {second}\n\n" + (
        stanza(OTHER) + stanza(LINE, 1) + "-> grease x y\nAAAA\n" + DONE + "-> ok\n\n" * 2
    )
    answer = run(asked)
    assert answer.returncode == 0, answer.stderr
    keys = f"-> file-key 0\n{encoded(KEY[::-1])}\n-> file-key 1\n{encoded(KEY)}\n"
    assert answer.stdout == keys + DONE


def test_what_a_hostile_header_holds_stops_nothing() -> None:
    odd = "-> recipient-stanza 0 daimm 1 *\n\n-> recipient-stanza 0 daimm 1 AAAAA\n\n"
    asked = f"-> add-identity {SECRET}\n\n{odd}{stanza(OTHER)}{stanza(LINE)}{DONE}-> ok\n\n"
    assert run(asked).stdout == f"-> file-key 0\n{encoded(KEY)}\n{DONE}"


@pytest.mark.parametrize("kind", ["daimm 2", "X25519", "daimm 1 more", "daimmer 1"])
def test_other_stanzas_are_passed_over(kind: str) -> None:
    asked = f"-> add-identity {SECRET}\n\n{stanza(LINE, kind=kind)}{DONE}"
    assert run(asked).stdout == DONE


def test_an_artifact_of_another_line_is_said_to_be_one() -> None:
    answer = run(f"-> add-identity {SECRET}\n\n{stanza(OTHER)}{DONE}-> ok\n\n").stdout
    assert answer.startswith("-> msg\n")
    assert "another key line" in told(answer)
    assert answer.endswith(DONE)


def test_what_is_no_identity_is_named_by_its_number() -> None:
    asked = (
        f"-> add-identity {SECRET}\n\n-> add-identity {SECRET}X\n\n{stanza(LINE)}{DONE}-> ok\n\n"
    )
    answer = run(asked).stdout
    assert answer.startswith("-> error identity 1\n")
    assert "daimm license identity" in told(answer)
    assert "file-key" not in answer


@pytest.mark.parametrize("how", ["<&-", ">&-", "</dev/null", "<<< hello", ">/dev/full"])
def test_a_broken_conversation_ends_in_a_sentence(how: str, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    asked.write_text(DONE)
    command = f"exec {PROGRAM} --age-plugin=identity-v1 <{asked} {how}"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr.count("\n")) == (1, 1)
    assert "age ended the conversation" in ran.stderr


@pytest.mark.parametrize("protocol", ["--age-plugin=recipient-v1", "--help", ""])
def test_for_everything_else_it_says_what_it_is_for(protocol: str) -> None:
    answer = run("", protocol)
    assert answer.returncode == 2
    assert "age -d -i IDENTITY" in answer.stderr
