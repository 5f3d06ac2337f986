// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBonds} from "../../../interfaces/IBonds.sol";
import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {OrderId} from "../../../interfaces/types/Ids.sol";
import {Bond, BondId, BondRecord, BondState} from "../../../interfaces/types/Stakes.sol";
import {Version} from "../../../interfaces/types/Versions.sol";
import {WrongVersion} from "./WrongVersion.sol";

/// @notice A stake of a guarantor on the version that is wrong, and the model for sale.
abstract contract BondsBase is WrongVersion {
    uint128 internal constant STAKE = 1000e18;

    IBonds internal bonds;
    address internal guarantor = makeAddr("guarantor");
    Bond internal bond;
    BondId internal bondId;

    function setUp() public virtual override {
        super.setUp();
        bonds = IBonds(vm.deployCode("Bonds.sol:Bonds", abi.encode(market, license, treasury)));
        model = wrong;
        bond = Bond({
            guarantor: guarantor,
            model: wrong,
            version: 1,
            token: address(aim),
            until: uint40(block.timestamp + 30 days),
            salt: 0
        });
        bondId = bonds.bondIdOf(bond);
        deal(address(aim), guarantor, 10 * STAKE);
        vm.prank(guarantor);
        aim.approve(address(bonds), type(uint256).max);
    }

    function _post(uint128 amount) internal {
        vm.prank(guarantor);
        bonds.post(bond, amount);
    }

    /// @dev Staked on, and proven wrong by `claimant`.
    function _break(address claimant) internal {
        _post(STAKE);
        _convict(claimant);
        bonds.breakByContent(bond);
    }

    function _offer(Offer memory terms) internal {
        Version memory details = _wrongDetails();
        vm.prank(seller);
        market.openOffer(terms, details, 0);
    }

    function _offerAndBuy(Offer memory terms) internal returns (Order memory order, OrderId id) {
        _offer(terms);
        return _buy(terms);
    }

    /// @dev An order of the buyer that was delivered and paid.
    function _sale() internal returns (Offer memory terms, Order memory order, OrderId id) {
        terms = _terms();
        (order, id) = _offerAndBuy(terms);
        _deliver(terms, order, id);
    }

    function _compensate(address caller, Offer memory terms, Order memory order) internal {
        vm.prank(caller);
        bonds.compensate(bond, terms, order);
    }

    function _credit(address payee) internal view returns (uint256) {
        return bonds.credit(payee, 0, address(aim));
    }

    function assertBond(BondState state, uint256 stake) internal view {
        BondRecord memory record = bonds.recordOf(bondId);
        assertEq(uint8(record.state), uint8(state), "state");
        assertEq(record.stake, stake, "stake");
    }
}
