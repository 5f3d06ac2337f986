// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";

import {IModelRegistry} from "../../../interfaces/IModelRegistry.sol";
import {Bps, ModelId} from "../../../interfaces/types/Ids.sol";
import {Parent, Relation, Version} from "../../../interfaces/types/Versions.sol";
import {Base} from "../utils/Base.sol";

contract AddVersionTest is Base {
    function _next() private view returns (Version memory details) {
        details = _details();
        details.manifest = "second manifest";
    }

    function _add() private returns (uint16) {
        vm.prank(seller);
        return registry.addVersion(model, _next(), _noParents());
    }

    function test_AppendsAVersion() public {
        bytes32 first = registry.versionDigest(model, 1);
        vm.expectEmit(address(registry));
        emit IModelRegistry.VersionAdded(model, 2, _next());
        vm.expectEmit(address(registry));
        emit IERC4906.MetadataUpdate(ModelId.unwrap(model));
        assertEq(_add(), 2);
        assertEq(registry.versionCount(model), 2);
        assertTrue(registry.matches(model, 2, _next(), 0));
        assertEq(registry.versionDigest(model, 1), first, "the first stays");
        (, Bps royalty) = registry.royaltyOf(model);
        assertEq(Bps.unwrap(royalty), 500, "royalty stays");
    }

    function test_TheNextVersionMayDescendFromTheLast() public {
        Parent[] memory parents = new Parent[](1);
        parents[0] = Parent(model, 1, Relation.FineTune);
        vm.prank(seller);
        vm.expectEmit(address(registry));
        emit IModelRegistry.ParentsDeclared(model, 2, parents);
        registry.addVersion(model, _next(), parents);
    }

    function test_RevertsWhereItWouldBeItsOwnParent() public {
        Parent[] memory parents = new Parent[](1);
        parents[0] = Parent(model, 2, Relation.FineTune);
        vm.prank(seller);
        _expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_ParentUnknown.selector, model, 2)
        );
        registry.addVersion(model, _next(), parents);
    }

    function test_AnApprovedAccountAppendsToo() public {
        vm.prank(seller);
        registry.approve(friend, ModelId.unwrap(model));
        vm.prank(friend);
        assertEq(registry.addVersion(model, _next(), _noParents()), 2);
    }

    function test_RevertsForAnybodyElse() public {
        vm.prank(stranger);
        _expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_NotOwner.selector, model, stranger)
        );
        registry.addVersion(model, _next(), _noParents());
    }

    function test_RevertsForTheFormerOwner() public {
        _transferModel(seller, friend);
        vm.prank(seller);
        _expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_NotOwner.selector, model, seller)
        );
        registry.addVersion(model, _next(), _noParents());
    }

    function test_RevertsAfterTheLastNumber() public {
        vm.startPrank(seller);
        // By adding them all: the test knows nothing of the storage layout.
        for (uint256 i = 2; i <= 4095; ++i) {
            registry.addVersion(model, _next(), _noParents());
        }
        assertEq(registry.versionCount(model), 4095);
        _expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_TooManyVersions.selector, model)
        );
        registry.addVersion(model, _next(), _noParents());
        (, Bps royalty) = registry.royaltyOf(model);
        assertEq(Bps.unwrap(royalty), 500, "the count runs into nothing");
    }
}
