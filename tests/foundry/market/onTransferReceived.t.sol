// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOffers} from "../../../interfaces/IOffers.sol";
import {IERC1363Receiver} from "@openzeppelin/contracts/interfaces/IERC1363Receiver.sol";

import {IMarket} from "../../../interfaces/IMarket.sol";
import {INewBusinessStop} from "../../../interfaces/INewBusinessStop.sol";
import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {LicenseId, OrderId} from "../../../interfaces/types/Ids.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {Base} from "../utils/Base.sol";
import {AimUnderTest} from "../utils/Deployed.sol";

contract OnTransferReceivedTest is Base {
    Offer internal terms;
    Order internal order;
    OrderId internal id;

    function setUp() public override {
        super.setUp();
        terms = _terms();
        _open(terms);
        order = _order(terms, buyer, buyer);
        id = _idOf(terms, order);
        vm.prank(buyer);
        aim.approve(address(market), 0);
    }

    function _data() private view returns (bytes memory) {
        return _dataFor(buyer);
    }

    function _dataFor(address recipient) private view returns (bytes memory) {
        return abi.encode(terms, _purchase(), recipient, address(0), bytes(""));
    }

    function _expectSend(uint256 amount, bytes memory data, bytes memory failure) private {
        vm.prank(buyer);
        _expectRevert(failure);
        aim.transferAndCall(address(market), amount, data);
    }

    /* PURCHASE IN ONE TRANSFER */

    function test_BuysWithoutAllowance() public {
        vm.expectEmit(address(market));
        emit IMarket.Purchased(
            id,
            market.offerIdOf(terms),
            buyer,
            buyer,
            address(0),
            0,
            key,
            PRICE,
            PROTOCOL_FEE,
            order.salt,
            _licenseOf(id)
        );
        vm.prank(buyer);
        aim.transferAndCall(address(market), TOTAL, _data());
        assertState(id, LicenseState.Pending);
        assertEq(aim.balanceOf(address(market)), TOTAL);
        _deliver(terms, order, id);
        assertTrue(license.hasAccess(_licenseOf(id), buyer, 1));
    }

    function test_BuysForAnotherRecipient() public {
        order.recipient = friend;
        vm.prank(buyer);
        aim.transferAndCall(address(market), TOTAL, _dataFor(friend));
        assertEq(license.ownerOf(LicenseId.unwrap(_licenseOf(_idOf(terms, order)))), friend);
    }

    function test_RevertsWhereAnOperatorBuysInTheHoldersName() public {
        vm.prank(buyer);
        aim.approve(keeper, TOTAL);
        bytes memory data = _data();
        vm.prank(keeper);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_NotBuyer.selector, keeper));
        aim.transferFromAndCall(buyer, address(market), TOTAL, data);
    }

    /// @dev Moving nothing needs no allowance.
    function test_RevertsWhereAFreeOfferIsTakenInTheHoldersName() public {
        terms.price = 0;
        terms.deliveryFee = 0;
        _open(terms);
        bytes memory data = _data();
        vm.prank(stranger);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_NotBuyer.selector, stranger));
        aim.transferFromAndCall(buyer, address(market), 0, data);
        vm.prank(buyer);
        aim.transferAndCall(address(market), 0, data);
        assertState(_idOf(terms, _order(terms, buyer, buyer)), LicenseState.Pending);
    }

    function test_AnswersTheSelector() public {
        deal(address(aim), address(market), TOTAL);
        vm.prank(address(aim));
        bytes4 answer = market.onTransferReceived(buyer, buyer, TOTAL, _data());
        assertEq(answer, IERC1363Receiver.onTransferReceived.selector);
    }

    /* WHAT IS REFUSED */

    function test_RevertsWhereAnybodyButAimCalls() public {
        bytes memory data = _data();
        vm.prank(stranger);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_UnexpectedToken.selector, stranger));
        market.onTransferReceived(buyer, buyer, TOTAL, data);
    }

    function test_RevertsWhereAnAllowedTokenOtherThanAimCalls() public {
        AimUnderTest other = AimUnderTest(_deployAim());
        _setToken(address(other), true, 0);
        bytes memory data = _data();
        _expectRevert(
            abi.encodeWithSelector(IMarket.Market_UnexpectedToken.selector, address(other))
        );
        other.transferAndCall(address(market), TOTAL, data);
    }

    function test_RevertsInsideAMulticall() public {
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(market.onTransferReceived, (buyer, buyer, TOTAL, _data()));
        vm.prank(buyer);
        _expectRevert(abi.encodeWithSelector(IMarket.Market_UnexpectedToken.selector, buyer));
        market.multicall(calls);
    }

    function test_RevertsWhereTheOfferAsksForAnotherToken() public {
        terms.token = address(usd);
        _open(terms);
        _expectSend(
            TOTAL,
            _data(),
            abi.encodeWithSelector(IMarket.Market_UnexpectedToken.selector, address(usd))
        );
    }

    function test_RevertsWhereTheAmountIsNotTheTotal() public {
        bytes memory data = _data();
        bytes4 wrong = IMarket.Market_WrongAmount.selector;
        _expectSend(TOTAL - 1, data, abi.encodeWithSelector(wrong, TOTAL, TOTAL - 1));
        _expectSend(TOTAL + 1, data, abi.encodeWithSelector(wrong, TOTAL, TOTAL + 1));
        _expectSend(0, data, abi.encodeWithSelector(wrong, TOTAL, 0));
    }

    function test_RevertsWhereTheDataHasAnotherLength() public {
        bytes memory failure = abi.encodeWithSelector(IOffers.Market_TermsInvalid.selector, "data");
        _expectSend(TOTAL, "", failure);
        _expectSend(TOTAL, abi.encode(terms, _purchase(), buyer, address(0)), failure);
        bytes memory short = _data();
        assembly ("memory-safe") {
            mstore(short, sub(mload(short), 1))
        }
        _expectSend(TOTAL, short, failure);
    }

    /// @dev The input has to be where abi.encode puts it, and inside of what was sent.
    function test_RevertsWhereTheInputIsElsewhere() public {
        bytes memory failure = abi.encodeWithSelector(IOffers.Market_TermsInvalid.selector, "data");
        for (uint256 word = 30; word < 32; ++word) {
            bytes memory data = _data();
            data[word * 32 + 31] ^= 0x20;
            _expectSend(TOTAL, data, failure);
        }
        bytes memory whole = abi.encode(terms, _purchase(), buyer, address(0), bytes("input"));
        vm.prank(buyer);
        aim.transferAndCall(address(market), TOTAL, whole);
        assertState(id, LicenseState.Pending);
    }

    function test_RevertsWhereTheRecipientHasDirtyBits() public {
        bytes memory data = _data();
        data[28 * 32] = 0x01;
        vm.prank(buyer);
        vm.expectRevert();
        aim.transferAndCall(address(market), TOTAL, data);
    }

    function test_RevertsWhereATermHasDirtyBits() public {
        bytes memory data = _data();
        data[32] = 0x01;
        vm.prank(buyer);
        vm.expectRevert();
        aim.transferAndCall(address(market), TOTAL, data);
    }

    function test_RevertsAfterTxDeadline() public {
        bytes memory data = _data();
        uint40 deadline = uint40(block.timestamp);
        vm.warp(deadline + 1);
        _expectSend(
            TOTAL, data, abi.encodeWithSelector(IMarket.Market_DeadlinePassed.selector, deadline)
        );
    }

    function test_RevertsDuringAStop() public {
        _stop();
        _expectSend(
            TOTAL,
            _data(),
            abi.encodeWithSelector(
                INewBusinessStop.NewBusinessStop_Stopped.selector, market.stoppedUntil()
            )
        );
    }
}
