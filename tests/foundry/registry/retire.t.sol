// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";

import {IModelRegistry} from "../../../interfaces/IModelRegistry.sol";
import {Bps, ModelId} from "../../../interfaces/types/Ids.sol";
import {Base} from "../utils/Base.sol";

contract RetireTest is Base {
    function _retire(uint16 version) private {
        vm.prank(seller);
        registry.retire(model, version);
    }

    function _expectUnknown(uint16 version) private {
        _expectRevert(
            abi.encodeWithSelector(
                IModelRegistry.ModelRegistry_VersionUnknown.selector, model, version
            )
        );
        _retire(version);
    }

    function test_EndsSalesAndKeepsTheDigest() public {
        bytes32 digest = registry.versionDigest(model, 1);
        vm.expectEmit(address(registry));
        emit IModelRegistry.VersionRetired(model, 1);
        vm.expectEmit(address(registry));
        emit IERC4906.MetadataUpdate(ModelId.unwrap(model));
        _retire(1);
        assertTrue(registry.isRetired(model, 1));
        assertEq(registry.versionDigest(model, 1), digest);
        assertTrue(registry.matches(model, 1, _details(), 0));
        assertEq(registry.versionCount(model), 1);
        (, Bps royalty) = registry.royaltyOf(model);
        assertEq(Bps.unwrap(royalty), 500, "royalty");
    }

    function test_OtherVersionsStaySellable() public {
        vm.prank(seller);
        registry.addVersion(model, _details(), _noParents());
        _retire(1);
        assertFalse(registry.isRetired(model, 2));
        registry.requireSellable(model, 2, seller);
        _expectRevert(
            abi.encodeWithSelector(
                IModelRegistry.ModelRegistry_NotSellable.selector, model, 1, seller
            )
        );
        registry.requireSellable(model, 1, seller);
    }

    function test_TheSecondOfTwoVersionsCanBeRetired() public {
        vm.prank(seller);
        registry.addVersion(model, _details(), _noParents());
        _retire(2);
        assertTrue(registry.isRetired(model, 2));
        assertFalse(registry.isRetired(model, 1));
        assertEq(registry.versionCount(model), 2);
        registry.requireSellable(model, 1, seller);
        _expectRevert(
            abi.encodeWithSelector(
                IModelRegistry.ModelRegistry_NotSellable.selector, model, 2, seller
            )
        );
        registry.requireSellable(model, 2, seller);
    }

    function test_AVersionAddedLaterIsSellable() public {
        _retire(1);
        vm.prank(seller);
        registry.addVersion(model, _details(), _noParents());
        registry.requireSellable(model, 2, seller);
    }

    function test_RevertsASecondTime() public {
        _retire(1);
        _expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_AlreadyRetired.selector, model, 1)
        );
        _retire(1);
    }

    function test_RevertsForAVersionThatIsUnknown() public {
        _expectUnknown(0);
        _expectUnknown(2);
    }

    function test_RevertsForAnybodyButTheOwner() public {
        vm.prank(stranger);
        _expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_NotOwner.selector, model, stranger)
        );
        registry.retire(model, 1);
    }
}
