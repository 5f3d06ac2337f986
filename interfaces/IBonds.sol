// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAdjudicated} from "./IAdjudicated.sol";
import {IAttestations} from "./IAttestations.sol";
import {ILedger} from "./ILedger.sol";
import {IMarket} from "./IMarket.sol";
import {Result, ResultId} from "./types/Attestations.sol";
import {Offer, Order, Ruling} from "./types/Deals.sol";
import {OrderId} from "./types/Ids.sol";
import {Bond, BondId, BondRecord, Breach} from "./types/Stakes.sol";
import {Version} from "./types/Versions.sol";

/// @title Stakes behind promises about a version
/// @notice Whoever guarantees a version stakes on a promise: that its content is what it was promised to be, that a suite gives
/// it a score, that its listing infringes nobody's rights. What breaks the promise takes the stake: a fifth goes to who showed
/// it, a fifth to nobody, the rest to the holders of settled licences, first come, each up to the price that was paid, whatever
/// number of bonds there is. What is left after 90 days returns.
/// @dev A guarantor who breaks their own promise always loses the fifth that is burned (of other tokens than AIM, which
/// are not ours to burn, the treasury's), whoever plays which part. Sham orders of the seller may take
/// the buyers' part before real buyers come: what a bond is worth to a buyer is "first come". Who may show
/// what a score is, is the guarantor's to say by arbitrator, token and stake: weigh that before you rely on it. Who insures
/// orders asks `recordOf` whether and since when a promise is broken, also once the bond has ended, `compensationOf` what
/// an order got, and has its holder `waive` the rest.
interface IBonds is ILedger, IAdjudicated {
    /// @notice Was staked, at first or on top.
    /// @param amount What was added, in the token's smallest unit.
    event BondPosted(BondId indexed bond, address indexed guarantor, Bond terms, uint128 amount);

    /// @notice A result that would break the promise is held against it until that stands or is void.
    event BondContested(BondId indexed bond, ResultId indexed result, address indexed evaluator);

    /// @notice A result that was held against the promise is void or has expired.
    event ContestDismissed(BondId indexed bond, ResultId indexed result);

    /// @notice Somebody claims that the listing infringes: the stake waits for a ruling.
    /// @param until From then on it stands again, where there was no ruling.
    event BondHeld(BondId indexed bond, address indexed claimant, uint256 until);

    /// @notice A claim was not upheld: the bond stands again.
    event BondReleased(BondId indexed bond, Ruling ruling);

    /// @notice The promise was broken: a fifth was credited to who showed it, and as much to nobody, or to the treasury.
    /// @param claimant The version's convictor, the result's evaluator, or who claimed.
    /// @param reward What the claimant was credited.
    /// @param since Last second of purchases that are compensated.
    event BondBroken(
        BondId indexed bond, address indexed claimant, Breach how, uint128 reward, uint40 since
    );

    /// @notice The holder of a settled licence was credited.
    event OrderCompensated(
        BondId indexed bond, OrderId indexed order, address indexed holder, uint128 amount
    );

    /// @notice No bond compensates the order any more: what is open of its price is between its holder and `insurer`.
    event CompensationWaived(
        OrderId indexed order, address indexed holder, address indexed insurer
    );

    /// @notice What was left was credited to the guarantor.
    event BondEnded(BondId indexed bond, uint128 amount);

    /// @notice Only {guarantor} may do that, who made it: choose that account.
    error Bonds_NotGuarantor(address guarantor);

    /// @notice Only {holder} is compensated for this order, who holds its licence: choose that account.
    error Bonds_NotHolder(address holder);

    /// @notice Only the arbitrator of a promise about rights may do that, not {caller}: choose its account.
    error Bonds_NotArbitrator(address caller);

    /// @notice A bond needs a stake: give an amount.
    error Bonds_NothingStaked();

    /// @notice A term has no possible value: {field}.
    error Bonds_TermsInvalid(string field);

    /// @notice The market takes no payments in {token}, so nothing is staked in it: choose another token.
    error Bonds_TokenNotAllowed(address token);

    /// @notice The token delivered {received:amount} of {expected:amount}: tokens that take a cut of
    /// transfers cannot be staked.
    error Bonds_TokenShort(uint256 expected, uint256 received);

