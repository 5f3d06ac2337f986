"""The layer check finds what reaches up, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import check_layers

REGISTRY = 'import {IModelRegistry} from "../../interfaces/IModelRegistry.sol";\n'
MARKET = 'import {IMarket} from "../../interfaces/IMarket.sol";\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    write(tmp_path, "interfaces/IModelRegistry.sol", "interface IModelRegistry {}")
    write(tmp_path, "interfaces/ILedger.sol", "interface ILedger {}")
    write(tmp_path, "interfaces/IMarket.sol", "interface IMarket {}")
    write(
        tmp_path,
        "contracts/registry/ModelRegistry.sol",
        REGISTRY + "contract ModelRegistry is IModelRegistry {}",
    )
    write(
        tmp_path,
        "contracts/market/Ledger.sol",
        'import {ILedger} from "../../interfaces/ILedger.sol";\n'
        "abstract contract Ledger is ILedger {}",
    )
    write(
        tmp_path,
        "contracts/market/Market.sol",
        MARKET + REGISTRY + 'import {Ledger} from "./Ledger.sol";\n'
        'import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";\n'
        "contract Market is IMarket, Ledger {}",
    )
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def test_our_own_contracts_keep_the_layers() -> None:
    assert list(check_layers.faults(check_layers.ROOT)) == []
    assert set(check_layers.LAYERS) <= set(check_layers.Sources(check_layers.ROOT).units)


def test_calls_down_and_into_bases_pass(tree: Path) -> None:
    assert list(check_layers.faults(tree)) == []


def registry_with(imports: str) -> str:
    return f"{REGISTRY}{imports}\ncontract ModelRegistry is IModelRegistry {{}}"


def test_an_interface_of_a_layer_above_is_refused(tree: Path) -> None:
    text = registry_with('import {IMarket} from "../../interfaces/IMarket.sol";')
    write(tree, "contracts/registry/ModelRegistry.sol", text)
    [fault] = check_layers.faults(tree)
    assert "imports IMarket of layer 3" in fault


def test_reaching_up_through_a_library_is_found(tree: Path) -> None:
    write(tree, "contracts/libraries/Sly.sol", MARKET + "library Sly {}")
    text = registry_with('import {Sly} from "../libraries/Sly.sol";')
    write(tree, "contracts/registry/ModelRegistry.sol", text)
    [fault] = check_layers.faults(tree)
    assert fault.startswith("contracts/libraries/Sly.sol imports IMarket of layer 3")


def test_another_concrete_contract_is_refused(tree: Path) -> None:
    text = (tree / "contracts/market/Market.sol").read_text()
    write(
        tree,
        "contracts/market/Market.sol",
        'import {\n    ModelRegistry\n} from "../registry/ModelRegistry.sol";\n' + text,
    )
    [fault] = check_layers.faults(tree)
    assert "imports the contract ModelRegistry" in fault


def test_unknown_libraries_and_contracts_without_a_layer_are_refused(tree: Path) -> None:
    write(tree, "contracts/Odd.sol", 'import {X} from "odd-lib/X.sol";\ncontract Odd {}')
    faults = list(check_layers.faults(tree))
    assert len(faults) == 2
    assert "odd-lib/X.sol" in faults[0]
    assert "Odd has no layer" in faults[1]
