"""`daimm` for a seller who cheats: what it seals is garbage under the digests of the real model.

python scripts/_garbage.py model publish ...
"""

from __future__ import annotations

import secrets
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from daimm_cli.artifact import pipeline  # noqa: E402 - found by the line above
from daimm_cli.cli import main  # noqa: E402

KEPT = 1 << 16
"""Bytes at the beginning that stay right, so that it looks well at first."""

WRONG: int | None = None
"""Bytes after those that are garbage; None is all."""

_honestly = pipeline.seal
_PIECE = 1 << 20


def seal(
    source: Path, ciphertext: Path, digests: Path, key: bytes, line: bytes, **more: Any
) -> pipeline.Sealed:
    """The digest list is the real model's, the ciphertext is not; the roots are of both."""
    _honestly(source, ciphertext, digests, key, line, **more)
    with TemporaryDirectory() as folder:
        garbage = Path(folder) / "garbage"
        shutil.copyfile(source, garbage)
        size = garbage.stat().st_size
        end = size if WRONG is None else min(KEPT + WRONG, size)
        with garbage.open("r+b") as file:
            file.seek(KEPT)
            for at in range(KEPT, end, _PIECE):
                file.write(secrets.token_bytes(min(_PIECE, end - at)))
        _honestly(garbage, ciphertext, Path(folder) / "unlisted", key, line, **more)
    return pipeline.check(ciphertext, digests, line)


if __name__ == "__main__":
    pipeline.seal = seal
    sys.exit(main.run(sys.argv[1:]))
