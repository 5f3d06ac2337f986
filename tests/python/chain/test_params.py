"""What a deployment is made of: parameter files, good ones and bad ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from daimm_cli.base.errors import DaimmError
from scripts import _params
from scripts._params import FOLDER, WEI, read

OTHER = "0x00000000000000000000000000000000DeaDBeef"


def test_a_network_without_parameters_is_told_where_they_go() -> None:
    with pytest.raises(DaimmError, match=r"write scripts/params/<network>\.yaml"):
        _params.for_chain(987_654)


def test_all_the_aim_of_every_network_is_the_same_and_governed_by_its_timelock() -> None:
    for params in map(read, FOLDER.glob("*.yaml")):
        vested = sum(each.amount for each in params.vesting.values())
        assert sum(params.supply.values()) + vested == 10**9 * WEI
        assert (params.admin, params.treasury) == ("timelock", "timelock")


def test_every_parameter_file_is_valid_and_of_its_own_chain() -> None:
    files = sorted(FOLDER.glob("*.yaml"))
    chains = {read(file).chain_id for file in files}
    assert len(chains) == len(files) >= 3


def test_blocks_draw_jurors_only_where_validators_make_their_randomness() -> None:
    drawn = {file.stem: read(file).court for file in FOLDER.glob("*.yaml")}
    header = {name for name, court in drawn.items() if court and court.randomness == "header"}
    assert header == {"local", "sepolia", "hoodi"}
    assert all(court and court.lag for name, court in drawn.items() if name not in header)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("chain_id: 31337", ""),
        ("chain_id: 31337", "chain_id: '31337'"),
        ("chain_id: 31337", "chain_id: -1"),
        ("admin: timelock", "admn: timelock"),
        ("admin: timelock", "admin: 0x1234"),
        ("admin: timelock", "admin: team"),
        ("treasury: timelock", "treasury: '0x00000000000000000000000000000000DeaDBeeF'"),
        ("  deployer: 800_000_000", "  deployer: 1.5"),
        ("  deployer: 800_000_000", "  0x00000000000000000000000000000000DeaDBeef: 1"),
        ("  quorum: 4", "  quorum: 101"),
        ("  delay: 120", "  delay: true"),
        ("  team:", "  timelock:"),
        ("  team:", "  Team A:"),
        ("    start: 2026-01-01", "    start: 1767225600"),
        ("    start: 2026-01-01", "    start: 2026-01-01 12:00:00"),
        ("    cliff: 31_536_000", "    clif: 31_536_000"),
        ("  fill: 100_000_000", ""),
        ("  AIM: 100", "  USD: 100"),
        ("\nfees:", "\nfees: ["),
        ("\nfees:", "\nextra: 1\nfees:"),
        ("  AIM: 10_000", f"  '{OTHER}': 10_000"),
        ("  randomness: header", "  randomness: dice"),
        ("arbitrator: court", "arbitrator: courts"),
        ("court:                 #", "jury:"),
    ],
)
def test_a_bad_parameter_file_is_named(old: str, new: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    good = (FOLDER / "local.yaml").read_text()
    assert old in good
    file.write_text(good.replace(old, new))
    with pytest.raises(DaimmError, match=r"bad\.yaml"):
        read(file)
