"""The wheel carries all that the commands read at run time, and nothing of the checkout besides."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
UV = Path(sys.executable).with_name("uv")


def test_the_wheel_is_the_package_with_its_data(tmp_path: Path) -> None:
    subprocess.run(
        [UV, "build", "--wheel", "--offline", "--no-cache", "--out-dir", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if ".dist-info/" not in name}
        entry = next(n for n in archive.namelist() if n.endswith("entry_points.txt"))
        assert "daimm = daimm_cli.cli.main:run" in archive.read(entry).decode().replace('"', "")
    wanted = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "daimm_cli").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in shipped if not name.endswith("/")} == wanted
    assert "daimm_cli/bindings/errors.json" in shipped