    /// @notice There is no such version: look at the model's versions.
    error Bonds_VersionUnknown();

    /// @notice The version was registered otherwise: give its details as the registry has them.
    error Bonds_VersionDiffers();

    /// @notice The version's content was proven wrong: nothing is staked on it or taken back.
    error Bonds_VersionConvicted();

    /// @notice The version's content was not proven wrong: prove it first.
    error Bonds_VersionNotConvicted();

    /// @notice The result is none that this promise counts, for its {field}: look at what the bond asks for.
    error Bonds_ResultUnfit(string field);

    /// @notice The result does not stand: it is pending, was voided, has expired or is unknown.
    error Bonds_ResultNotStanding();

    /// @notice The result waits for nothing more: break the bond with it where it stands.
    error Bonds_ResultNotPending();

    /// @notice The result is held against the bond already: wait until it stands or is void.
    error Bonds_AlreadyContested();

    /// @notice The result is not held against the bond, or is neither void nor expired: wait for that.
    error Bonds_NothingToDismiss();

    /// @notice {contests} results against the bond are not decided: wait for them, and dismiss what is void.
    error Bonds_Contested(uint16 contests);

    /// @notice The result is {value}, and {threshold} was promised: the promise is kept.
    error Bonds_ScoreKept(int128 value, int128 threshold);

    /// @notice The bond ended at {until:time}: make a new one with a later end.
    error Bonds_BondOver(uint40 until);

    /// @notice The stake stands until {end:time}: take it back after that.
    error Bonds_StakeBound(uint256 end);

    /// @notice The bond could be claimed against or contested until {end:time}: break it by what stands.
    error Bonds_ClaimTooLate(uint256 end);

    /// @notice The bond was held {holds} times: count that in what you claim.
    error Bonds_HoldsDiffer(uint24 holds);

    /// @notice Buyers may be compensated until {end:time}: close the bond after that.
    error Bonds_ClaimsOpen(uint256 end);

    /// @notice The bond does not stand, it is held, broken, ended or unknown: look at its state.
    error Bonds_NotStanding(BondId bond);

    /// @notice The bond is not held by this claim: look at its state.
    error Bonds_NotHeld(BondId bond);

    /// @notice The bond is not broken, it stands, has ended or is unknown: look at its state.
    error Bonds_NotBroken(BondId bond);

    /// @notice Nothing is left of the stake: others came first.
    error Bonds_NothingLeft(BondId bond);

    /// @notice All that was paid for the order was compensated already: no bond owes it more.
    error Bonds_AlreadyCompensated(OrderId order);

    /// @notice What bonds would give for the order was waived for {insurer}: claim there what is open of its price.
    error Bonds_Waived(OrderId order, address insurer);

    /// @notice The order is of another version, or paid in another token, than the bond: name one that fits.
    error Bonds_OrderOfAnother(OrderId order);

    /// @notice The order is not settled: where the money is still held, or was paid back, ask the market for it.
    error Bonds_OrderNotSettled(OrderId order);

    /// @notice The order, or its present period, is of {boughtAt:time}, and what broke the promise was known from {since:time}:
    /// it is not compensated.
    error Bonds_BoughtTooLate(uint256 boughtAt, uint40 since);

    /// @notice Stakes `amount` on the bond; the guarantor may call again and add, unless it is broken or over.
    /// @dev At first, a promised score needs an arbitrator and a least stake of evaluators that is not more than `amount`, so
    /// that nobody promises what none can afford to refute.
    /// @custom:doing stake on a version
    function post(Bond calldata bond, uint128 amount) external;

    /// @notice Credits the guarantor with the whole stake, after `standsUntil`, unless the
    /// version was convicted or the bond is held or contested. For the guarantor.
    /// @custom:doing take a stake back
    function reclaim(Bond calldata bond) external;

    /// @notice Breaks a bond on a convicted version. Permissionless.
    /// @custom:doing break a bond
    function breakByContent(Bond calldata bond) external;

