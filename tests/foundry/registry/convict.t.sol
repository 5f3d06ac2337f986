// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";

import {IContentProof} from "../../../interfaces/IContentProof.sol";
import {KeyOpening_WrongChallenge} from "../../../interfaces/IKeyOpening.sol";
import {IModelRegistry} from "../../../interfaces/IModelRegistry.sol";
import {WrongContent} from "../../../interfaces/types/Contents.sol";
import {Bps, ModelId} from "../../../interfaces/types/Ids.sol";
import {Parent, Relation, Version} from "../../../interfaces/types/Versions.sol";
import {WrongVersion} from "../utils/WrongVersion.sol";

contract ConvictTest is WrongVersion {
    function _expectNotSellable() private {
        _expectRevert(
            abi.encodeWithSelector(
                IModelRegistry.ModelRegistry_NotSellable.selector, wrong, 1, seller
            )
        );
        registry.requireSellable(wrong, 1, seller);
    }

    function test_EndsSalesAndNamesWhoProvedIt() public {
        bytes32 digest = registry.versionDigest(wrong, 1);
        registry.requireSellable(wrong, 1, seller);
        assertFalse(registry.isConvicted(wrong, 1));
        assertEq(registry.convictorOf(wrong, 1), address(0));

        vm.expectEmit(address(registry));
        emit IModelRegistry.VersionConvicted(wrong, 1, buyer);
        vm.expectEmit(address(registry));
        emit IERC4906.MetadataUpdate(ModelId.unwrap(wrong));
        _convict(buyer);

        assertTrue(registry.isConvicted(wrong, 1));
        assertTrue(registry.isRetired(wrong, 1));
        assertEq(registry.convictorOf(wrong, 1), buyer);
        assertEq(registry.versionDigest(wrong, 1), digest);
        assertTrue(registry.matches(wrong, 1, _wrongDetails(), 0));
        _expectNotSellable();
    }

    function test_OtherVersionsStaySellable() public {
        vm.prank(seller);
        registry.addVersion(wrong, _details(), _noParents());
        _convict(buyer);
        registry.requireSellable(wrong, 2, seller);
        registry.requireSellable(model, 1, seller);
        assertFalse(registry.isConvicted(wrong, 2));
        assertFalse(registry.isConvicted(model, 1));
    }

    function test_AnybodyWithTheKeyConvicts() public {
        _convict(seller);
        assertEq(registry.convictorOf(wrong, 1), seller);
    }

    function test_ARetiredVersionIsConvicted() public {
        vm.prank(seller);
        registry.retire(wrong, 1);
        assertFalse(registry.isConvicted(wrong, 1));
        _convict(buyer);
        assertTrue(registry.isConvicted(wrong, 1));
    }

    function test_AVersionWithParentsIsConvictedByTheirHash() public {
        Parent[] memory parents = new Parent[](1);
        parents[0] = Parent(model, 1, Relation.FineTune);
        wrong = registry.register(seller, Bps.wrap(0), _wrongDetails(), parents);
        WrongContent memory proof = _wrongProof(buyer, 1);
        Version memory details = _wrongDetails();
        vm.startPrank(buyer);
        _expectRevert(IModelRegistry.ModelRegistry_VersionUnknown.selector);
        registry.convict(wrong, 1, details, 0, proof);
        registry.convict(wrong, 1, details, keccak256(abi.encode(parents)), proof);
        assertTrue(registry.isConvicted(wrong, 1));
    }

    function test_RevertsForALeafThatIsRight() public {
        Version memory details = _wrongDetails();
        for (uint256 slot; slot < 3; slot += 2) {
            WrongContent memory proof = _wrongProof(buyer, slot);
            _expectRevert(
                abi.encodeWithSelector(IContentProof.ContentProof_ContentRight.selector, slot)
            );
            vm.prank(buyer);
            registry.convict(wrong, 1, details, 0, proof);
        }
        assertFalse(registry.isConvicted(wrong, 1));
    }

    function test_RevertsForACopyOfSomebodyElsesProof() public {
        WrongContent memory proof = _wrongProof(buyer, 1);
        uint256 theirs = _wrongProof(stranger, 1).opening.c;
        Version memory details = _wrongDetails();
        _expectRevert(abi.encodeWithSelector(KeyOpening_WrongChallenge.selector, theirs));
        vm.prank(stranger);
        registry.convict(wrong, 1, details, 0, proof);
    }

    function test_RevertsForAProofOfAnotherVersionWithTheSameFile() public {
        WrongContent memory proof = _wrongProof(buyer, 1);
        Version memory details = _wrongDetails();
        vm.prank(seller);
        registry.addVersion(wrong, details, _noParents());
        _expectRevert(KeyOpening_WrongChallenge.selector);
        vm.prank(buyer);
        registry.convict(wrong, 2, details, 0, proof);
    }

    function test_RevertsForAProofOfAnotherRegistry() public {
        WrongContent memory proof = _wrongProof(buyer, 1);
        Version memory details = _wrongDetails();
        registry = _deployRegistry();
        registry.register(seller, Bps.wrap(0), _details(), _noParents());
        registry.register(seller, Bps.wrap(0), details, _noParents());
        _expectRevert(KeyOpening_WrongChallenge.selector);
        vm.prank(buyer);
        registry.convict(wrong, 1, details, 0, proof);
    }

    function test_RevertsForAProofOfAnotherChain() public {
        WrongContent memory proof = _wrongProof(buyer, 1);
        vm.chainId(block.chainid + 1);
        Version memory details = _wrongDetails();
        _expectRevert(KeyOpening_WrongChallenge.selector);
        vm.prank(buyer);
        registry.convict(wrong, 1, details, 0, proof);
    }

    function test_RevertsForOtherDetails() public {
        WrongContent memory proof = _wrongProof(buyer, 1);
        Version memory details = _wrongDetails();
        details.manifest = keccak256("another");
        _expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_VersionUnknown.selector, wrong, 1)
        );
        vm.prank(buyer);
        registry.convict(wrong, 1, details, 0, proof);
    }

    function test_RevertsForAnotherModelsProof() public {
        WrongContent memory proof = _wrongProof(buyer, 1);
        Version memory details = _details();
        _expectRevert(IContentProof.ContentProof_OtherArtifact.selector);
        vm.prank(buyer);
        registry.convict(model, 1, details, 0, proof);
    }

    function test_ConvictsOnce() public {
        _convict(buyer);
        WrongContent memory proof = _wrongProof(stranger, 1);
        Version memory details = _wrongDetails();
        _expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_AlreadyConvicted.selector, wrong, 1)
        );
        vm.prank(stranger);
        registry.convict(wrong, 1, details, 0, proof);
        assertEq(registry.convictorOf(wrong, 1), buyer);
    }

    function test_AConvictedVersionIsNotRetired() public {
        _convict(buyer);
        _expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_AlreadyRetired.selector, wrong, 1)
        );
        vm.prank(seller);
        registry.retire(wrong, 1);
    }
}
