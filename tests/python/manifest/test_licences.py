"""Rights follow from a licence that is known, in any case of letters, and from nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from daimm_cli.manifest import licences

FREE = ("any", "free", "free")
SAME = ("any", "same-terms", "same-terms")


@pytest.mark.parametrize(
    ("stated", "spdx", "granted"),
    [
        ("apache-2.0", "Apache-2.0", FREE),
        ("MIT", "MIT", FREE),
        ("mit-0", "MIT-0", FREE),
        ("wtfpl", "WTFPL", FREE),
        ("etalab-2.0", "etalab-2.0", FREE),
        ("cdla-permissive-2.0", "CDLA-Permissive-2.0", FREE),
        ("odc-by", "ODC-By-1.0", FREE),
        ("cc-by-2.5", "CC-BY-2.5", FREE),
        ("cc0-1.0", "CC0-1.0", FREE),
        ("GPL-3.0-OR-LATER", "GPL-3.0-or-later", SAME),
        ("lgpl-lr", "LGPLLR", SAME),
        ("odbl", "ODbL-1.0", SAME),
        ("epl-2.0", "EPL-2.0", SAME),
        ("cecill-2.1", "CECILL-2.1", SAME),
        ("artistic-2.0", "Artistic-2.0", SAME),
        ("cdla-sharing-1.0", "CDLA-Sharing-1.0", SAME),
        ("cc-by-sa-2.0", "CC-BY-SA-2.0", SAME),
        ("cc-by-nc-2.0", "CC-BY-NC-2.0", ("non-commercial", "same-terms", "same-terms")),
        ("cc-by-nc-sa-2.0", "CC-BY-NC-SA-2.0", ("non-commercial", "same-terms", "same-terms")),
        ("cc-by-nc-nd-3.0", "CC-BY-NC-ND-3.0", ("non-commercial", "same-terms", "forbidden")),
        ("cc-by-nd-4.0", "CC-BY-ND-4.0", ("any", "same-terms", "forbidden")),
        ("mit or apache-2.0", "MIT OR Apache-2.0", FREE),
        ("MIT AND GPL-2.0-only", "MIT AND GPL-2.0-only", None),
        ("MIT OR proprietary", "MIT OR LicenseRef-proprietary", None),
        ("MIT WITH anything", "MIT WITH LicenseRef-anything", None),
        ("(MIT OR X) AND Y", "LicenseRef--MIT-OR-X-AND-Y", None),
        ("polyform-noncommercial-1.0.0", "PolyForm-Noncommercial-1.0.0", None),
        ("busl-1.1", "BUSL-1.1", None),
        ("JSON", "JSON", None),
        ("aladdin", "Aladdin", None),
        ("c-uda", "C-UDA-1.0", None),
        ("proprietary", "LicenseRef-proprietary", None),
        ("licenseref-Mine", "LicenseRef-Mine", None),
        ("LicenseRef-MIT", "LicenseRef-MIT", None),
        ("openrail++", "LicenseRef-openrail++", None),
        ("gemma", "LicenseRef-gemma", None),
        ("gpl", "LicenseRef-gpl", None),
        ("cc", "LicenseRef-cc", None),
    ],
)
def test_what_a_licence_grants(
    stated: str, spdx: str, granted: tuple[str, str, str] | None
) -> None:
    assert licences.identifier(stated) == spdx
    assert licences.identifier(spdx) == spdx
    assert licences.rights(spdx) == granted


def test_no_licence_of_the_hub_is_misread() -> None:
    """None that names a restriction is free, and those of one maker grant nothing by name."""
    hub = json.loads(Path(licences.__file__).with_name("licences.json").read_text())["hub"]
    assert len(hub) >= 80
    for name, spdx in hub.items():
        known = licences.identifier(name)
        assert known == (spdx or f"LicenseRef-{name}")
        assert licences.of_hub(known) == name
        granted = licences.rights(known)
        if any(word in name for word in ("nc", "noncommercial", "research")) and granted:
            assert granted.use == "non-commercial" or name == "ncsa"
        if spdx is None:
            assert granted is None


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("apache-2.0", "Apache-2.0", True),
        ("GPL-3.0", "gpl-3.0-only", True),
        ("GPL-3.0", "GPL-3.0-or-later", True),
        ("odbl", "ODbL-1.0", True),
        ("LicenseRef-x", "licenseref-X", True),
        ("MIT", "MIT-0", False),
        ("BSD-3-Clause", "BSD-3-Clause-Clear", False),
        ("MIT", "LicenseRef-MIT", False),
        ("MIT AND ISC", "MIT OR ISC", False),
    ],
)
def test_one_licence_is_told_from_another(one: str, other: str, alike: bool) -> None:
    assert licences.same(one, other) is alike
    assert licences.same(other, one) is alike


def test_a_slip_of_the_pen_is_seen() -> None:
    assert licences.alike("LicenseRef-apahce-2.0") == "Apache-2.0"
    assert licences.alike("LicenseRef-proprietary") is None
    assert licences.alike("LicenseRef-gemma") is None
