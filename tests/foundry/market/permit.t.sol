// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";

import {IOffers} from "../../../interfaces/IOffers.sol";
import {Offer} from "../../../interfaces/types/Deals.sol";
import {OrderId} from "../../../interfaces/types/Ids.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {Base} from "../utils/Base.sol";

contract PermitTest is Base {
    uint256 internal signerKey;
    Offer internal terms;
    OrderId internal id;

    function setUp() public override {
        super.setUp();
        (buyer, signerKey) = makeAddrAndKey("signer");
        deal(address(aim), buyer, TOTAL);
        terms = _terms();
        _open(terms);
        id = _idOf(terms, _order(terms, buyer, buyer));
    }

    function _sign() private view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
                ),
                buyer,
                address(market),
                TOTAL,
                aim.nonces(buyer),
                block.timestamp
            )
        );
        return vm.sign(
            signerKey, keccak256(abi.encodePacked(hex"1901", aim.DOMAIN_SEPARATOR(), structHash))
        );
    }

    function _calls(uint8 v, bytes32 r, bytes32 s) private view returns (bytes[] memory calls) {
        calls = new bytes[](2);
        calls[0] = abi.encodeCall(market.permit, (address(aim), TOTAL, block.timestamp, v, r, s));
        calls[1] = abi.encodeCall(market.buy, (terms, _purchase()));
    }

    function test_PermitAndBuyInOneMulticall() public {
        (uint8 v, bytes32 r, bytes32 s) = _sign();
        bytes[] memory calls = _calls(v, r, s);
        vm.prank(buyer);
        market.multicall(calls);
        assertState(id, LicenseState.Pending);
        assertEq(aim.balanceOf(buyer), 0);
        assertEq(aim.allowance(buyer, address(market)), 0);
    }

    function test_BuysWhereSomebodyElseSubmittedThePermitFirst() public {
        (uint8 v, bytes32 r, bytes32 s) = _sign();
        bytes[] memory calls = _calls(v, r, s);
        vm.prank(stranger);
        aim.permit(buyer, address(market), TOTAL, block.timestamp, v, r, s);
        vm.prank(buyer);
        market.multicall(calls);
        assertState(id, LicenseState.Pending);
    }

    function test_AWrongSignatureIsPassedOverAndBuyReverts() public {
        (uint8 v, bytes32 r,) = _sign();
        bytes[] memory calls = _calls(v, r, "wrong");
        vm.prank(buyer);
        _expectRevert(SafeTransferLib.TransferFromFailed.selector);
        market.multicall(calls);
    }

    function test_APermitOfAnotherAccountGivesTheCallerNothing() public {
        (uint8 v, bytes32 r, bytes32 s) = _sign();
        vm.prank(stranger);
        market.permit(address(aim), TOTAL, block.timestamp, v, r, s);
        assertEq(aim.allowance(stranger, address(market)), 0);
        assertEq(aim.allowance(buyer, address(market)), 0);
    }

    function test_ATokenWithoutPermitIsPassedOver() public {
        vm.prank(buyer);
        market.permit(address(usd), TOTAL, block.timestamp, 27, 0, 0);
        assertEq(usd.allowance(buyer, address(market)), 0);
    }

    function test_RevertsForATokenThatIsNotAllowed() public {
        address token = makeAddr("token");
        vm.prank(buyer);
        _expectRevert(abi.encodeWithSelector(IOffers.Market_TokenNotAllowed.selector, token));
        market.permit(token, TOTAL, block.timestamp, 27, 0, 0);
    }
}
