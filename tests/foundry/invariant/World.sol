// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {Offer, Order} from "../../../interfaces/types/Deals.sol";
import {Bps, LicenseId, ModelId, OrderId} from "../../../interfaces/types/Ids.sol";
import {Delivery, Point} from "../../../interfaces/types/Keys.sol";
import {Version} from "../../../interfaces/types/Versions.sol";
import {Callback, HookToken, SilentToken} from "../mocks/Tokens.sol";
import {Base} from "../utils/Base.sol";
import {Foretold} from "./Foretold.sol";

/// @notice What the handlers remember: a second, simple account of everything that the contracts should hold.
abstract contract World is Base, Foretold {
    enum Stage {
        Pending,
        Inspected,
        Held,
        Settled,
        Refunded
    }

    struct Listing {
        Offer terms;
        bool open;
        uint256 sold;
    }

    struct Deal {
        uint256 listing;
        Order order;
        OrderId id;
        LicenseId license;
        Stage stage;
        uint256 boughtAt;
        uint256 deliveredAt;
        uint256 heldUntil;
        uint256 accessEnd;
        address holder;
        address user;
        uint64 useEnd;
    }

    struct Recorded {
        ModelId model;
        uint16 version;
        bytes32 digest;
        bool retired;
    }

    /* CONSTANTS */

    uint256 internal constant MAX_DEALS = 24;
    uint256 internal constant MAX_LISTINGS = 10;
    uint256 internal constant MAX_VERSIONS = 8;
    bytes32 internal constant SPLIT = keccak256("split");

    /* STORAGE */

    Listing[] internal listings;
    Deal[] internal deals;
    Recorded[] internal recorded;

    address[] internal people;
    address[] internal payees;
    IERC20[] internal tokens;
    ModelId[] internal models;
    Point[] internal keys;

    mapping(ModelId => address) internal ownerOf;
    mapping(ModelId => Point) internal lineOf;
    mapping(ModelId => uint256) internal secretOf;
    mapping(address payee => mapping(bytes32 account => mapping(address token => uint256))) internal
        owed;
    /// @notice What is in each account's own hands.
    mapping(address account => mapping(address token => uint256)) internal wallet;
    /// @notice What was credited and not yet withdrawn, whoever has it now.
    mapping(address token => uint256) internal credited;
    mapping(address token => uint256) internal donated;
    mapping(address token => uint256) internal earned;
    mapping(address token => bool) internal allowed;
    mapping(address token => uint256) internal rate;
    /// @notice What to do when a token calls back next.
    uint256 internal armed;
    bool internal paying;
    uint256 internal lastWho;
    bool internal mayIssue = true;
    uint256 internal stopEnd;
    uint256 internal nextStopAt;

    /* SET-UP */

    function setUp() public override {
        super.setUp();
        people = [seller, buyer, friend, stranger];
        payees = [seller, buyer, friend, stranger, payout, treasury, keeper];
        HookToken hook = new HookToken();
        tokens = [IERC20(address(aim)), usd, new SilentToken(), hook];
        keys.push(key);
        keys.push(kit.point(KEY_SECRET + 1));
        _setToken(address(tokens[2]), true, USD_FEE);
        _setToken(address(hook), true, USD_FEE);
        for (uint256 i; i < tokens.length; ++i) {
            allowed[address(tokens[i])] = true;
            rate[address(tokens[i])] = USD_FEE;
            for (uint256 j; j < people.length; ++j) {
                _fundFromSupply(tokens[i], people[j]);
            }
        }
        for (uint256 j; j < people.length; ++j) {
            vm.prank(people[j]);
            hook.setCallback(Callback(address(this)));
        }
        rate[address(aim)] = AIM_FEE;

        _setLine(model, LINE_SECRET);
        _remember(model, seller);
        ModelId second = ModelId.wrap(2);
        _setLine(second, LINE_SECRET + 1);
        registry.register(friend, Bps.wrap(0), _versionOf(second), _noParents());
        _remember(second, friend);
        _listAtFirst();
    }

    /// @dev AIM is moved, not dealt: its supply is under test.
    function _fundFromSupply(IERC20 token, address account) private {
        if (address(token) == address(aim)) {
            deal(address(aim), account, 0);
            aim.transfer(account, 1_000_000e18);
        } else {
            deal(address(token), account, 1_000_000e18);
        }
        wallet[account][address(token)] = 1_000_000e18;
        vm.prank(account);
        token.approve(address(market), type(uint256).max);
    }

    function _setLine(ModelId model_, uint256 secret) private {
        secretOf[model_] = secret;
        lineOf[model_] = kit.point(secret);
    }

    function _remember(ModelId model_, address owner) private {
        models.push(model_);
        ownerOf[model_] = owner;
        recorded.push(Recorded(model_, 1, registry.versionDigest(model_, 1), false));
    }

    /// @dev One of each kind: paid at once, inspected and scarce, split and expiring, free, with callbacks.
    function _listAtFirst() private {
        Offer memory terms = _terms();
        _list(terms);

        terms = _inspectedTerms();
        terms.token = address(usd);
        terms.supply = 3;
        terms.duration = 1 days;
        _list(terms);

        terms.seller = friend;
        terms.model = models[1];
        terms.line = lineOf[models[1]];
        terms.token = address(tokens[2]);
        terms.payoutAccount = SPLIT;
        terms.transferable = false;
        terms.lastVersion = 1;
        terms.expiresAt = uint40(block.timestamp + 10 days);
        _list(terms);

        terms.token = address(aim);
        terms.inspection = 0;
        terms.price = 0;
        terms.deliveryFee = 0;
        _list(terms);

        terms = _terms();
        terms.token = address(tokens[3]);
        terms.duration = 30 days;
        _list(terms);
    }

    function _list(Offer memory terms) internal {
        vm.prank(terms.seller);
        market.openOffer(terms, _versionOf(terms.model), 0);
        listings.push(Listing(terms, true, 0));
    }

    function _versionOf(ModelId model_) internal view returns (Version memory details) {
        details = _details();
        details.line = lineOf[model_];
    }

    /* MODEL */

    function _pick(address[] storage from, uint256 seed) internal view returns (address) {
        return from[seed % from.length];
    }

    /// @dev For even seeds the next deal at `stage`, if any: most attempts should get somewhere.
    function _pickDeal(uint256 seed, Stage stage) internal view returns (Deal storage) {
        uint256 first = seed / 2 % deals.length;
        for (uint256 i; seed % 2 == 0 && i < deals.length; ++i) {
            Deal storage d = deals[(first + i) % deals.length];
            if (d.stage == stage) return d;
        }
        return deals[first];
    }

    function _pickListing(uint256 seed) internal view returns (uint256) {
        uint256 first = seed / 2 % listings.length;
        for (uint256 i; seed % 2 == 0 && i < listings.length; ++i) {
            uint256 index = (first + i) % listings.length;
            if (_sells(listings[index])) return index;
        }
        return first;
    }

    function _total(Deal storage d) internal view returns (uint256) {
        return uint256(d.order.price) + _termsOf(d).deliveryFee;
    }

    function _termsOf(Deal storage d) internal view returns (Offer storage) {
        return listings[d.listing].terms;
    }

    function _graceEndOf(Deal storage d) internal view returns (uint256) {
        return d.boughtAt + _termsOf(d).deliveryTime + _termsOf(d).gracePeriod;
    }

    function _inspectionEndOf(Deal storage d) internal view returns (uint256) {
        return d.deliveredAt + _termsOf(d).inspection;
    }

    /// @dev The last second of what runs out next for this deal.
    function _clockOf(Deal storage d) internal view returns (uint256) {
        if (d.stage == Stage.Pending) return _graceEndOf(d);
        if (d.stage == Stage.Inspected) return _inspectionEndOf(d);
        if (d.stage == Stage.Held) return d.heldUntil;
        return _isUsed(d) ? d.useEnd : d.accessEnd;
    }

    function _sells(Listing storage listing) internal view returns (bool) {
        return mayIssue && _renews(listing)
            && (listing.terms.supply == 0 || listing.sold < listing.terms.supply);
    }

    /// @dev Whether it does business at all.
    function _renews(Listing storage listing) internal view returns (bool) {
        Offer storage terms = listing.terms;
        return listing.open && block.timestamp > stopEnd && allowed[terms.token]
            && (terms.expiresAt == 0 || block.timestamp <= terms.expiresAt)
            && ownerOf[terms.model] == terms.seller && !_retired(terms.model, terms.version);
    }

    function _retired(ModelId model_, uint16 version) internal view returns (bool) {
        for (uint256 i; i < recorded.length; ++i) {
            if (
                ModelId.unwrap(recorded[i].model) == ModelId.unwrap(model_)
                    && recorded[i].version == version
            ) return recorded[i].retired;
        }
        return false;
    }

    /// @dev Who has access to what, by the model alone.
    function _opens(Deal storage d, address account, uint16 version) internal view returns (bool) {
        Offer storage terms = _termsOf(d);
        return d.stage != Stage.Pending && d.stage != Stage.Refunded
            && account == (_isUsed(d) ? d.user : d.holder) && version >= terms.version
            && version <= terms.lastVersion && (d.accessEnd == 0 || block.timestamp <= d.accessEnd);
    }

    function _isUsed(Deal storage d) internal view returns (bool) {
        return d.user != address(0) && block.timestamp <= d.useEnd;
    }

    function _owe(address payee, bytes32 account, address token, uint256 amount) internal {
        owed[payee][account][token] += amount;
        credited[token] += amount;
    }

    function _proofOf(Deal storage d, address receiver) internal view returns (Delivery memory) {
        uint256 secret = secretOf[_termsOf(d).model];
        return kit.proveFor(secret, OrderId.unwrap(d.id), d.order.key, receiver);
    }
}
