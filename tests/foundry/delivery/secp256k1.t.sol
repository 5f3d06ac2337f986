// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test, Vm} from "forge-std/Test.sol";

import {Secp256k1} from "../../../contracts/libraries/Secp256k1.sol";
import {
    Secp256k1_EqualX,
    Secp256k1_Identity,
    Secp256k1_PointInvalid,
    Secp256k1_SlopeWrong
} from "../../../interfaces/IKeyDelivery.sol";
import {Point} from "../../../interfaces/types/Keys.sol";
import {KeyDeliveryHarness} from "../mocks/KeyDeliveryHarness.sol";
import {KeyDeliveryProver as Prover} from "../mocks/KeyDeliveryProver.sol";

contract Secp256k1Test is Test {
    uint256 internal constant N = Secp256k1.N;
    uint256 internal constant P = Secp256k1.P;

    /// The y of a point whose x is n itself: on the curve, and out of the precompile's reach.
    uint256 internal constant Y_OF_N =
        0x98f66641cb0ae1776b463ebdee3d77fe2658f021db48e2c8ac7ab4c92f83621e;

    /// The x of a point whose y is 1, so that y + p is still a word.
    uint256 internal constant X_OF_ONE =
        0x1fe1e5ef3fceb5c135ab7741333ce5a6e80d68167653f6b2b24bcbcfaaaff507;

    KeyDeliveryHarness internal harness = new KeyDeliveryHarness();

    /* POINTS */

    function test_isOnCurve_takesGeneratorsAndTheirNegatives() public view {
        assertTrue(harness.isOnCurve(Prover.g()));
        assertTrue(harness.isOnCurve(Prover.h()));
        assertTrue(harness.isOnCurve(Prover.negate(Prover.g())));
        assertTrue(harness.isOnCurve(Prover.negate(Prover.h())));
    }

    function testFuzz_isOnCurve_takesEveryMultiple(uint256 scalar) public {
        scalar = bound(scalar, 1, N - 1);
        assertTrue(harness.isOnCurve(_wallet(scalar)));
    }

    function test_isOnCurve_refusesXOfN() public view {
        assertEq(mulmod(Y_OF_N, Y_OF_N, P), _rightSide(N), "(n, y) is on the curve");
        assertFalse(harness.isOnCurve(Point(N, Y_OF_N)));
        assertFalse(harness.isOnCurve(Point(N, P - Y_OF_N)));
    }

    function test_isOnCurve_refusesXBeyondTheField() public view {
        // 1 is the x of a point, and 1 + p is 1 in the field.
        uint256 y = 0x4218f20ae6c646b363db68605822fb14264ca8d2587fdd6fbc750d587e76a7ee;
        assertTrue(harness.isOnCurve(Point(1, y)));
        assertFalse(harness.isOnCurve(Point(1 + P, y)));
    }

    function test_isOnCurve_refusesYBeyondTheField() public view {
        assertTrue(harness.isOnCurve(Point(X_OF_ONE, 1)));
        assertFalse(harness.isOnCurve(Point(X_OF_ONE, 1 + P)), "its parity would name the negative");
        assertFalse(harness.isOnCurve(Point(X_OF_ONE, P)));
    }

    function testFuzz_isOnCurve_refusesZeroX(uint256 y) public view {
        assertFalse(harness.isOnCurve(Point(0, y)));
    }

    function testFuzz_isOnCurve_refusesZeroY(uint256 x) public view {
        assertFalse(harness.isOnCurve(Point(x, 0)));
        assertFalse(harness.isOnCurve(Point(x, P)));
    }

    function testFuzz_isOnCurve_refusesAnotherY(uint256 scalar, uint256 y) public {
        Point memory point = _wallet(bound(scalar, 1, N - 1));
        vm.assume(y != point.y && y != P - point.y);
        assertFalse(harness.isOnCurve(Point(point.x, y)));
    }

    function test_requirePoint_revertsWithThePoint() public {
        harness.requirePoint(Prover.g());
        vm.expectRevert(abi.encodeWithSelector(Secp256k1_PointInvalid.selector, N, Y_OF_N));
        harness.requirePoint(Point(N, Y_OF_N));
    }

    function testFuzz_addressOf_isTheAccountsAddress(uint256 scalar) public {
        scalar = bound(scalar, 1, N - 1);
        assertEq(harness.addressOf(_wallet(scalar)), vm.addr(scalar));
    }

    /* MULTIPLICATION */

    function testFuzz_mulAdd_agreesWithTextbookArithmetic(uint256 p, uint256 scalar, uint256 t)
        public
        view
    {
        p = bound(p, 1, N - 1);
        scalar = bound(scalar, 1, N - 1);
        Point memory point = Prover.mul(Prover.g(), p);
        Point memory product = Prover.mul(point, scalar);
        assertEq(harness.mulAdd(point, scalar, 0), Prover.toAddress(product));
        t = bound(t, 1, N - 1);
        vm.assume(addmod(mulmod(p, scalar, N), t, N) != 0);
        Point memory sum = Prover.add(product, Prover.mul(Prover.g(), t));
        assertEq(harness.mulAdd(point, scalar, t), Prover.toAddress(sum));
    }

    /// forge's wallets are made by an implementation of its own.
    function testFuzz_mulAdd_agreesWithWallets(uint256 p, uint256 scalar, uint256 t) public {
        p = bound(p, 1, N - 1);
        scalar = bound(scalar, 1, N - 1);
        uint256 sum = addmod(mulmod(p, scalar, N), t, N);
        vm.assume(sum != 0);
        assertEq(harness.mulAdd(_wallet(p), scalar, t), vm.addr(sum));
    }

    function test_mulAdd_takesBorderScalars() public view {
        Point memory g = Prover.g();
        assertEq(harness.mulAdd(g, 1, 0), vm.addr(1));
        assertEq(harness.mulAdd(g, N - 1, 0), vm.addr(N - 1));
        assertEq(harness.mulAdd(g, 1, N), vm.addr(1), "t counts modulo n");
        assertEq(harness.mulAdd(g, 1, N + 1), vm.addr(2), "t counts modulo n");
        assertEq(harness.mulAdd(g, 1, 1), vm.addr(2), "equal points are doubled");
        assertEq(harness.mulAdd(g, N - 1, N - 1), vm.addr(N - 2));
        assertEq(harness.mulAdd(g, N + 1, 0), vm.addr(1), "scalars count modulo n");
    }

    function test_mulAdd_revertsForIdentity() public {
        Point memory g = Prover.g();
        vm.expectRevert(Secp256k1_Identity.selector);
        harness.mulAdd(g, 1, N - 1);
        vm.expectRevert(Secp256k1_Identity.selector);
        harness.mulAdd(g, N - 7, 7);
    }

    function test_mulAdd_revertsForZeroScalar() public {
        Point memory h = Prover.h();
        vm.expectRevert(Secp256k1_Identity.selector);
        harness.mulAdd(h, 0, 0);
        vm.expectRevert(Secp256k1_Identity.selector);
        harness.mulAdd(h, 0, 5);
        vm.expectRevert(Secp256k1_Identity.selector);
        harness.mulAdd(h, N, 5);
    }

    function test_mulAdd_revertsForPointsOutOfReach() public {
        vm.expectRevert(Secp256k1_Identity.selector);
        harness.mulAdd(Point(N, Y_OF_N), 1, 1);
        // 5 is the x of no point.
        vm.expectRevert(Secp256k1_Identity.selector);
        harness.mulAdd(Point(5, 1), 1, 1);
    }

    /* ADDITION */

    function testFuzz_add_agreesWithTextbookArithmetic(uint256 one, uint256 two) public view {
        one = bound(one, 1, N - 1);
        two = bound(two, 1, N - 1);
        vm.assume(one != two && one != N - two);
        Point memory p = Prover.mul(Prover.g(), one);
        Point memory q = Prover.mul(Prover.h(), two);
        Point memory sum = harness.add(p, q, Prover.slope(p, q));
        Point memory expected = Prover.add(p, q);
        assertEq(sum.x, expected.x);
        assertEq(sum.y, expected.y);
        Point memory r = Prover.mul(Prover.g(), two);
        sum = harness.add(p, r, Prover.slope(p, r));
        assertEq(harness.addressOf(sum), vm.addr(addmod(one, two, N)));
    }

    function test_add_revertsForEqualX() public {
        Point memory g = Prover.g();
        // The tangent's slope would be right for the double.
        uint256 tangent = Prover.slope(g, g);
        vm.expectRevert(abi.encodeWithSelector(Secp256k1_EqualX.selector, g.x));
        harness.add(g, g, tangent);
        vm.expectRevert(abi.encodeWithSelector(Secp256k1_EqualX.selector, g.x));
        harness.add(g, Prover.negate(g), 0);
    }

    function testFuzz_add_revertsForAnotherSlope(uint256 slope) public {
        (Point memory g, Point memory h) = (Prover.g(), Prover.h());
        vm.assume(slope % P != Prover.slope(g, h));
        vm.expectRevert(abi.encodeWithSelector(Secp256k1_SlopeWrong.selector, slope));
        harness.add(g, h, slope);
    }

    /* HELPERS */

    function _wallet(uint256 scalar) private returns (Point memory) {
        Vm.Wallet memory wallet = vm.createWallet(scalar);
        return Point(wallet.publicKeyX, wallet.publicKeyY);
    }

    function _rightSide(uint256 x) private pure returns (uint256) {
        return addmod(mulmod(mulmod(x, x, P), x, P), 7, P);
    }
}
