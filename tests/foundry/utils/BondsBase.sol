// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttestations} from "../../../interfaces/IAttestations.sol";
import {JobId, Result} from "../../../interfaces/types/Attestations.sol";
import {Offer, Order, Ruling} from "../../../interfaces/types/Deals.sol";
import {OrderId} from "../../../interfaces/types/Ids.sol";
import {Bond, BondId, BondRecord, BondState} from "../../../interfaces/types/Stakes.sol";
import {Version} from "../../../interfaces/types/Versions.sol";
import {BondsUnderTest} from "./Deployed.sol";
import {WrongVersion} from "./WrongVersion.sol";

/// @notice A stake of a guarantor on the version that is wrong, and the model for sale.
abstract contract BondsBase is WrongVersion {
    uint128 internal constant STAKE = 1000e18;
    uint128 internal constant EVIDENCE = 50e18;
    int128 internal constant PROMISED = 970_000_000;
    address internal constant NOBODY = 0x000000000000000000000000000000000000dEaD;

    BondsUnderTest internal bonds;
    IAttestations internal attestations;
    address internal court = makeAddr("court");
    address internal evaluator = makeAddr("evaluator");
    address internal accuser = makeAddr("accuser");
    address internal guarantor = makeAddr("guarantor");
    Version internal registered;
    Bond internal bond;
    BondId internal bondId;

    function setUp() public virtual override {
        super.setUp();
        attestations =
            IAttestations(vm.deployCode("Attestations.sol:Attestations", abi.encode(treasury)));
        bytes memory arguments = abi.encode(market, license, attestations, aim, treasury);
        bonds = BondsUnderTest(vm.deployCode("Bonds.sol:Bonds", arguments));
        model = wrong;
        registered = _wrongDetails();
        bond = Bond({
            guarantor: guarantor,
            model: wrong,
            version: 1,
            token: address(aim),
            until: uint40(block.timestamp + 30 days),
            suite: 0,
            threshold: 0,
            atMost: false,
            minStake: 0,
            arbitrator: address(0),
            salt: 0
        });
        bondId = bonds.bondIdOf(bond);
        deal(address(aim), guarantor, 10 * STAKE);
        vm.prank(guarantor);
        aim.approve(address(bonds), type(uint256).max);
        deal(address(aim), evaluator, 10 * STAKE);
        vm.prank(evaluator);
        aim.approve(address(attestations), type(uint256).max);
    }

    /* PROMISES */

    /// @dev From now on the bond promises a score of 0.97 at least.
    function _promiseScore() internal {
        (bond.suite, bond.threshold, bond.minStake) = (keccak256("suite"), PROMISED, EVIDENCE);
        bond.arbitrator = court;
        bondId = bonds.bondIdOf(bond);
    }

    /// @dev From now on the bond promises that the listing infringes nothing.
    function _promiseRights() internal {
        bond.arbitrator = court;
        bondId = bonds.bondIdOf(bond);
    }

    /// @dev What breaks the promised score.
    function _result() internal view returns (Result memory) {
        return Result({
            evaluator: evaluator,
            root: registered.plaintextRoot,
            suite: bond.suite,
            value: PROMISED - 1,
            report: keccak256("report"),
            token: bond.token,
            stake: EVIDENCE,
            arbitrator: court,
            expiresAt: 0,
            job: JobId.wrap(0),
            salt: 0
        });
    }

    function _attest(Result memory result) internal {
        vm.prank(result.evaluator);
        attestations.attest(result);
    }

    /// @dev That nobody claimed against.
    function _stand(Result memory result) internal {
        _attest(result);
        vm.warp(block.timestamp + 3 days + 1);
    }

    function _contest(Result memory result) internal {
        bonds.contest(bond, registered, 0, result);
    }

    /// @dev The court holds it for the guarantor.
    function _claimAgainst(Result memory result) internal {
        vm.prank(court);
        attestations.hold(abi.encode(result, uint256(0)), guarantor);
    }

    function _ruleOn(Result memory result, Ruling ruling) internal {
        vm.prank(court);
        attestations.resolve(abi.encode(result, uint256(0)), ruling);
    }

    function _breakByScore(Result memory result) internal {
        bonds.breakByScore(bond, registered, 0, result);
    }

    function _what(uint256 holds) internal view returns (bytes memory) {
        return abi.encode(bond, holds);
    }

    function _hold(uint256 holds) internal {
        vm.prank(court);
        bonds.hold(_what(holds), accuser);
    }

    function _resolve(uint256 holds, Ruling ruling) internal {
        vm.prank(court);
        bonds.resolve(_what(holds), ruling);
    }

    /* SHORT WAYS */

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
