// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ERC721} from "solady/tokens/ERC721.sol";

import {Secp256k1_PointInvalid} from "../../../interfaces/IKeyDelivery.sol";
import {IModelRegistry} from "../../../interfaces/IModelRegistry.sol";
import {Bps, ModelId} from "../../../interfaces/types/Ids.sol";
import {Parent, Relation, Version} from "../../../interfaces/types/Versions.sol";
import {Base} from "../utils/Base.sol";

contract RegisterTest is Base {
    ModelId internal constant NEXT = ModelId.wrap(2);

    function _register(Version memory details) private returns (ModelId) {
        return registry.register(friend, Bps.wrap(0), details, _noParents());
    }

    function test_MintsTheModelWithItsFirstVersion() public {
        Version memory details = _details();
        vm.expectEmit(address(registry));
        emit IERC721.Transfer(address(0), friend, 2);
        vm.expectEmit(address(registry));
        emit IModelRegistry.RoyaltySet(NEXT, Bps.wrap(1000));
        vm.expectEmit(address(registry));
        emit IModelRegistry.VersionAdded(NEXT, 1, details);
        ModelId registered = registry.register(friend, Bps.wrap(1000), details, _noParents());

        assertEq(ModelId.unwrap(registered), 2, "numbers follow each other");
        assertEq(registry.modelCount(), 2);
        assertEq(registry.ownerOf(2), friend);
        assertEq(registry.versionCount(registered), 1);
        (address receiver, Bps royalty) = registry.royaltyOf(registered);
        assertEq(receiver, friend);
        assertEq(Bps.unwrap(royalty), 1000);
    }

    function test_StoresTheDigestOfEverything() public {
        ModelId registered = _register(_details());
        bytes32 whole = keccak256(abi.encode(registered, uint16(1), _details(), bytes32(0)));
        assertEq(registry.versionDigest(registered, 1), whole & ~bytes32(uint256(0xff)));
    }

    function test_AnnouncesNoRoyaltyWhereThereIsNone() public {
        vm.recordLogs();
        _register(_details());
        assertEq(vm.getRecordedLogs().length, 2, "Transfer and VersionAdded");
    }

    function test_RevertsWhereTheRoyaltyIsOverTheCap() public {
        _expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_RoyaltyTooHigh.selector, 1001, 1000)
        );
        registry.register(friend, Bps.wrap(1001), _details(), _noParents());
    }

    function test_AnOddRoyaltyIsKeptToTheUnit() public {
        ModelId registered = registry.register(friend, Bps.wrap(999), _details(), _noParents());
        (, Bps royalty) = registry.royaltyOf(registered);
        assertEq(Bps.unwrap(royalty), 999);
        assertEq(registry.versionCount(registered), 1);
    }

    /// @dev The next number would be the first model's once more, and a stranger's.
    function test_RevertsWhereTheNumbersAreUsedUp() public {
        vm.store(address(registry), 0, bytes32(uint256(type(uint32).max - 1)));
        assertEq(ModelId.unwrap(_register(_details())), type(uint32).max);
        _expectRevert(
            abi.encodeWithSelector(
                IModelRegistry.ModelRegistry_TooManyModels.selector, type(uint32).max
            )
        );
        _register(_details());
        assertEq(registry.modelCount(), type(uint32).max);
    }

    function test_RevertsForTheZeroAddress() public {
        _expectRevert(ERC721.TransferToZeroAddress.selector);
        registry.register(address(0), Bps.wrap(0), _details(), _noParents());
    }

    function test_RevertsWithoutManifestArtifactOrPlaintextRoot() public {
        Version[3] memory versions = [_details(), _details(), _details()];
        versions[0].manifest = 0;
        versions[1].artifact = 0;
        versions[2].plaintextRoot = 0;
        for (uint256 i; i < versions.length; ++i) {
            _expectRevert(IModelRegistry.ModelRegistry_ZeroCommitment.selector);
            _register(versions[i]);
        }
    }

    function test_RevertsWhereTheLineIsNoPoint() public {
        Version memory details = _details();
        details.line.y ^= 1;
        _expectRevert(
            abi.encodeWithSelector(Secp256k1_PointInvalid.selector, details.line.x, details.line.y)
        );
        _register(details);
    }

    /* PARENTS */

    function _parents(uint256 count) private view returns (Parent[] memory parents) {
        parents = new Parent[](count);
        for (uint256 i; i < count; ++i) {
            parents[i] = Parent(model, 1, Relation.Merge);
        }
    }

    function _registerWith(Parent[] memory parents) private returns (ModelId) {
        return registry.register(friend, Bps.wrap(0), _details(), parents);
    }

    function test_DeclaresAndCommitsToItsParents() public {
        Parent[] memory parents = _parents(16);
        vm.expectEmit(address(registry));
        emit IModelRegistry.ParentsDeclared(NEXT, 1, parents);
        ModelId registered = _registerWith(parents);
        bytes32 parentsHash = keccak256(abi.encode(parents));
        assertTrue(registry.matches(registered, 1, _details(), parentsHash));
        assertFalse(registry.matches(registered, 1, _details(), 0));
    }

    function test_RevertsWithMoreThanSixteenParents() public {
        Parent[] memory parents = _parents(17);
        _expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_TooManyParents.selector, 17, 16)
        );
        _registerWith(parents);
    }

    function _expectUnknown(ModelId parent, uint16 version) private {
        Parent[] memory parents = _parents(2);
        parents[1] = Parent(parent, version, Relation.Compose);
        _expectRevert(
            abi.encodeWithSelector(
                IModelRegistry.ModelRegistry_ParentUnknown.selector, parent, version
            )
        );
        _registerWith(parents);
    }

    function test_RevertsWhereAParentIsUnknown() public {
        _expectUnknown(model, 2);
        _expectUnknown(model, 0);
        _expectUnknown(ModelId.wrap(9), 1);
    }

    function test_RevertsWhereItWouldBeItsOwnParent() public {
        _expectUnknown(NEXT, 1);
    }

    function test_ARetiredParentIsStillAParent() public {
        vm.prank(seller);
        registry.retire(model, 1);
        _registerWith(_parents(1));
    }
}
