// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Test} from "forge-std/Test.sol";

import {IContentProof} from "../../../interfaces/IContentProof.sol";
import {ILineage} from "../../../interfaces/ILineage.sol";
import {IRevenueSplitter} from "../../../interfaces/IRevenueSplitter.sol";
import {Offer, Order, Purchase} from "../../../interfaces/types/Deals.sol";
import {Bps, LicenseId, ModelId, OfferId, OrderId} from "../../../interfaces/types/Ids.sol";
import {Delivery, Point} from "../../../interfaces/types/Keys.sol";
import {LicenseState} from "../../../interfaces/types/Licenses.sol";
import {Parent, Version} from "../../../interfaces/types/Versions.sol";
import {PlainToken} from "../mocks/Tokens.sol";
import {
    AimUnderTest,
    IKit,
    LicenseUnderTest,
    MarketUnderTest,
    RegistryUnderTest
} from "./Deployed.sol";

/// @notice All contracts deployed and wired as on a real network, one registered model, and short ways to trade it.
abstract contract Base is Test {
    /* CONSTANTS */

    uint64 internal constant GUARDIAN = 1;
    uint128 internal constant PRICE = 100e18;
    uint128 internal constant DELIVERY_FEE = 1e18;
    uint128 internal constant TOTAL = PRICE + DELIVERY_FEE;
    uint128 internal constant MAX_DELIVERY_FEE = DELIVERY_FEE;
    uint16 internal constant AIM_FEE = 100;
    uint16 internal constant USD_FEE = 300;
    uint128 internal constant PROTOCOL_FEE = PRICE * AIM_FEE / 10_000;
    uint256 internal constant LINE_SECRET = 0xA11CE;
    uint256 internal constant KEY_SECRET = 0xB0B;

    uint256 internal constant AIM_SUPPLY = 1_000_000_000e18;

    /// @dev As AIMToken's constructor takes it.
    struct Holding {
        address holder;
        uint256 amount;
    }

    /* STORAGE */

    address internal governance = makeAddr("governance");
    address internal guardian = makeAddr("guardian");
    address internal treasury = makeAddr("treasury");
    address internal seller = makeAddr("seller");
    address internal payout = makeAddr("payout");
    address internal buyer = makeAddr("buyer");
    address internal friend = makeAddr("friend");
    address internal keeper = makeAddr("keeper");
    address internal stranger = makeAddr("stranger");

    IKit internal kit;
    IAccessManager internal authority;
    IContentProof internal contentProof;
    AimUnderTest internal aim;
    IERC20 internal usd;
    RegistryUnderTest internal registry;
    LicenseUnderTest internal license;
    IRevenueSplitter internal splitter;
    ILineage internal lineage;
    MarketUnderTest internal market;

    /// @dev The protocol's share of each token's price, as last set by `_setToken`.
    mapping(address token => uint16) internal rateOf;

    ModelId internal model;
    Point internal line;
    Point internal key;

    /* SET-UP */

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        kit = IKit(vm.deployCode("Kit.sol:Kit"));
        line = kit.point(LINE_SECRET);
        key = kit.point(KEY_SECRET);

        aim = AimUnderTest(_deployAim());
        usd = new PlainToken();
        authority = IAccessManager(vm.deployCode("Authority.sol:Authority", abi.encode(governance)));
        contentProof = IContentProof(vm.deployCode("ContentProof.sol:ContentProof"));
        registry = _deployRegistry();
        license = LicenseUnderTest(
            vm.deployCode("ModelLicense.sol:ModelLicense", abi.encode(authority, registry))
        );
        splitter = IRevenueSplitter(vm.deployCode("RevenueSplitter.sol:RevenueSplitter"));
        lineage = ILineage(vm.deployCode("Lineage.sol:Lineage", abi.encode(registry, splitter)));
        market = MarketUnderTest(_deployMarket());

        bytes4[] memory stop = new bytes4[](1);
        stop[0] = market.stopNewBusiness.selector;
        vm.startPrank(governance);
        authority.setTargetFunctionRole(address(market), stop, GUARDIAN);
        authority.grantRole(GUARDIAN, guardian, 0);
        license.setIssuer(address(market), true);
        market.setToken(address(aim), true, Bps.wrap(AIM_FEE), MAX_DELIVERY_FEE);
        market.setToken(address(usd), true, Bps.wrap(USD_FEE), MAX_DELIVERY_FEE);
        vm.stopPrank();
        (rateOf[address(aim)], rateOf[address(usd)]) = (AIM_FEE, USD_FEE);

        model = registry.register(seller, Bps.wrap(500), _details(), _noParents());
        _fund(aim, buyer);
        _fund(usd, buyer);
    }

    function _deployRegistry() internal returns (RegistryUnderTest) {
        return RegistryUnderTest(
            vm.deployCode("ModelRegistry.sol:ModelRegistry", abi.encode(contentProof))
        );
    }

    function _deployMarket() internal returns (address) {
        return vm.deployCode(
            "Market.sol:Market", abi.encode(authority, registry, license, lineage, aim, treasury)
        );
    }

    function _deployAim() internal virtual returns (address) {
        Holding[] memory holdings = new Holding[](1);
        holdings[0] = Holding(address(this), AIM_SUPPLY);
        return vm.deployCode("AIMToken.sol:AIMToken", abi.encode(holdings));
    }

    /// @dev Money and an unlimited allowance for the market.
    function _fund(IERC20 token, address account) internal {
        deal(address(token), account, 1_000_000e18);
        vm.prank(account);
        token.approve(address(market), type(uint256).max);
    }

    /* BUILDERS */

    function _details() internal view returns (Version memory details) {
        details.manifest = keccak256("manifest");
        details.artifact = keccak256("artifact");
        details.plaintextRoot = keccak256("plaintext");
        details.line = line;
        details.scheme = 1;
        details.terms = keccak256("terms");
    }

    function _noParents() internal pure returns (Parent[] memory) {
        return new Parent[](0);
    }

    function _terms() internal view returns (Offer memory terms) {
        terms.seller = seller;
        terms.model = model;
        terms.version = 1;
        terms.lastVersion = 4095;
        terms.transferable = true;
        terms.line = line;
        terms.token = address(aim);
        terms.price = PRICE;
        terms.deliveryFee = DELIVERY_FEE;
        terms.payout = payout;
        terms.deliveryTime = 1 days;
        terms.gracePeriod = 1 hours;
    }

    function _inspectedTerms() internal view returns (Offer memory terms) {
        terms = _terms();
        terms.inspection = 2 days;
        terms.arbitrator = address(0xA4B1);
    }

    /// @dev Of an offer in AIM.
    function _purchase() internal view returns (Purchase memory) {
        return Purchase({
            key: key,
            maxTotal: TOTAL,
            protocolRate: Bps.wrap(rateOf[address(aim)]),
            txDeadline: uint40(block.timestamp),
            salt: keccak256("salt")
        });
    }

    function _purchase(Offer memory terms) internal view returns (Purchase memory purchase) {
        purchase = _purchase();
        purchase.protocolRate = Bps.wrap(rateOf[terms.token]);
    }

    /// @dev By another salt: a second order of the same buyer.
    function _purchase(bytes32 salt) internal view returns (Purchase memory purchase) {
        purchase = _purchase();
        purchase.salt = salt;
    }

    function _purchase(Offer memory terms, bytes32 salt)
        internal
        view
        returns (Purchase memory purchase)
    {
        purchase = _purchase(terms);
        purchase.salt = salt;
    }

    /// @dev The order that `account` makes under `terms` with `_purchase()`.
    function _order(Offer memory terms, address account, address recipient)
        internal
        view
        returns (Order memory)
    {
        (, Bps fee,) = market.tokenPolicy(terms.token);
        return Order({
            buyer: account,
            recipient: recipient,
            referrer: address(0),
            referral: 0,
            key: key,
            price: terms.price,
            protocolFee: uint128(uint256(terms.price) * Bps.unwrap(fee) / 10_000),
            salt: keccak256("salt")
        });
    }

    /// @dev `encoded` with one bit of one word changed.
    function _flip(bytes memory encoded, uint256 word, uint256 bit)
        internal
        pure
        returns (bytes memory flipped)
    {
        flipped = bytes.concat(encoded);
        assembly ("memory-safe") {
            let at := add(add(flipped, 32), mul(word, 32))
            mstore(at, xor(mload(at), shl(bit, 1)))
        }
    }

    function _idOf(Offer memory terms, Order memory order) internal view returns (OrderId) {
        return market.orderIdOf(market.offerIdOf(terms), order);
    }

    /* SHORT WAYS */

    function _open(Offer memory terms) internal returns (OfferId) {
        vm.prank(seller);
        return market.openOffer(terms, _details(), 0);
    }

    function _buy(Offer memory terms) internal returns (Order memory order, OrderId id) {
        order = _order(terms, buyer, buyer);
        vm.prank(buyer);
        id = market.buy(terms, _purchase(terms));
    }

    function _openAndBuy(Offer memory terms) internal returns (Order memory order, OrderId id) {
        _open(terms);
        return _buy(terms);
    }

    function _prove(OrderId id) internal view returns (Delivery memory) {
        return kit.prove(LINE_SECRET, OrderId.unwrap(id), key);
    }

    function _deliver(Offer memory terms, Order memory order, OrderId id) internal {
        Delivery memory delivery = _prove(id);
        vm.prank(keeper);
        market.deliver(terms, order, delivery);
    }

    function _graceEnd(Offer memory terms) internal view returns (uint256) {
        return block.timestamp + terms.deliveryTime + terms.gracePeriod;
    }

    function _licenseOf(OrderId id) internal view returns (LicenseId) {
        return license.licenseIdOf(address(market), id);
    }

    function _stateOf(OrderId id) internal view returns (LicenseState) {
        return license.recordOf(_licenseOf(id)).state;
    }

    function _owed(address payee, address token) internal view returns (uint256) {
        return market.credit(payee, 0, token);
    }

    function _transferModel(address from, address to) internal {
        vm.prank(from);
        registry.transferFrom(from, to, ModelId.unwrap(model));
    }

    function _stop() internal {
        vm.prank(guardian);
        market.stopNewBusiness(1 days);
    }

    function _setToken(address token, bool allowed, uint16 fee) internal {
        rateOf[token] = fee;
        vm.prank(governance);
        market.setToken(token, allowed, Bps.wrap(fee), MAX_DELIVERY_FEE);
    }

    function _setIssuer(address issuer, bool allowed) internal {
        vm.prank(governance);
        license.setIssuer(issuer, allowed);
    }

    /// @dev A revert of the next call with `selector` and any arguments.
    function _expectRevert(bytes4 selector) internal {
        vm.expectPartialRevert(selector);
    }

    function _expectRevert(bytes memory data) internal {
        vm.expectRevert(data);
    }

    function assertEq(OrderId one, OrderId two) internal pure {
        assertEq(OrderId.unwrap(one), OrderId.unwrap(two), "order id");
    }

    function assertState(OrderId id, LicenseState expected) internal view {
        assertEq(uint8(_stateOf(id)), uint8(expected), "licence state");
    }
}
