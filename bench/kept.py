"""Figures that a file keeps: measured anew, and written or compared."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def hold(
    command: str,
    about: str | None,
    file: Path,
    figures: Callable[[], tuple[dict[str, Any], list[str], list[str]]],
) -> int:
    """Write the file, or with --check compare it; the status to end with.

    figures: what the file is to hold, what is printed, and what is wrong with it.
    """
    parser = argparse.ArgumentParser(prog=command, description=about)
    parser.add_argument("--check", action="store_true", help=f"compare with {file.name}")
    check = parser.parse_args().check
    measured, shown, wrong = figures()
    print(*shown, sep="\n")
    if not check:
        file.write_text(json.dumps(measured, indent=2) + "\n")
    elif not file.exists() or json.loads(file.read_text()) != measured:
        wrong.append(f"bench/{file.name} is stale: run `make bench` and commit it")
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0
