// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "solady/tokens/ERC721.sol";

import {IModelRegistry} from "../../../interfaces/IModelRegistry.sol";
import {Bps, ModelId} from "../../../interfaces/types/Ids.sol";
import {Version} from "../../../interfaces/types/Versions.sol";
import {Base} from "../utils/Base.sol";

contract RegistryViewsTest is Base {
    /* REQUIRE SELLABLE */

    function _expectNotSellable(ModelId model_, uint16 version, address account) private {
        _expectRevert(
            abi.encodeWithSelector(
                IModelRegistry.ModelRegistry_NotSellable.selector, model_, version, account
            )
        );
        registry.requireSellable(model_, version, account);
    }

    function test_TheOwnersVersionIsSellable() public view {
        registry.requireSellable(model, 1, seller);
    }

    function test_NothingElseIsSellable() public {
        _expectNotSellable(model, 1, stranger);
        _expectNotSellable(model, 0, seller);
        _expectNotSellable(model, 2, seller);
        _expectNotSellable(ModelId.wrap(2), 1, seller);
        _expectNotSellable(ModelId.wrap(2), 0, address(0));
        _expectNotSellable(ModelId.wrap(2), 1, address(0));
    }

    function test_TheSecondModelIsSellableByItsOwnerAlone() public {
        ModelId second = registry.register(friend, Bps.wrap(0), _details(), _noParents());
        registry.requireSellable(second, 1, friend);
        _expectNotSellable(second, 1, seller);
        _expectNotSellable(second, 2, friend);
        vm.prank(friend);
        registry.retire(second, 1);
        _expectNotSellable(second, 1, friend);
        registry.requireSellable(model, 1, seller);
    }

    /* MATCHES */

    function test_MatchesExactlyWhatWasRegistered() public view {
        assertTrue(registry.matches(model, 1, _details(), 0));
        assertFalse(registry.matches(model, 2, _details(), 0));
        assertFalse(registry.matches(ModelId.wrap(2), 1, _details(), 0));
        assertFalse(registry.matches(model, 1, _details(), "parents"));
        bytes memory encoded = abi.encode(_details());
        for (uint256 word; word < encoded.length / 32; ++word) {
            Version memory changed = abi.decode(_flip(encoded, word, 0), (Version));
            assertFalse(registry.matches(model, 1, changed, 0));
        }
    }

    function test_AnUnknownVersionHasNoDigest() public view {
        assertEq(registry.versionDigest(model, 2), 0);
        assertFalse(registry.isRetired(model, 2));
        assertEq(registry.versionCount(ModelId.wrap(2)), 0);
    }

    /* ERC-721 */

    function test_RoyaltyFollowsTheOwner() public {
        _transferModel(seller, friend);
        (address receiver, Bps royalty) = registry.royaltyOf(model);
        assertEq(receiver, friend);
        assertEq(Bps.unwrap(royalty), 500);
    }

    function test_NamesItself() public view {
        assertEq(registry.name(), "DAIMM Models");
        assertEq(registry.symbol(), "DAIMM-M");
    }

    function test_TokenUriIsJson() public view {
        string memory uri = registry.tokenURI(ModelId.unwrap(model));
        bytes memory prefix = "data:application/json,";
        bytes memory json = new bytes(bytes(uri).length - prefix.length);
        for (uint256 i; i < json.length; ++i) {
            json[i] = bytes(uri)[i + prefix.length];
        }
        assertEq(vm.parseJsonString(string(json), ".name"), "DAIMM model 1");
        assertEq(
            vm.parseJsonString(string(json), ".description"),
            "An AI model with 1 version(s); see the VersionAdded events for its manifests."
        );
        assertEq(
            vm.parseJsonString(string(json), ".latest"),
            vm.toString(registry.versionDigest(model, 1))
        );
    }

    function test_TokenUriRevertsForAModelThatDoesNotExist() public {
        _expectRevert(ERC721.TokenDoesNotExist.selector);
        registry.tokenURI(2);
    }

    function test_SpeaksErc165_721_4906() public view {
        assertTrue(registry.supportsInterface(0x01ffc9a7), "165");
        assertTrue(registry.supportsInterface(0x80ac58cd), "721");
        assertTrue(registry.supportsInterface(0x5b5e139f), "721 metadata");
        assertTrue(registry.supportsInterface(0x49064906), "4906");
        assertTrue(registry.supportsInterface(type(IModelRegistry).interfaceId), "own");
        assertFalse(registry.supportsInterface(0xffffffff));
    }
}