    /// @notice Holds a result that does not stand yet against a bond that it would break, so that the stake is not taken
    /// back meanwhile, however long claims against it take. Permissionless, until `standsUntil`. Who buys later is not compensated
    /// if it breaks the bond.
    /// @custom:doing contest a bond
    function contest(
        Bond calldata bond,
        Version calldata details,
        bytes32 parentsHash,
        Result calldata result
    ) external;

    /// @notice Forgets a result that was held against a bond, once it is void or has expired. Permissionless.
    /// @custom:doing dismiss a result
    function dismiss(Bond calldata bond, Result calldata result) external;

    /// @notice Breaks a bond by a result that stands, of the version's plaintext by the bond's suite, staked on as the bond asks, that
    /// is worse than promised. Permissionless.
    /// @param details The version as registered.
    /// @param parentsHash keccak256(abi.encode(parents)); zero where there are none.
    /// @custom:doing break a bond
    function breakByScore(
        Bond calldata bond,
        Version calldata details,
        bytes32 parentsHash,
        Result calldata result
    ) external;

    /// @notice Keeps the stake until a ruling, for 90 days at most; for the arbitrator of a promise about rights, while the bond
    /// stands, until `standsUntil`. Who claims is anybody: what a false claim costs them is the arbitrator's deposit.
    /// @param what abi.encode(bond, how often it was held before).
    /// @param claimant Who claims, and has the reward.
    /// @custom:doing hold a bond
    function hold(bytes calldata what, address claimant) external;

    /// @notice Breaks a held bond whose claim was upheld; otherwise it stands again. For the arbitrator, within
    /// the 90 days.
    /// @custom:doing rule on a bond
    function resolve(bytes calldata what, Ruling ruling) external;

    /// @notice Credits the caller, who holds the order's settled licence. What all bonds together give an order
    /// is its price at most. Not for who bought when what broke the promise was known: after a claim, a result (of a week before the
    /// break at most, unless it was held against the bond) or a conviction.
    /// @dev The holder, not who paid: whoever holds the licence holds the wrong file. Of a licence with an end, the present
    /// period counts as bought when it began.
    /// @custom:doing claim from a broken bond
    function compensate(Bond calldata bond, Offer calldata terms, Order calldata order) external;

    /// @notice Leaves an order to its insurer, for good: no bond compensates it from now on, so that bonds and insurer together never
    /// pay more than its price. For who holds its settled licence.
    /// @dev The only call that an insurer needs of a holder, who is to make it once bonds give nothing more: what they would have
    /// given is lost. Whether `insurer` pays is not checked, so that anybody can insure. Whoever buys the licence asks `insurerOf`.
    /// @param insurer Whom the holder claims the rest from.
    /// @custom:doing leave an order to its insurer
    function waive(Offer calldata terms, Order calldata order, address insurer) external;

    /// @notice Credits the guarantor with what is left, more than 90 days after the break. Permissionless.
    /// @custom:doing close a broken bond
    function close(Bond calldata bond) external;

    /// @notice Last second in which a stake is bound: 14 days after the bond's end. Later it is as long as it is held or contested.
    function standsUntil(Bond calldata bond) external view returns (uint256);

    /// @notice keccak256(abi.encode(domain, bond)).
    function bondIdOf(Bond calldata bond) external view returns (BondId);

    /// @notice The bond as stored, and standing again where its hold ran out; its state is None where there is no such bond.
    function recordOf(BondId bond) external view returns (BondRecord memory);

    /// @notice Whether the bond stands and nothing is open against it: it is neither held nor contested, broken, over or unknown.
    /// What was found of its version says the registry.
    function stands(BondId bond) external view returns (bool);

    /// @notice Since when a result is held against a bond; zero where it is not.
    function contestedAt(BondId bond, ResultId result) external view returns (uint40);

    /// @notice What bonds gave for an order so far, in the token's smallest unit.
    function compensationOf(OrderId order) external view returns (uint128);

    /// @notice Who alone pays what bonds did not give for an order; nobody where it was not waived.
    function insurerOf(OrderId order) external view returns (address);

    /// @notice Whose orders are compensated.
    function market() external view returns (IMarket);

    /// @notice Whose results break promised scores.
    function attestations() external view returns (IAttestations);

    /// @notice keccak256(abi.encode(chain id, this contract)), at deployment.
    function domain() external view returns (bytes32);
}
