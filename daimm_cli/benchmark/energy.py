"""What the processors use, where the kernel counts it (powercap, RAPL), for whoever may read it.

>>> before = counters()
>>> joules(before, counters())
41.5

It is of the whole machine: whatever else ran is in it.
"""

from __future__ import annotations

from pathlib import Path

POWERCAP = Path("/sys/class/powercap")

Counter = tuple[int, int]
"""What it shows, and where it starts again from nothing, in millionths of a joule."""


def counters(folder: Path | None = None) -> dict[str, Counter]:
    """Those of the processors' packages; none where there are none, or not for us."""
    found = {}
    try:
        for zone in (folder or POWERCAP).glob("intel-rapl:*"):  # AMD's too
            if zone.name.count(":") == 1:  # a package; what is below it is in it
                shows, most = (
                    int((zone / name).read_text()) for name in ("energy_uj", "max_energy_range_uj")
                )
                found[zone.name] = shows, most
    except (OSError, ValueError):
        return {}
    return found


def joules(before: dict[str, Counter], after: dict[str, Counter]) -> float | None:
    """What was used in between, as long as no counter went round twice. None where nothing is
    known: nobody uses nothing."""
    if before.keys() != after.keys():
        return None
    used = 0
    for name, (shows, most) in after.items():
        spent = shows - before[name][0]
        used += spent if spent >= 0 else spent + most
    return used / 1e6 if used > 0 else None
