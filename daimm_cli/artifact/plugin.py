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
    data = _regroup(line + key, 8, 5)
    check = _polymod([*_expanded(), *data, *bytes(6)]) ^ 1
    data += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return (_PREFIX + "1" + "".join(_LETTERS[each] for each in data)).upper()


def parse(text: str) -> tuple[bytes, bytes]:
    """(line, key) of an identity; raises ValueError for anything else."""
    prefix, _, letters = text.lower().rpartition("1")
    data = [_LETTERS.index(letter) for letter in letters]
    if prefix != _PREFIX or _polymod([*_expanded(), *data]) != 1:
        raise ValueError("not an identity of this plugin")
    found = bytes(_regroup(data[:-6], 5, 8))
    line, key = found[:LINE], found[LINE : LINE + KEY]
    if len(line + key) != LINE + KEY or identity(line, key) != text:
        raise ValueError("not an identity of this plugin")
    return line, key


def main() -> None:
    """The installed program; age names the protocol in the one argument."""
    if sys.argv[1:] != ["--age-plugin=identity-v1"]:
        sys.stderr.write(_USE)
        sys.exit(2)
    serve(sys.stdin.buffer, sys.stdout.buffer)


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


def _expanded() -> list[int]:
    codes = _PREFIX.encode()
    return [*(code >> 5 for code in codes), 0, *(code & 31 for code in codes)]


def _polymod(values: Iterable[int]) -> int:
    """Bech32's checksum (BIP 173)."""
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for i in range(5):
            check ^= _GENERATOR[i] if top >> i & 1 else 0
    return check


def _regroup(data: Iterable[int], wide: int, narrow: int) -> list[int]:
    """The same bits in groups of another width; what is left over is padded, or dropped."""
    held = bits = 0
    out = []
    for value in data:
        held, bits = held << wide | value, bits + wide
        while bits >= narrow:
            bits -= narrow
            out.append(held >> bits & (1 << narrow) - 1)
    if bits and wide > narrow:
        out.append(held << narrow - bits & (1 << narrow) - 1)
    return out
