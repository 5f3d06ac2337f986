// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {ERC4626} from "solady/tokens/ERC4626.sol";

import {ICoverPool} from "../../../../interfaces/ICoverPool.sol";
import {OrderId} from "../../../../interfaces/types/Ids.sol";
import {FeeToken} from "../../mocks/Tokens.sol";
import {PoolUnderTest} from "../../utils/Deployed.sol";
import {PoolBase} from "../../utils/PoolBase.sol";

contract DepositTest is PoolBase {
    function test_SharesWhatIsThere() public {
        vm.expectEmit(address(pool));
        emit IERC4626.Deposit(depositor, depositor, ASSETS, ASSETS * 1e6);
        assertEq(_deposit(depositor, ASSETS), ASSETS * 1e6);
        assertEq(pool.totalAssets(), ASSETS);
        assertEq(_deposit(other, ASSETS), ASSETS * 1e6);
        vm.prank(other);
        assertEq(pool.mint(1e18, other), 1e12);
        assertEq(pool.totalAssets(), 2 * ASSETS + 1e12);
        assertEq(aim.balanceOf(address(pool)), 2 * ASSETS + 1e12);
    }

    function test_SaysWhatItIs() public view {
        assertEq(pool.name(), "DAIMM cover of tests");
        assertEq(pool.symbol(), "COVER");
        assertEq(pool.decimals(), 24);
        assertEq(pool.asset(), address(aim));
        assertEq(pool.curator(), curator);
        assertEq(address(pool.bonds()), address(bonds));
    }

    /// @dev Attack 35: who is first mints one share and donates, so that the next one's deposit rounds to nothing.
    function testFuzz_TheFirstDepositorTakesNothing(uint256 donated, uint256 deposited) public {
        donated = bound(donated, 1, 900_000e18);
        deposited = bound(deposited, 1e6, 900_000e18);
        _deposit(other, 1);
        vm.prank(other);
        aim.transfer(address(pool), donated);
        uint256 shares = _deposit(depositor, deposited);
        assertEq(shares, deposited * 1e6);
        assertEq(pool.previewRedeem(shares), deposited);
        assertEq(pool.totalAssets(), deposited + 1);
    }

    /// @dev Attack 35: what is donated is nobody's, also once there are shares.
    function test_ADonationRaisesNoPrice() public {
        uint256 shares = _deposit(depositor, ASSETS);
        vm.prank(other);
        aim.transfer(address(pool), ASSETS);
        assertEq(pool.previewRedeem(shares), ASSETS);
    }

    /// @dev Attack 35: rounding is the pool's, each way.
    function testFuzz_RoundingIsThePools(uint256 deposited, uint256 shares, uint256 time) public {
        _insure();
        (,, OrderId id) = _sale();
        _cover(id, AMOUNT);
        vm.warp(block.timestamp + bound(time, 1, 300 days));
        uint256 price = pool.convertToAssets(1e30);
        uint256 given = _deposit(other, bound(deposited, 1, 500_000e18));
        assertGe(pool.convertToAssets(1e30), price);
        vm.prank(other);
        pool.mint(bound(shares, 1, 1e28), other);
        assertGe(pool.convertToAssets(1e30), price);
        _request(other, given);
        vm.warp(block.timestamp + WAIT);
        price = pool.convertToAssets(1e30);
        uint256 most = pool.maxWithdraw(other);
        vm.startPrank(other);
        pool.withdraw(most / 3, other, other);
        pool.redeem(pool.maxRedeem(other), other, other);
        vm.stopPrank();
        assertGe(pool.convertToAssets(1e30), price);
    }

    /// @dev Nobody earns in a block what others earned in a year.
    function test_APremiumIsEarnedSecondBySecondUntilItsEnd() public {
        _insure();
        uint256 before = pool.totalAssets();
        (,, OrderId id) = _sale();
        uint256 premium = _cover(id, AMOUNT);
        uint256 start = block.timestamp;
        uint256 end = pool.termsOf(bondId).end;
        assertApproxEqAbs(pool.totalAssets(), before, 1);
        vm.warp(start + (end - start) / 2);
        assertApproxEqAbs(pool.totalAssets(), before + premium / 2, premium / (end - start) + 1);
        vm.warp(end - 1);
        assertLt(pool.totalAssets(), before + premium);
        vm.warp(end);
        assertEq(pool.totalAssets(), before + premium);
        vm.warp(end + 1000 weeks);
        assertEq(pool.totalAssets(), before + premium);
        _deposit(depositor, 1);
        assertEq(pool.totalAssets(), before + premium + 1);
        assertEq(aim.balanceOf(address(pool)), before + premium + 1);
    }

    function test_RevertsForMoreThanFits() public {
        assertEq(pool.maxDeposit(depositor), type(uint96).max);
        vm.startPrank(depositor);
        _expectRevert(ERC4626.DepositMoreThanMax.selector);
        pool.deposit(uint256(type(uint96).max) + 1, depositor);
        uint256 most = pool.maxMint(depositor);
        _expectRevert(ERC4626.MintMoreThanMax.selector);
        pool.mint(most + 1, depositor);
    }

    /// @dev AIM takes no cut; of every other token it is counted what arrives.
    function test_RevertsForATokenThatTakesACut() public {
        FeeToken cut = new FeeToken();
        bytes memory arguments = abi.encode(bonds, license, cut, curator, "Cut", "CUT");
        PoolUnderTest short = PoolUnderTest(vm.deployCode("CoverPool.sol:CoverPool", arguments));
        deal(address(cut), depositor, 100);
        vm.startPrank(depositor);
        cut.approve(address(short), 100);
        _expectRevert(abi.encodeWithSelector(ICoverPool.CoverPool_TokenShort.selector, 100, 99));
        short.deposit(100, depositor);
    }

    function test_TakesAnotherTokenThatArrives() public {
        bytes memory arguments = abi.encode(bonds, license, usd, curator, "Dollars", "USD");
        PoolUnderTest whole = PoolUnderTest(vm.deployCode("CoverPool.sol:CoverPool", arguments));
        deal(address(usd), depositor, 100);
        vm.startPrank(depositor);
        usd.approve(address(whole), 100);
        whole.deposit(100, depositor);
        assertEq(whole.totalAssets(), 100);
    }
}
