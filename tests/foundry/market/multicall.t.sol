// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {KeyDelivery_WrongChallenge} from "../../../interfaces/IKeyDelivery.sol";
import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {OrderId} from "../../../interfaces/types/Ids.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {Base} from "../utils/Base.sol";

contract MulticallTest is Base {
    uint256 internal constant COUNT = 3;

    Offer internal terms;
    Order[] internal orders;
    OrderId[] internal ids;

    function setUp() public override {
        super.setUp();
        terms = _terms();
        _open(terms);
        for (uint256 i; i < COUNT; ++i) {
            orders.push(_order(terms, buyer, buyer));
            orders[i].salt = bytes32(i);
            ids.push(_idOf(terms, orders[i]));
        }
    }

    function _buyAll() private returns (bytes[] memory answers) {
        bytes[] memory calls = new bytes[](COUNT);
        for (uint256 i; i < COUNT; ++i) {
            calls[i] = abi.encodeCall(market.buy, (terms, _purchase(bytes32(i))));
        }
        vm.prank(buyer);
        return market.multicall(calls);
    }

    function _deliveries() private view returns (bytes[] memory calls) {
        calls = new bytes[](COUNT);
        for (uint256 i; i < COUNT; ++i) {
            calls[i] = abi.encodeCall(market.deliver, (terms, orders[i], _prove(ids[i])));
        }
    }

    function test_BuysSeveralInOneTransaction() public {
        bytes[] memory answers = _buyAll();
        for (uint256 i; i < COUNT; ++i) {
            assertEq(abi.decode(answers[i], (OrderId)), ids[i]);
            assertState(ids[i], LicenseState.Pending);
        }
        assertEq(aim.balanceOf(address(market)), COUNT * TOTAL);
    }

    function test_DeliversSeveralInOneTransaction() public {
        _buyAll();
        bytes[] memory calls = _deliveries();
        vm.prank(keeper);
        market.multicall(calls);
        assertEq(_owed(keeper, address(aim)), COUNT * DELIVERY_FEE);
        assertEq(_owed(payout, address(aim)), COUNT * (PRICE - PROTOCOL_FEE));
    }

    function test_OneWrongDeliveryUndoesTheBatch() public {
        _buyAll();
        bytes[] memory calls = _deliveries();
        calls[2] = abi.encodeCall(market.deliver, (terms, orders[2], _prove(ids[0])));
        _expectRevert(KeyDelivery_WrongChallenge.selector);
        market.multicall(calls);
        assertState(ids[0], LicenseState.Pending);
    }
}
