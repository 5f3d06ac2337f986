// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ERC4626} from "solady/tokens/ERC4626.sol";
import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";

import {ICoverPool} from "../../interfaces/ICoverPool.sol";
import {PoolBooks, Request} from "../../interfaces/types/Covers.sol";

/// @title What a pool has, whose it is, and what of it is locked until when
/// @notice Specified in ICoverPool.
/// @dev Covers end at the beginning of a week alone, and each week knows what ends with it: so time frees capital and ends premiums without
/// anybody's call, and whoever comes next walks the weeks since the last one. Money is counted in 2^-24 of the smallest unit, so
/// that a premium is earned to the last unit, whatever the token's decimals.
abstract contract PoolVault is ICoverPool, ERC4626 {
    using FixedPointMathLib for uint256;
    using SafeTransferLib for address;

    /// @dev assets: the depositors', when last settled. rate: earned each second since then.
    struct Money {
        uint128 assets;
        uint88 rate;
        uint40 settledAt;
    }

    /// @dev What ends with a week.
    struct Ending {
        uint128 locked;
        uint88 rate;
    }

    /* CONSTANTS */

    /// @notice How long a depositor waits before they redeem, in seconds.
    uint256 public constant WAIT = 7 days;
    /// @notice How long they may then redeem, in seconds.
    uint256 public constant WINDOW = 7 days;
    /// @notice How far ahead a cover may end, in seconds: 156 weeks.
    uint256 public constant HORIZON = 156 weeks;

    uint256 private constant UNIT = 1 << 24;

    /* IMMUTABLES */

    address private immutable _asset;
    uint8 private immutable _assetDecimals;
    bool private immutable _measured;

    /* STORAGE */

    string private _name;

    string private _symbol;

    Money private _money;

    uint128 private _locked;

    /// @dev Of what is locked; but covers that have ended stay in here until `restore`.
    uint128 internal _impaired;

    mapping(uint256 end => Ending) private _endings;

    mapping(address owner => Request) private _requests;

    /* CONSTRUCTOR */

    constructor(address asset_, bool measured, string memory name_, string memory symbol_) {
        (bool known, uint8 found) = _tryGetAssetDecimals(asset_);
        (_asset, _assetDecimals, _measured) = (asset_, known ? found : 18, measured);
        (_name, _symbol) = (name_, symbol_);
        _money.settledAt = uint40(block.timestamp);
    }

    /* WITHDRAWAL */

    /// @inheritdoc ICoverPool
    function request(uint256 shares) external {
        uint256 balance = balanceOf(msg.sender);
        if (shares > balance) revert CoverPool_SharesMissing(balance, shares);

        uint40 from = uint40(block.timestamp + WAIT);
        _requests[msg.sender] = Request(SafeCast.toUint208(shares), from);
        emit WithdrawalRequested(msg.sender, shares, from);
    }

    /* VIEWS */

    /// @inheritdoc ICoverPool
    function holdings() external view returns (PoolBooks memory) {
        (uint256 assets, uint256 rate, uint256 ended) = _now();
        uint256 locked = _locked - ended;
        uint256 impaired = FixedPointMathLib.min(_impaired, locked);
        return PoolBooks(assets / UNIT, locked, impaired, rate * 365 days / UNIT);
    }

    /// @inheritdoc ICoverPool
    function requestOf(address owner) external view returns (Request memory) {
        return _requests[owner];
    }

    /// @notice The name of its shares.
    function name() public view override returns (string memory) {
        return _name;
    }

    /// @notice How its shares are called for short.
    function symbol() public view override returns (string memory) {
        return _symbol;
    }

    /// @inheritdoc ERC4626
    function asset() public view override returns (address) {
        return _asset;
    }

    /// @inheritdoc ERC4626
    /// @dev What came in by deposits and premiums, as far as those are earned; never what the token says.
    function totalAssets() public view override returns (uint256) {
        (uint256 assets,,) = _now();
        return assets / UNIT;
    }

    /// @inheritdoc ERC4626
    function maxDeposit(address) public pure override returns (uint256) {
        return type(uint96).max;
    }

    /// @inheritdoc ERC4626
    function maxMint(address) public view override returns (uint256) {
        return convertToShares(type(uint96).max);
    }

    /// @inheritdoc ERC4626
    /// @dev Nothing but what was requested, in its time, as far as it is not locked.
    function maxRedeem(address owner) public view override returns (uint256) {
        Request memory asked = _requests[owner];
        if (block.timestamp < asked.opensAt || block.timestamp > asked.opensAt + WINDOW) return 0;
        (uint256 assets, uint256 locked) = _held();
        return
            FixedPointMathLib.min(
                asked.shares, (assets - locked).fullMulDiv(_shares(), _sound() + 1)
            );
    }

    /// @inheritdoc ERC4626
    function maxWithdraw(address owner) public view override returns (uint256) {
        return previewRedeem(maxRedeem(owner));
    }

    /// @inheritdoc ERC4626
    /// @dev As if all covers of bonds in doubt were paid.
    function previewRedeem(uint256 shares) public view override returns (uint256) {
        return shares.fullMulDiv(_sound() + 1, _shares());
    }

    /// @inheritdoc ERC4626
    /// @dev As if all covers of bonds in doubt were paid.
    function previewWithdraw(uint256 assets) public view override returns (uint256) {
        return assets.fullMulDivUp(_shares(), _sound() + 1);
    }

    /* INTERNAL */

    /// @dev Locks `amount` until `end`, and earns `premium` until then.
    function _lock(uint256 end, uint256 amount, uint256 premium) internal {
        Money memory money = _settled();
        uint256 time = end - block.timestamp;
        uint88 rate = SafeCast.toUint88(premium * UNIT / time);
        money.assets = SafeCast.toUint128(money.assets + premium * UNIT - rate * time);
        money.rate += rate;
        _money = money;
        _locked += uint128(amount);
        Ending memory ending = _endings[end];
        _endings[end] = Ending(ending.locked + uint128(amount), ending.rate + rate);
    }

    /// @dev Unlocks `amount` before `end`, of which `paid` is no more the depositors'.
    function _unlock(uint256 end, uint256 amount, uint256 paid) internal {
        Money memory money = _settled();
        money.assets -= uint128(paid * UNIT);
        _money = money;
        _locked -= uint128(amount);
        _endings[end].locked -= uint128(amount);
    }

    /// @dev Last, after what it pays for was written.
    function _take(address from, uint256 amount) internal {
        if (!_measured) return _asset.safeTransferFrom(from, address(this), amount);
        uint256 before = IERC20(_asset).balanceOf(address(this));
        _asset.safeTransferFrom(from, address(this), amount);
        uint256 received = IERC20(_asset).balanceOf(address(this)) - before;
        if (received != amount) revert CoverPool_TokenShort(amount, received);
    }

    /// @dev What is there and locked at this moment, in units of the token.
    function _held() internal view returns (uint256 assets, uint256 locked) {
        (uint256 found,, uint256 ended) = _now();
        return (found / UNIT, _locked - ended);
    }

    /// @dev Settles once a week, so that nobody walks what others have. Effects first: a token that calls back finds all of it written.
    function _deposit(address caller, address receiver, uint256 assets, uint256 shares)
        internal
        override
    {
        if (block.timestamp / 1 weeks != _money.settledAt / 1 weeks) _money = _settled();
        _money.assets += uint128(assets << 24);
        _mint(receiver, shares);
        emit Deposit(caller, receiver, assets, shares);

        _take(caller, assets);
    }

    function _withdraw(
        address caller,
        address receiver,
        address owner,
        uint256 assets,
        uint256 shares
    ) internal override {
        if (caller != owner) _spendAllowance(owner, caller, shares);
        Money memory money = _settled();
        money.assets -= uint128(assets * UNIT);
        _money = money;
        _requests[owner].shares -= uint208(shares);
        _burn(owner, shares);
        emit Withdraw(caller, receiver, owner, assets, shares);

        _asset.safeTransfer(receiver, assets);
    }

    /// @dev Requested shares stay with who requested, or two accounts could take turns to have some that may be redeemed.
    function _beforeTokenTransfer(address from, address to, uint256 value) internal view override {
        if (from == address(0) || to == address(0)) return;
        Request memory asked = _requests[from];
        bool over = block.timestamp > asked.opensAt + WINDOW;
        if (!over && balanceOf(from) < value + asked.shares) {
            revert CoverPool_SharesBound(asked.shares);
        }
    }

    function _underlyingDecimals() internal view override returns (uint8) {
        return _assetDecimals;
    }

    /// @dev Nobody takes shares without having been allowed to.
    function _givePermit2InfiniteAllowance() internal pure override returns (bool) {
        return false;
    }

    function _decimalsOffset() internal pure override returns (uint8) {
        return 6;
    }

    /* PRIVATE */

    /// @dev Forgets what has ended; the caller is to store the money.
    function _settled() private returns (Money memory money) {
        (uint256 assets, uint256 rate, uint256 ended) = _now();
        if (ended != 0) _locked -= uint128(ended);
        return Money(SafeCast.toUint128(assets), uint88(rate), uint40(block.timestamp));
    }

    /// @dev The money at this second, and how much of what is counted as locked has ended. It cannot overflow: 128 bits, and 88
    /// times 40.
    function _now() private view returns (uint256 assets, uint256 rate, uint256 ended) {
        Money storage money = _money;
        uint256 time;
        (assets, rate, time) = (money.assets, money.rate, money.settledAt);
        unchecked {
            uint256 end = (time / 1 weeks + 1) * 1 weeks;
            uint256 last = time + HORIZON;
            for (; end <= block.timestamp && end <= last; end += 1 weeks) {
                Ending storage ending = _endings[end];
                assets += rate * (end - time);
                (ended, rate, time) = (ended + ending.locked, rate - ending.rate, end);
            }
            assets += rate * (block.timestamp - time);
        }
    }

    /// @dev The assets without what covers of bonds in doubt could take.
    function _sound() private view returns (uint256) {
        (uint256 assets, uint256 locked) = _held();
        return assets - FixedPointMathLib.min(_impaired, locked);
    }

    function _shares() private view returns (uint256) {
        return totalSupply() + 10 ** _decimalsOffset();
    }
}
