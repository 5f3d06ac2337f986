// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {OrderId} from "../../../interfaces/types/Ids.sol";
import {Base} from "../utils/Base.sol";

/// @notice An order whose key was delivered and whose inspection ends at `end`.
abstract contract InspectedBase is Base {
    Offer internal terms;
    Order internal order;
    OrderId internal id;
    uint40 internal end;

    function setUp() public virtual override {
        super.setUp();
        terms = _inspectedTerms();
        (order, id) = _openAndBuy(terms);
        _deliver(terms, order, id);
        (end,) = market.inspectionOf(id);
    }
}
