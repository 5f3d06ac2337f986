// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {Bps, LicenseId, ModelId, OfferId, OrderId} from "../../../interfaces/types/Ids.sol";
import {Parent, Version} from "../../../interfaces/types/Versions.sol";
import {LicenseUnderTest, MarketUnderTest, RegistryUnderTest} from "../utils/Deployed.sol";

/// @notice The ids and digests that daimm computes off chain: tools/terms_vectors.py wrote them.
contract IdsTest is Test {
    string internal json = vm.readFile("tests/vectors/terms.json");

    function test_offersOrdersAndLicences() public {
        uint256 count;
        for (string memory at_ = ".markets[0]"; vm.keyExistsJson(json, at_); ++count) {
            vm.chainId(
                uint64(vm.parseUint(vm.parseJsonString(json, string.concat(at_, ".chain_id"))))
            );
            address where = vm.parseJsonAddress(json, string.concat(at_, ".market"));
            _checkMarket(at_, _deployMarket(where));
            at_ = string.concat(".markets[", vm.toString(count + 1), "]");
        }
        assertEq(count, 3);
    }

    function test_versions() public {
        RegistryUnderTest registry = RegistryUnderTest(
            vm.deployCode("ModelRegistry.sol:ModelRegistry", abi.encode(address(1)))
        );
        uint256 count;
        for (string memory at_ = ".versions[0]"; vm.keyExistsJson(json, at_); ++count) {
            _checkVersion(registry, at_);
            at_ = string.concat(".versions[", vm.toString(count + 1), "]");
        }
        assertEq(count, 4);
    }

    function _checkMarket(string memory at_, MarketUnderTest market) private {
        assertEq(market.domain(), _word(at_, ".domain"));
        LicenseUnderTest license = LicenseUnderTest(
            vm.deployCode("ModelLicense.sol:ModelLicense", abi.encode(address(1), address(1)))
        );
        for (uint256 i; i < 3; ++i) {
            string memory element = string.concat("[", vm.toString(i), "]");
            string memory offer = string.concat(at_, ".offers", element);
            Offer memory terms = abi.decode(_bytes(offer, ".abi"), (Offer));
            assertEq(OfferId.unwrap(market.offerIdOf(terms)), _word(offer, ".id"), offer);

            string memory order = string.concat(at_, ".orders", element);
            OrderId id = market.orderIdOf(
                OfferId.wrap(_word(order, ".offer")), abi.decode(_bytes(order, ".abi"), (Order))
            );
            assertEq(OrderId.unwrap(id), _word(order, ".id"), order);
            LicenseId minted = license.licenseIdOf(address(market), id);
            assertEq(bytes32(LicenseId.unwrap(minted)), _word(order, ".license"), order);
        }
    }

    function _checkVersion(RegistryUnderTest registry, string memory at_) private {
        ModelId model = ModelId.wrap(uint32(vm.parseJsonUint(json, string.concat(at_, ".model"))));
        uint16 version = uint16(vm.parseJsonUint(json, string.concat(at_, ".version")));
        Version memory details = abi.decode(_bytes(at_, ".details.abi"), (Version));
        Parent[] memory parents = abi.decode(_bytes(at_, ".parents.abi"), (Parent[]));
        if (version == 1) {
            ModelId made = registry.register(address(this), Bps.wrap(0), details, parents);
            assertEq(ModelId.unwrap(made), ModelId.unwrap(model));
        } else {
            assertEq(registry.addVersion(model, details, parents), version);
        }
        assertEq(registry.versionDigest(model, version), _word(at_, ".digest"), at_);
        bytes32 parentsHash = _word(at_, ".parents_hash");
        assertTrue(registry.matches(model, version, details, parentsHash), at_);
    }

    /// @dev At a given address, so that its ids are the vectors'.
    function _deployMarket(address where) private returns (MarketUnderTest) {
        address any = address(1);
        address license =
            vm.deployCode("ModelLicense.sol:ModelLicense", abi.encode(address(1), address(1)));
        address lineage = vm.deployCode("Lineage.sol:Lineage", abi.encode(address(1), address(1)));
        deployCodeTo("Market.sol:Market", abi.encode(any, any, license, lineage, any, any), where);
        return MarketUnderTest(where);
    }

    function _word(string memory at_, string memory key) private view returns (bytes32) {
        return vm.parseJsonBytes32(json, string.concat(at_, key));
    }

    function _bytes(string memory at_, string memory key) private view returns (bytes memory) {
        return vm.parseJsonBytes(json, string.concat(at_, key));
    }
}
