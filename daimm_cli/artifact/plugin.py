"""`age-plugin-daimm`: any age program opens an artifact for who has its line's identity.

>>> identity(line, key)
'AGE-PLUGIN-DAIMM-1...'

    age -d -i FILE_WITH_IDENTITY -o MODEL ARTIFACT

An identity is bech32 of the line (33 bytes) and its file key (16), as docs/artifact.md says. The
protocol is https://c2sp.org/age-plugin; sealing by it makes no sense, as age draws the file key.
"""

import base64
import contextlib
import sys
from collections.abc import Iterable
from typing import BinaryIO

from daimm_cli.artifact.age import KEY, LINE

_PREFIX = "age-plugin-daimm-"
_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_COLUMNS = 64
_USE = (
    "age-plugin-daimm is started by age: `daimm license identity` writes an identity, and "
    "`age -d -i IDENTITY -o MODEL ARTIFACT` opens the artifact with it.\n"
)


def identity(line: bytes, key: bytes) -> str:
    """What opens every artifact of a line, as one line of an identity file; a secret."""
    data = line + key
    number, digits = int.from_bytes(data, "big"), -(-8 * len(data) // 5)
    number <<= 5 * digits - 8 * len(data)
    values = [number >> 5 * (digits - 1 - i) & 31 for i in range(digits)]
    check = _polymod(values)
    values += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return (_PREFIX + "1" + "".join(_LETTERS[value] for value in values)).upper()


def parse(text: str) -> tuple[bytes, bytes]:
    """(line, key) of an identity; raises ValueError for anything else."""
    number = 0
    for letter in text.lower().rpartition("1")[2][:-6]:
        number = number << 5 | _LETTERS.index(letter)
    bits = 8 * (LINE + KEY)
    data = (number >> -bits % 5 & (1 << bits) - 1).to_bytes(LINE + KEY, "big")
    if identity(data[:LINE], data[LINE:]) != text:
        raise ValueError("not an identity of this plugin")
    return data[:LINE], data[LINE:]


def main() -> None:
    """The installed program; age names the protocol in the one argument."""
    if sys.argv[1:] != ["--age-plugin=identity-v1"]:
        sys.stderr.write(_USE)
        sys.exit(2)
    try:
        with open(0, "rb", closefd=False) as asked, open(1, "wb", closefd=False) as answer:
            serve(asked, answer)
    except (OSError, ValueError):
        sys.exit("age-plugin-daimm: age ended the conversation, or speaks another protocol.")


def serve(asked: BinaryIO, answer: BinaryIO) -> None:
    """One run of age's identity-v1: identities and stanzas come, file keys go."""
    keys: dict[bytes, bytes] = {}
    wrong: list[int] = []
    files: dict[str, list[bytes]] = {}
    given = 0
    while (words := _read(asked))[0] != "done":
        match words:
            case ["add-identity", text]:
                try:
                    line, key = parse(text)
                    keys[line] = key
                except ValueError:
                    wrong.append(given)
                given += 1
            case ["recipient-stanza", file, "daimm", "1", line_text]:
                with contextlib.suppress(ValueError):
                    line = base64.b64decode(line_text, validate=True)
                    files.setdefault(file, []).append(line)
    for number in wrong:
        told = b"With -i, name a file that `daimm license identity` wrote: this is none."
        _ask(asked, answer, ["error", "identity", str(number)], told)
    for file, lines in files.items() if not wrong else ():
        if found := [keys[line] for line in lines if line in keys]:
            _ask(asked, answer, ["file-key", file], found[0])
        else:
            told = b"This artifact belongs to another key line than the identity opens."
            _ask(asked, answer, ["msg"], told)
    _write(answer, ["done"])


def _ask(asked: BinaryIO, answer: BinaryIO, words: list[str], body: bytes) -> None:
    _write(answer, words, body)
    _read(asked)


def _write(answer: BinaryIO, words: list[str], body: bytes = b"") -> None:
    text = base64.b64encode(body).rstrip(b"=")
    lines = [text[i : i + _COLUMNS] for i in range(0, len(text) + 1, _COLUMNS)]
    answer.write(b"\n".join([" ".join(["->", *words]).encode(), *lines, b""]))
    answer.flush()


def _read(asked: BinaryIO) -> list[str]:
    """The words of the next stanza; no body says anything to this plugin."""
    arrow, *words = asked.readline().decode().split()
    if arrow != "->" or not words:
        raise ValueError("no stanza of age's plugin protocol")
    while len(asked.readline().rstrip(b"\n")) == _COLUMNS:
        pass
    return words


def _polymod(values: Iterable[int]) -> int:
    """The checksum that follows the prefix and these values (BIP 173)."""
    codes = _PREFIX.encode()
    check = 1
    for value in (*(c >> 5 for c in codes), 0, *(c & 31 for c in codes), *values, *bytes(6)):
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for i in range(5):
            check ^= _GENERATOR[i] if top >> i & 1 else 0
    return check ^ 1
