// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IHandover} from "../../../../interfaces/IHandover.sol";
import {KeyDelivery_WrongChallenge} from "../../../../interfaces/IKeyDelivery.sol";
import {KeyPassing_WrongChallenge} from "../../../../interfaces/IKeyPassing.sol";
import {IKeyRequests} from "../../../../interfaces/IKeyRequests.sol";
import {Bps, LicenseId} from "../../../../interfaces/types/Ids.sol";
import {Delivery, HeldKey, Passing, Point} from "../../../../interfaces/types/Keys.sol";
import {KeyRequest, RequestId, RequestState} from "../../../../interfaces/types/Listings.sol";
import {Version} from "../../../../interfaces/types/Versions.sol";
import {Reenterer} from "../../mocks/Reenterer.sol";
import {Callback, FeeToken, HookToken} from "../../mocks/Tokens.sol";
import {SecondaryBase} from "../../utils/SecondaryBase.sol";

/// Keys that are asked for by who has access.
contract KeyRequestsTest is SecondaryBase {
    KeyRequest private request;
    RequestId private id;
    uint256 private graceEnd;

    function setUp() public override {
        super.setUp();
        _endow(holder);
        request = _request(holder);
    }

    function _request(address asker) private view returns (KeyRequest memory made) {
        made.asker = asker;
        made.license = owned;
        made.model = model;
        made.version = 1;
        made.line = line;
        made.held = heldId;
        made.key = key;
        made.passKey = kit.times(held.z, TAKER_SECRET);
        made.token = address(aim);
        made.fee = FEE;
        made.deliveryTime = 1 days;
        made.gracePeriod = 1 hours;
        made.salt = "request";
    }

    function _ask() private returns (RequestId) {
        return _ask(_details());
    }

    function _ask(Version memory details) private returns (RequestId) {
        vm.prank(request.asker);
        id = requests.requestKey(request, details, 0);
        graceEnd = block.timestamp + request.deliveryTime + request.gracePeriod;
        return id;
    }

    function _delivery() private view returns (Delivery memory) {
        return kit.prove(LINE_SECRET, RequestId.unwrap(id), request.key);
    }

    function _passing() private view returns (Passing memory) {
        bytes32 name = RequestId.unwrap(id);
        return kit.pass(HOLDER_SECRET, name, line, held, request.passKey, address(0));
    }

    function _owedHere(address account) private view returns (uint256) {
        return requests.credit(account, 0, request.token);
    }

    function _state() private view returns (uint8) {
        return uint8(requests.requestOf(id).state);
    }

    function _expectNoAccess() private {
        _expectRevert(
            abi.encodeWithSelector(
                IKeyRequests.KeyRequests_NoAccess.selector, request.asker, request.version
            )
        );
        _ask();
    }

    function _expectNotPending() private {
        _expectRevert(
            abi.encodeWithSelector(IKeyRequests.KeyRequests_RequestNotPending.selector, id)
        );
    }

    /* ASKING */

    function test_AskingLeavesTheFee() public {
        uint256 before = aim.balanceOf(holder);
        vm.expectEmit(address(requests));
        emit IKeyRequests.KeyRequested(requests.requestIdOf(request), model, holder, request);
        _ask();
        assertEq(before - aim.balanceOf(holder), FEE);
        assertEq(aim.balanceOf(address(requests)), FEE);
        assertEq(_state(), uint8(RequestState.Pending));
        assertEq(requests.requestOf(id).since, block.timestamp);
        assertEq(RequestId.unwrap(id), keccak256(abi.encode(requests.domain(), request)), "id");
    }

    function test_ForNothingNoTokenMoves() public {
        request.fee = 0;
        vm.expectCall(address(aim), abi.encodePacked(aim.transferFrom.selector), 0);
        _ask();
        requests.deliverKey(request, _delivery());
        assertEq(aim.balanceOf(address(requests)), 0);
        assertEq(_owedHere(address(this)), 0);
        assertEq(_state(), uint8(RequestState.Answered));
    }

    function test_OnlyTheAsker() public {
        _expectRevert(abi.encodeWithSelector(IKeyRequests.KeyRequests_NotAsker.selector, stranger));
        vm.prank(stranger);
        requests.requestKey(request, _details(), 0);
    }

    function test_OnlyWhoHasAccess() public {
        request = _request(stranger);
        _expectNoAccess();

        // Who was given the licence has it, and who gave it away has not.
        vm.prank(holder);
        license.transferFrom(holder, stranger, LicenseId.unwrap(owned));
        request = _request(holder);
        _expectNoAccess();
        request = _request(stranger);
        _ask();
        assertEq(_state(), uint8(RequestState.Pending));
    }

    function test_WhoUsesALicenceAsks() public {
        vm.prank(holder);
        license.setUser(LicenseId.unwrap(owned), renter, uint64(block.timestamp) + 1 days);
        _expectNoAccess();
        request = _request(renter);
        _ask();
        assertEq(_state(), uint8(RequestState.Pending));
    }

    function test_NotByAnotherModelsLicence() public {
        request.model = registry.register(seller, Bps.wrap(500), _details(), _noParents());
        _expectNoAccess();
    }

    function test_ANewLineThatTheRangeReaches() public {
        Version memory details = _details();
        details.line = kit.point(0x11E2);
        vm.prank(seller);
        registry.addVersion(model, details, _noParents());
        request.version = 2;
        (request.held, request.passKey) = (0, Point(0, 0));
        _expectRevert(
            abi.encodeWithSelector(IHandover.Handover_VersionMismatch.selector, model, uint16(2))
        );
        _ask(details);
        request.line = details.line;
        _ask(details);
        requests.deliverKey(request, kit.prove(0x11E2, RequestId.unwrap(id), request.key));
        assertEq(_state(), uint8(RequestState.Answered));
    }

    function test_TheVersionIsWhatIsRegisteredAndNotConvicted() public {
        Version memory details = _details();
        details.manifest = "other";
        _expectRevert(
            abi.encodeWithSelector(IHandover.Handover_VersionMismatch.selector, model, uint16(1))
        );
        _ask(details);
        bytes memory mismatch =
            abi.encodeWithSelector(IHandover.Handover_VersionMismatch.selector, model, uint16(1));
        request.line.x ^= 1;
        _expectRevert(mismatch);
        _ask();
        (request.line.x, request.line.y) = (line.x, line.y ^ 1);
        _expectRevert(mismatch);
        _ask();
        request.line = line;
        vm.mockCall(
            address(registry),
            abi.encodeCall(registry.isConvicted, (model, uint16(1))),
            abi.encode(true)
        );
        _expectRevert(
            abi.encodeWithSelector(IHandover.Handover_VersionConvicted.selector, model, uint16(1))
        );
        _ask();
    }

    function test_NotOfASchemeWhoseKeysNobodyCanProve() public {
        Version memory details = _details();
        details.scheme = 2;
        vm.prank(seller);
        request.version = registry.addVersion(model, details, _noParents());
        _expectRevert(abi.encodeWithSelector(IHandover.Handover_TermsInvalid.selector, "scheme"));
        _ask(details);
    }

    function test_UpToTheMostTime() public {
        (request.deliveryTime, request.gracePeriod) = (30 days, 7 days);
        _ask();
        assertEq(_state(), uint8(RequestState.Pending));
    }

    /// @dev It is the one token whose balance is not looked at.
    function test_AIMIsKnownToDeliver() public {
        vm.mockCall(address(aim), abi.encodeCall(aim.balanceOf, (address(requests))), abi.encode(0));
        _ask();
        assertEq(_state(), uint8(RequestState.Pending));
    }

    function deploy(address treasury_) external returns (address made) {
        bytes memory code = abi.encodePacked(
            vm.getCode("KeyRequests.sol:KeyRequests"), abi.encode(market, license, treasury_)
        );
        assembly ("memory-safe") {
            made := create(0, add(code, 32), mload(code))
            if iszero(made) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }

    function test_TheTreasuryIsNamedOnce() public {
        assertEq(requests.treasury(), treasury);
        _expectRevert(IHandover.Handover_ZeroAddress.selector);
        this.deploy(address(0));
    }

    function test_TheMarketsTokensFeesTimesAndStopHold() public {
        request.token = stranger;
        _expectRevert(abi.encodeWithSelector(IHandover.Handover_TokenNotAllowed.selector, stranger));
        _ask();
        request = _request(holder);
        request.fee = MAX_DELIVERY_FEE + 1;
        _expectRevert(IHandover.Handover_DeliveryFeeTooHigh.selector);
        _ask();
        request = _request(holder);
        request.deliveryTime = 1 minutes - 1;
        _expectRevert(
            abi.encodeWithSelector(IHandover.Handover_TermsInvalid.selector, "deliveryTime")
        );
        _ask();
        request = _request(holder);
        request.gracePeriod = 7 days + 1;
        _expectRevert(
            abi.encodeWithSelector(IHandover.Handover_TermsInvalid.selector, "gracePeriod")
        );
        _ask();
        request = _request(holder);
        _stop();
        uint40 until = market.stoppedUntil();
        vm.warp(until);
        _expectRevert(abi.encodeWithSelector(IHandover.Handover_Stopped.selector, until));
        _ask();
        vm.warp(until + 1);
        _ask();
    }

    function test_PointsArePointsAndTheHeldKeyIsProven() public {
        request.key.y ^= 1;
        vm.expectRevert();
        _ask();
        request = _request(holder);
        request.passKey.y ^= 1;
        vm.expectRevert();
        _ask();
        request = _request(holder);
        request.held = "unproven";
        _expectRevert(
            abi.encodeWithSelector(IHandover.Handover_KeyNotProven.selector, bytes32("unproven"))
        );
        _ask();
        request.held = 0;
        bytes memory invalid =
            abi.encodeWithSelector(IHandover.Handover_TermsInvalid.selector, "passKey");
        _expectRevert(invalid);
        _ask();
        request.passKey = Point(0, 1);
        _expectRevert(invalid);
        _ask();
        request.passKey = Point(1, 0);
        _expectRevert(invalid);
        _ask();
    }

    function test_EachRequestOnce() public {
        _ask();
        bytes memory exists =
            abi.encodeWithSelector(IKeyRequests.KeyRequests_RequestExists.selector, id);
        _expectRevert(exists);
        _ask();
        vm.warp(graceEnd + 1);
        requests.refundKey(request);
        _expectRevert(exists);
        _ask();
    }

    /* ANSWERS */

    function test_WhoeverDeliversHasTheFee() public {
        _ask();
        Delivery memory delivery = _delivery();
        vm.expectEmit(address(requests));
        emit IHandover.KeyDelivered(
            RequestId.unwrap(id), keeper, address(0), delivery.z, delivery.c, delivery.w
        );
        vm.prank(keeper);
        requests.deliverKey(request, delivery);
        assertEq(_owedHere(keeper), FEE);
        assertEq(_state(), uint8(RequestState.Answered));
    }

    function test_OrWhomTheProofNames() public {
        _ask();
        Delivery memory delivery =
            kit.proveFor(LINE_SECRET, RequestId.unwrap(id), request.key, seller);
        vm.prank(stranger);
        requests.deliverKey(request, delivery);
        assertEq(_owedHere(seller), FEE);
        assertEq(_owedHere(stranger), 0);
    }

    function test_AHolderPassesTheirsOn() public {
        _ask();
        Passing memory passing = _passing();
        vm.expectEmit(address(requests));
        emit IHandover.KeyPassed(
            RequestId.unwrap(id), friend, address(0), passing.z, passing.c, passing.w
        );
        vm.prank(friend);
        requests.passKey(request, held, passing);
        assertEq(_owedHere(friend), FEE);
        assertEq(_state(), uint8(RequestState.Answered));
        _expectNotPending();
        requests.passKey(request, held, passing);
        assertEq(abi.encode(passing.z), abi.encode(kit.held(LINE_SECRET, TAKER_SECRET).z));
    }

    function test_AnsweredOnceAndInTime() public {
        _ask();
        Delivery memory delivery = _delivery();
        Passing memory passing = _passing();
        uint256 snapshot = vm.snapshotState();
        vm.warp(graceEnd + 1);
        bytes memory late =
            abi.encodeWithSelector(IHandover.Handover_DeliveryTooLate.selector, graceEnd);
        _expectRevert(late);
        requests.deliverKey(request, delivery);
        _expectRevert(late);
        requests.passKey(request, held, passing);
        assertFalse(requests.deliverKeyIfPending(request, delivery));

        vm.revertToState(snapshot);
        vm.warp(graceEnd);
        snapshot = vm.snapshotState();
        requests.deliverKey(request, delivery);
        vm.revertToState(snapshot);
        requests.passKey(request, held, passing);
        vm.revertToState(snapshot);
        assertTrue(requests.deliverKeyIfPending(request, delivery));
        assertFalse(requests.deliverKeyIfPending(request, delivery));
        _expectNotPending();
        requests.deliverKey(request, delivery);
        _expectNotPending();
        requests.passKey(request, held, passing);
        vm.warp(graceEnd + 1);
        _expectNotPending();
        requests.refundKey(request);
        assertEq(_owedHere(address(this)), FEE);
    }

    function test_NotAWrongKey() public {
        _ask();
        Delivery memory delivery = kit.prove(LINE_SECRET, "other", request.key);
        _expectRevert(KeyDelivery_WrongChallenge.selector);
        requests.deliverKey(request, delivery);
        _expectRevert(KeyDelivery_WrongChallenge.selector);
        requests.deliverKeyIfPending(request, delivery);
        Passing memory passing = _passing();
        passing.receiver = stranger;
        vm.expectRevert();
        requests.passKey(request, held, passing);
        assertEq(_state(), uint8(RequestState.Pending));
    }

    function test_RefundAfterGraceByAnybody() public {
        _ask();
        vm.warp(graceEnd);
        _expectRevert(abi.encodeWithSelector(IHandover.Handover_RefundTooEarly.selector, graceEnd));
        requests.refundKey(request);
        vm.warp(graceEnd + 1);
        vm.expectEmit(address(requests));
        emit IKeyRequests.KeyRequestRefunded(id);
        vm.prank(stranger);
        requests.refundKey(request);
        assertEq(_owedHere(holder), FEE);
        _expectNotPending();
        requests.refundKey(request);
        vm.prank(holder);
        requests.withdraw(0, address(aim), holder);
        assertEq(aim.balanceOf(address(requests)), 0);
    }

    function test_WhatWasNeverAskedIsNotPending() public {
        id = requests.requestIdOf(request);
        assertFalse(requests.deliverKeyIfPending(request, _delivery()));
        _expectNotPending();
        requests.refundKey(request);
    }

    /* HELD KEYS */

    function test_AProvenKeyIsRememberedByWhoeverShowsIt() public {
        Delivery memory delivery = kit.prove(LINE_SECRET, "request", key);
        bytes32 name = keccak256(abi.encode(line, kit.held(LINE_SECRET, 1).base, key, delivery.z));
        assertFalse(requests.isProven(name));
        _expectRevert(KeyDelivery_WrongChallenge.selector);
        requests.prove("other", line, key, delivery);
        vm.expectEmit(address(requests));
        emit IKeyRequests.KeyProven(
            name, line, HeldKey(kit.held(LINE_SECRET, 1).base, key, delivery.z)
        );
        vm.prank(stranger);
        assertEq(requests.prove("request", line, key, delivery), name);
        assertTrue(requests.isProven(name));
    }

    function test_WhatWasPassedOnIsPassedOnAgain() public {
        _ask();
        Passing memory passing = _passing();
        bytes32 name =
            requests.provePassed(RequestId.unwrap(id), line, held, request.passKey, passing);
        assertTrue(requests.isProven(name));
        assertEq(
            name,
            keccak256(abi.encode(line, held.z, request.passKey, passing.z)),
            "base, key and blinded key"
        );
    }

    function test_NothingIsProvenByAnotherRequestsProof() public {
        _ask();
        Passing memory passing = _passing();
        _expectRevert(KeyPassing_WrongChallenge.selector);
        requests.provePassed("other", line, held, request.passKey, passing);
    }

    function test_NothingIsPassedOnFromWhatWasNotProven() public {
        _ask();
        Passing memory passing = _passing();
        held.key = key;
        _expectRevert(IHandover.Handover_KeyNotProven.selector);
        requests.provePassed(RequestId.unwrap(id), line, held, request.passKey, passing);
    }

    /* HOSTILE TOKENS */

    function test_ATokenThatTakesAFeeIsRefused() public {
        FeeToken token = new FeeToken();
        _setToken(address(token), true, 100);
        _endow(holder, token);
        request.token = address(token);
        _expectRevert(
            abi.encodeWithSelector(
                IHandover.Handover_TokenShort.selector, uint256(FEE), uint256(FEE) - FEE / 100
            )
        );
        _ask();
    }

    function test_AnAskerWhoIsCalledGainsNothing() public {
        HookToken token = new HookToken();
        _setToken(address(token), true, 100);
        Reenterer asker = new Reenterer();
        _endow(address(asker), token);
        vm.prank(holder);
        license.transferFrom(holder, address(asker), LicenseId.unwrap(owned));
        request = _request(address(asker));
        request.token = address(token);
        asker.execute(address(token), abi.encodeCall(token.setCallback, (Callback(address(asker)))));
        asker.prepare(
            address(requests), abi.encodeCall(requests.requestKey, (request, _details(), 0))
        );
        asker.prepare(address(requests), abi.encodeCall(requests.refundKey, (request)));
        _ask();
        assertFalse(asker.succeeded(0), "asked twice");
        assertFalse(asker.succeeded(1), "refunded before grace");
        assertEq(_owedHere(address(asker)), 0);
    }
}
