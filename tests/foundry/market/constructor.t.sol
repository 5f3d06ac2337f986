// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ILineage} from "../../../interfaces/ILineage.sol";
import {IOffers} from "../../../interfaces/IOffers.sol";
import {Base} from "../utils/Base.sol";
import {RegistryUnderTest} from "../utils/Deployed.sol";

contract ConstructorTest is Base {
    function deploy(address aim_, address treasury_) external returns (address deployed) {
        bytes memory code = abi.encodePacked(
            vm.getCode("Market.sol:Market"),
            abi.encode(authority, registry, license, lineage, aim_, treasury_)
        );
        assembly ("memory-safe") {
            deployed := create(0, add(code, 32), mload(code))
            if iszero(deployed) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }

    function test_RevertsWithoutAim() public {
        _expectRevert(IOffers.Market_ZeroAddress.selector);
        this.deploy(address(0), treasury);
    }

    function test_RevertsWithoutTreasury() public {
        _expectRevert(IOffers.Market_ZeroAddress.selector);
        this.deploy(address(aim), address(0));
    }

    function test_RevertsWhereLicencesOrLineageKnowAnotherRegistry() public {
        RegistryUnderTest other = registry;
        registry = _deployRegistry();
        _expectRevert(IOffers.Market_RegistryMismatch.selector);
        this.deploy(address(aim), treasury);
        lineage = ILineage(vm.deployCode("Lineage.sol:Lineage", abi.encode(registry, splitter)));
        _expectRevert(IOffers.Market_RegistryMismatch.selector);
        this.deploy(address(aim), treasury);
        registry = other;
        _expectRevert(IOffers.Market_RegistryMismatch.selector);
        this.deploy(address(aim), treasury);
    }

    function test_DeploysWithBoth() public {
        assertGt(this.deploy(address(aim), treasury).code.length, 0);
    }
}
