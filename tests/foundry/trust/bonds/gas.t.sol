// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Result} from "../../../../interfaces/types/Attestations.sol";
import {Offer, Order} from "../../../../interfaces/types/Deals.sol";
import {OrderId} from "../../../../interfaces/types/Ids.sol";
import {BondsBase} from "../../utils/BondsBase.sol";

/// What bonds cost as whole transactions once who is paid was credited before.
/// forge-config: default.isolate = true
contract BondsGasTest is BondsBase {
    function _atMost(string memory what, uint256 ceiling) private {
        uint256 used = vm.lastCallGas().gasTotalUsed;
        emit log_named_uint(what, used);
        assertLe(used, ceiling, what);
    }

    /// @dev A bond on the same version, so that all are credited and the contract holds tokens.
    function _before(Offer memory terms, Order memory order) private {
        _post(STAKE);
        Result memory result = _result();
        _stand(result);
        _breakByScore(result);
        _compensate(buyer, terms, order);
    }

    function test_Post() public {
        _post(STAKE);
        _promiseScore();
        vm.prank(guarantor);
        bonds.post(bond, STAKE);
        _atMost("post", 90_000);
    }

    function test_Compensate() public {
        (Offer memory terms, Order memory order,) = _sale();
        Order memory second = _order(terms, buyer, buyer);
        second.salt = "2";
        vm.prank(buyer);
        OrderId id = market.buy(terms, _purchase("2"));
        _deliver(terms, second, id);
        _promiseScore();
        _before(terms, order);
        vm.prank(buyer);
        bonds.compensate(bond, terms, second);
        _atMost("compensate", 100_000);
    }

    function test_Waive() public {
        (Offer memory terms, Order memory order,) = _sale();
        vm.prank(buyer);
        bonds.waive(terms, order, stranger);
        _atMost("waive", 95_000);
    }
}
