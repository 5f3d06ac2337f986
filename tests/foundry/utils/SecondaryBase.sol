// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {Bps, LicenseId, OrderId} from "../../../interfaces/types/Ids.sol";
import {HeldKey, Passing} from "../../../interfaces/types/Keys.sol";
import {Deal, DealId, DealRecord, Listing, ListingId} from "../../../interfaces/types/Listings.sol";
import {Base} from "./Base.sol";
import {KeyRequestsUnderTest, SecondaryUnderTest} from "./Deployed.sol";

/// @notice A holder with a settled licence and a proven key, who lists it; and a renter with money.
abstract contract SecondaryBase is Base {
    /* CONSTANTS */

    uint256 internal constant HOLDER_SECRET = 0x401D;
    uint256 internal constant TAKER_SECRET = 0x7A4E;

    uint128 internal constant RENT = 1e15;
    uint128 internal constant DEPOSIT = 5e18;
    uint128 internal constant FEE = 1e17;
    uint16 internal constant ROYALTY = 500;
    uint32 internal constant MIN_TIME = 1 hours;
    uint32 internal constant MAX_TIME = 30 days;
    uint32 internal constant TIME = 2 days;

    uint40 internal constant CLAIM_TIME = 3 days;
    uint40 internal constant MAX_HOLD = 90 days;

    /* STORAGE */

    address internal holder = makeAddr("holder");
    address internal renter = makeAddr("renter");
    address internal judge = makeAddr("judge");

    KeyRequestsUnderTest internal requests;
    SecondaryUnderTest internal secondary;
    LicenseId internal owned;
    HeldKey internal held;
    bytes32 internal heldId;

    /* SET-UP */

    function setUp() public virtual override {
        super.setUp();
        requests = KeyRequestsUnderTest(
            vm.deployCode("KeyRequests.sol:KeyRequests", abi.encode(market, license, treasury))
        );
        secondary =
            SecondaryUnderTest(vm.deployCode("Secondary.sol:Secondary", abi.encode(requests)));
        owned = _license(holder, "the first", 0);
        held = kit.held(LINE_SECRET, HOLDER_SECRET);
        heldId = requests.prove("any", line, held.key, kit.prove(LINE_SECRET, "any", held.key));
        _approve(holder);
        _endow(renter);
        _endow(stranger);
    }

    /// @dev A settled, transferable licence of `account`; `duration` zero: without end.
    function _license(address account, bytes32 salt, uint32 duration) internal returns (LicenseId) {
        Offer memory terms = _terms();
        (terms.salt, terms.duration) = (salt, duration);
        _open(terms);
        Order memory order = _order(terms, buyer, account);
        vm.prank(buyer);
        OrderId id = market.buyFor(terms, _purchase(terms), account, address(0), "");
        _deliver(terms, order, id);
        return _licenseOf(id);
    }

    function _approve(address account) internal {
        vm.prank(account);
        license.setApprovalForAll(address(secondary), true);
    }

    function _endow(address account) internal {
        _endow(account, aim);
        _endow(account, usd);
    }

    function _endow(address account, IERC20 token) internal {
        deal(address(token), account, 1_000_000e18);
        vm.startPrank(account);
        token.approve(address(secondary), type(uint256).max);
        token.approve(address(requests), type(uint256).max);
        vm.stopPrank();
    }

    /* BUILDERS */

    function _sale() internal view returns (Listing memory listing) {
        listing.holder = holder;
        listing.license = owned;
        listing.model = model;
        listing.version = 1;
        listing.line = line;
        listing.held = heldId;
        listing.token = address(aim);
        listing.price = PRICE;
        listing.deliveryFee = FEE;
        listing.deliveryTime = 1 days;
        listing.gracePeriod = 1 hours;
        listing.royalty = Bps.wrap(ROYALTY);
        listing.expiresAt = uint40(block.timestamp) + 30 days;
        listing.salt = "listing";
    }

    function _rental() internal view returns (Listing memory listing) {
        listing = _sale();
        listing.price = RENT;
        listing.deposit = DEPOSIT;
        listing.minTime = MIN_TIME;
        listing.maxTime = MAX_TIME;
        listing.arbitrator = judge;
    }

    function _deal(Listing memory listing, address taker) internal view returns (Deal memory made) {
        made.taker = taker;
        made.key = key;
        made.passKey = kit.times(held.z, TAKER_SECRET);
        made.time = listing.maxTime == 0 ? 0 : TIME;
        made.salt = "deal";
    }

    function _dealId(Listing memory listing, Deal memory made) internal view returns (DealId) {
        return secondary.dealIdOf(secondary.listingIdOf(listing), made);
    }

    function _record(Listing memory listing, Deal memory made)
        internal
        view
        returns (DealRecord memory)
    {
        return secondary.dealOf(_dealId(listing, made));
    }

    function _what(Listing memory listing, Deal memory made) internal pure returns (bytes memory) {
        return abi.encode(listing, made);
    }

    /* SHORT WAYS */

    function _list(Listing memory listing) internal returns (ListingId) {
        vm.prank(listing.holder);
        return secondary.list(listing, _details(), 0);
    }

    function _take(Listing memory listing, address taker) internal returns (Deal memory made) {
        made = _deal(listing, taker);
        _take(listing, made);
    }

    function _take(Listing memory listing, Deal memory made) internal returns (DealId) {
        vm.prank(made.taker);
        return secondary.take(listing, made, uint40(block.timestamp));
    }

    function _passing(Listing memory listing, Deal memory made)
        internal
        view
        returns (Passing memory)
    {
        bytes32 id = DealId.unwrap(_dealId(listing, made));
        return kit.pass(HOLDER_SECRET, id, line, held, made.passKey, listing.holder);
    }

    function _passOn(Listing memory listing, Deal memory made) internal {
        Passing memory passing = _passing(listing, made);
        vm.prank(keeper);
        secondary.passOn(listing, made, held, passing);
    }

    /// @dev Listed, taken by `renter` and delivered by its holder.
    function _rent() internal returns (Listing memory listing, Deal memory made) {
        listing = _rental();
        made = _rent(listing);
    }

    function _rent(Listing memory listing) internal returns (Deal memory made) {
        _list(listing);
        made = _take(listing, renter);
        _passOn(listing, made);
    }

    function _giveUp(address user) internal {
        vm.prank(user);
        license.setUser(LicenseId.unwrap(owned), address(0), 0);
    }

    /// @dev Credit in Secondary.
    function _credit(address account) internal view returns (uint256) {
        return _credit(account, address(aim));
    }

    function _credit(address account, address token) internal view returns (uint256) {
        return secondary.credit(account, 0, token);
    }

    function _user() internal view returns (address) {
        return license.userOf(LicenseId.unwrap(owned));
    }

    /// @dev What a holder keeps of `earned`.
    function _net(uint256 earned) internal view returns (uint256) {
        return earned - earned * (rateOf[address(aim)] + ROYALTY) / 10_000;
    }
}
