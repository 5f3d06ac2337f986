// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {KeyDelivery} from "../../../contracts/delivery/KeyDelivery.sol";
import {Secp256k1} from "../../../contracts/libraries/Secp256k1.sol";
import {
    KeyDelivery_ScalarOutOfRange,
    KeyDelivery_WrongChallenge,
    KeyDelivery_WrongDifference,
    KeyDelivery_WrongTerm,
    Secp256k1_EqualX,
    Secp256k1_Identity,
    Secp256k1_PointInvalid,
    Secp256k1_SlopeWrong
} from "../../../interfaces/IKeyDelivery.sol";
import {Delivery, Point} from "../../../interfaces/types/Keys.sol";
import {KeyDeliveryHarness} from "../mocks/KeyDeliveryHarness.sol";
import {KeyDeliveryProver as Prover} from "../mocks/KeyDeliveryProver.sol";

/// Every attack here is complete but for the one check that stops it: without that check it would pass.
contract VerifyTest is Test {
    uint256 internal constant N = Secp256k1.N;
    uint256 internal constant P = Secp256k1.P;
    bytes32 internal constant REQUEST = keccak256("a request");
    address internal constant RECEIVER = address(0xFEE);

    KeyDeliveryHarness internal harness = new KeyDeliveryHarness();
    uint256 internal a = Prover.draw("a");
    uint256 internal x = Prover.draw("x");
    uint256 internal k = Prover.draw("k");
    Point internal line;
    Point internal key;
    Delivery internal honest;

    function setUp() public {
        line = Prover.mul(Prover.g(), a);
        key = Prover.mul(Prover.h(), x);
        honest = Prover.proveWith(a, REQUEST, key, RECEIVER, k);
    }

    /* WHAT PASSES */

    function test_takesAnHonestDelivery() public view {
        harness.verify(REQUEST, line, key, honest);
    }

    function testFuzz_takesEveryHonestDelivery(
        uint256 lineSecret,
        uint256 orderSecret,
        bytes32 requestId,
        address receiver,
        bytes32 salt
    ) public view {
        lineSecret = bound(lineSecret, 1, N - 1);
        Point memory asked = Prover.mul(Prover.h(), bound(orderSecret, 1, N - 1));
        Delivery memory made =
            Prover.proveWith(lineSecret, requestId, asked, receiver, Prover.draw(abi.encode(salt)));
        harness.verify(requestId, Prover.mul(Prover.g(), lineSecret), asked, made);
    }

    /// @dev A buyer may name any point, also one whose logarithm they don't know: the seller can answer all.
    function test_takesADeliveryForEveryPointThatABuyerMayName() public view {
        Point[3] memory points = [Prover.g(), Prover.h(), line];
        for (uint256 i; i < points.length; ++i) {
            _takesADeliveryFor(points[i]);
            _takesADeliveryFor(Prover.negate(points[i]));
        }
    }

    function _takesADeliveryFor(Point memory asked) private view {
        harness.verify(REQUEST, line, asked, Prover.prove(a, REQUEST, asked, "salt"));
    }

    function testFuzz_opensToTheKeyOfTheLine(uint256 lineSecret, uint256 orderSecret) public view {
        lineSecret = bound(lineSecret, 1, N - 1);
        orderSecret = bound(orderSecret, 1, N - 1);
        Point memory asked = Prover.mul(Prover.h(), orderSecret);
        Delivery memory made = Prover.prove(lineSecret, REQUEST, asked, "salt");
        Point memory s = Prover.mul(Prover.h(), lineSecret);
        Point memory blinded = Prover.mul(s, orderSecret);
        assertEq(made.z.x, blinded.x);
        assertEq(made.z.y, blinded.y);
    }

    /// forge-config: default.isolate = true
    function test_costsAtMost41300GasAsATransaction() public {
        bytes memory call = abi.encodeCall(harness.verify, (REQUEST, line, key, honest));
        (bool success,) = address(harness).call(call);
        assertTrue(success);
        uint256 used = vm.lastCallGas().gasTotalUsed;
        emit log_named_uint("gas of a verification as a whole transaction", used);
        assertGt(used, 30_000, "the base cost and three ecrecovers: less is no transaction");
        assertLe(used, 41_300);
    }

    /* POINTS AND SCALARS */

    function test_refusesEveryPointThatIsNone() public {
        for (uint256 which = 0; which < 5; ++which) {
            Point memory good = _point(which);
            _expectInvalid(which, Point(good.x, addmod(good.y, 1, P)));
            _expectInvalid(which, Point(good.y, good.x));
            _expectInvalid(which, Point(0, 0));
            // Of two points with x = n and of y = 1, met with in secp256k1.t.sol.
            uint256 yOfN = 0x98f66641cb0ae1776b463ebdee3d77fe2658f021db48e2c8ac7ab4c92f83621e;
            _expectInvalid(which, Point(N, yOfN));
            _expectInvalid(which, Point(N, P - yOfN));
            uint256 xOfOne = 0x1fe1e5ef3fceb5c135ab7741333ce5a6e80d68167653f6b2b24bcbcfaaaff507;
            _expectInvalid(which, Point(xOfOne, 1 + P));
            _expectInvalid(which, Point(good.x, type(uint256).max));
            _expectInvalid(which, Point(type(uint256).max, good.y));
        }
    }

    function testFuzz_refusesScalarsOutOfRange(bool which, uint256 beyond) public {
        _expectScalarOutOfRange(which, bound(beyond, N, type(uint256).max));
        _expectScalarOutOfRange(which, 0);
        _expectScalarOutOfRange(which, N);
    }

    /* FALSE STATEMENTS */

    function test_refusesAnotherLinesKey() public {
        Point memory wrong = Prover.mul(key, Prover.draw("another a"));
        _expect(KeyDelivery_WrongDifference.selector, _respond(a, wrong));
        // With that key's own secret the second equation holds, and the first doesn't.
        _expectAny(KeyDelivery_WrongChallenge.selector, _respond(Prover.draw("another a"), wrong));
    }

    function test_refusesTheBareKey() public {
        _expect(KeyDelivery_WrongDifference.selector, _respond(a, Prover.mul(Prover.h(), a)));
    }

    function test_refusesTheLineItself() public {
        _expect(KeyDelivery_WrongDifference.selector, _respond(a, line));
    }

    function test_refusesAKeyBlindedForAnother() public {
        Point memory other = Prover.mul(Prover.h(), Prover.draw("another x"));
        _expect(KeyDelivery_WrongDifference.selector, _respond(a, Prover.mul(other, a)));
    }

    function testFuzz_refusesEveryWrongKey(uint256 wrongKey) public {
        wrongKey = bound(wrongKey, 1, N - 1);
        vm.assume(wrongKey != a);
        _expect(KeyDelivery_WrongDifference.selector, _respond(a, Prover.mul(key, wrongKey)));
    }

    /// Commitments to two scalars: whatever the second is, one challenge in n fits.
    function testFuzz_refusesCommitmentsThatDiffer(uint256 other) public {
        other = bound(other, 1, N - 1);
        vm.assume(other != k);
        Point memory z = Prover.mul(key, Prover.draw("another a"));
        Delivery memory made = Prover.respond(a, REQUEST, line, key, RECEIVER, z, k, other);
        _expect(KeyDelivery_WrongDifference.selector, made);
    }

    /* FORGED HINTS, EACH MADE TO FIT ALL OTHER CHECKS */

    function test_refusesATermMadeToFit() public {
        Delivery memory forged = _wrongKey();
        forged.u = Prover.add(forged.t2, Prover.mul(forged.z, forged.c));
        forged.slope = Prover.slope(forged.u, Prover.negate(forged.t2));
        _expect(KeyDelivery_WrongTerm.selector, forged);
    }

    function test_refusesASecondCommitmentMadeToFit() public {
        Delivery memory forged = _wrongKey();
        forged.t2 = Prover.add(forged.u, Prover.negate(Prover.mul(forged.z, forged.c)));
        forged.slope = Prover.slope(forged.u, Prover.negate(forged.t2));
        _expectAny(KeyDelivery_WrongChallenge.selector, forged);
    }

    /// The zero-knowledge simulator: everything fits but the challenge, which was chosen first.
    function test_refusesAChallengeChosenFirst() public {
        Delivery memory forged = _wrongKey();
        forged.c = Prover.draw("c");
        forged.w = Prover.draw("w");
        forged.u = Prover.mul(key, forged.w);
        forged.t2 = Prover.add(forged.u, Prover.negate(Prover.mul(forged.z, forged.c)));
        forged.slope = Prover.slope(forged.u, Prover.negate(forged.t2));
        _expectAny(KeyDelivery_WrongChallenge.selector, forged);
    }

    function test_refusesASlopeThatIsNone() public {
        Delivery memory forged = honest;
        forged.slope = addmod(forged.slope, 1, P);
        _expectAny(Secp256k1_SlopeWrong.selector, forged);
    }

    /// u - t2 would be 2u or the identity, and any slope would do.
    function test_refusesASecondCommitmentThatMeetsTheTerm() public {
        Delivery memory forged = honest;
        forged.t2 = forged.u;
        _expectAny(Secp256k1_EqualX.selector, forged);
        forged.t2 = Prover.negate(forged.u);
        _expectAny(Secp256k1_EqualX.selector, forged);
    }

    /// A commitment to zero has no address; `ecrecover` would say zero, as it does of failures.
    function test_refusesAnIdentityCommitment() public {
        Delivery memory made = honest;
        made.t2 = Prover.mul(key, k);
        made.c = Prover.challenge(REQUEST, RECEIVER, line, key, made.z, address(0), made.t2);
        made.w = mulmod(made.c, a, N);
        Prover.addHints(key, made);
        _expect(Secp256k1_Identity.selector, made);
    }

    /* WHAT THE CHALLENGE BINDS */

    function testFuzz_refusesAnotherRequest(bytes32 requestId) public {
        vm.assume(requestId != REQUEST);
        vm.expectPartialRevert(KeyDelivery_WrongChallenge.selector);
        harness.verify(requestId, line, key, honest);
    }

    function test_theErrorNamesTheChallengeThatWouldFit() public {
        address t1 = vm.addr(k);
        uint256 other = Prover.challenge("another", RECEIVER, line, key, honest.z, t1, honest.t2);
        vm.expectRevert(abi.encodeWithSelector(KeyDelivery_WrongChallenge.selector, other));
        harness.verify("another", line, key, honest);
    }

    function testFuzz_refusesAnotherReceiver(address receiver) public {
        vm.assume(receiver != RECEIVER);
        Delivery memory copied = honest;
        copied.receiver = receiver;
        _expectAny(KeyDelivery_WrongChallenge.selector, copied);
    }

    function test_refusesAnotherLine() public {
        vm.expectPartialRevert(KeyDelivery_WrongChallenge.selector);
        harness.verify(REQUEST, Prover.h(), key, honest);
        vm.expectPartialRevert(KeyDelivery_WrongChallenge.selector);
        harness.verify(REQUEST, Prover.negate(line), key, honest);
    }

    function test_refusesAnotherKey() public {
        vm.expectRevert(KeyDelivery_WrongTerm.selector);
        harness.verify(REQUEST, line, Prover.h(), honest);
        vm.expectRevert(KeyDelivery_WrongTerm.selector);
        harness.verify(REQUEST, line, Prover.negate(key), honest);
    }

    /// An honest prover whose hash lacks one part must be refused, whichever part it is: a part that
    /// is not hashed can be chosen last.
    function test_refusesAChallengeThatLeavesOutAnything() public {
        Delivery memory made = honest;
        bytes[] memory parts = new bytes[](12);
        parts[0] = abi.encodePacked(KeyDelivery.TAG);
        parts[1] = abi.encodePacked(REQUEST);
        parts[2] = abi.encodePacked(RECEIVER);
        (parts[3], parts[4]) = (abi.encodePacked(line.x), abi.encodePacked(line.y));
        (parts[5], parts[6]) = (abi.encodePacked(key.x), abi.encodePacked(key.y));
        (parts[7], parts[8]) = (abi.encodePacked(made.z.x), abi.encodePacked(made.z.y));
        parts[9] = abi.encodePacked(vm.addr(k));
        (parts[10], parts[11]) = (abi.encodePacked(made.t2.x), abi.encodePacked(made.t2.y));
        for (uint256 left = 0; left <= parts.length; ++left) {
            bytes memory hashed;
            for (uint256 i = 0; i < parts.length; ++i) {
                if (i != left) hashed = bytes.concat(hashed, parts[i]);
            }
            made.c = uint256(keccak256(hashed)) % N;
            made.w = addmod(k, mulmod(made.c, a, N), N);
            Prover.addHints(key, made);
            if (left == parts.length) harness.verify(REQUEST, line, key, made);
            else _expectAny(KeyDelivery_WrongChallenge.selector, made);
        }
    }

    /* HELPERS */

    function _respond(uint256 lineSecret, Point memory z) private view returns (Delivery memory) {
        return Prover.respond(lineSecret, REQUEST, line, key, RECEIVER, z, k, k);
    }

    /// A delivery of another line's key that fits in all but the difference.
    function _wrongKey() private view returns (Delivery memory) {
        return _respond(a, Prover.mul(key, Prover.draw("another a")));
    }

    function _point(uint256 which) private view returns (Point memory) {
        if (which == 0) return line;
        if (which == 1) return key;
        if (which == 2) return honest.z;
        return which == 3 ? honest.t2 : honest.u;
    }

    function _expectInvalid(uint256 which, Point memory bad) private {
        Delivery memory made = honest;
        if (which == 2) made.z = bad;
        if (which == 3) made.t2 = bad;
        if (which == 4) made.u = bad;
        vm.expectRevert(abi.encodeWithSelector(Secp256k1_PointInvalid.selector, bad.x, bad.y));
        harness.verify(REQUEST, which == 0 ? bad : line, which == 1 ? bad : key, made);
    }

    function _expectScalarOutOfRange(bool which, uint256 value) private {
        Delivery memory made = honest;
        if (which) made.c = value;
        else made.w = value;
        _expect(KeyDelivery_ScalarOutOfRange.selector, made);
    }

    function _expect(bytes4 selector, Delivery memory made) private {
        vm.expectRevert(selector);
        harness.verify(REQUEST, line, key, made);
    }

    /// For errors with arguments that the test does not fix.
    function _expectAny(bytes4 selector, Delivery memory made) private {
        vm.expectPartialRevert(selector);
        harness.verify(REQUEST, line, key, made);
    }
}
