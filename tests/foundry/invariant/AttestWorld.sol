// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Job, JobState, Result, ResultState} from "../../../interfaces/types/Attestations.sol";
import {Ruling} from "../../../interfaces/types/Deals.sol";
import {AttestationsBase} from "../utils/AttestationsBase.sol";

/// @notice A payer, an evaluator, a court and strangers, jobs and results in every state; a second account of the money.
contract AttestWorld is AttestationsBase {
    struct Entry {
        Job job;
        Result result;
        JobState jobState;
        ResultState state;
        uint256 until;
        uint256 lost;
    }

    uint256 private constant MOST = 20;

    Entry[] private entries;
    mapping(address payee => uint256) public owed;
    mapping(string action => uint256) public done;
    bool public wrong;

    function setUp() public override {
        super.setUp();
        this.attest(STAKE);
    }

    /* ACTIONS */

    function commission(uint128 fee) external {
        if (entries.length == MOST) return;
        Job memory job = _job();
        (job.fee, job.salt) = (uint128(bound(fee, 0, JOB_FEE)), bytes32(entries.length));
        _commission(job);
        entries.push();
        Entry storage entry = entries[entries.length - 1];
        (entry.job, entry.jobState, entry.result) = (job, JobState.Open, _result(job));
        done["commission"] += 1;
    }

    function attest(uint128 stake) external {
        if (entries.length == MOST) return;
        Result memory result = _result();
        (result.stake, result.salt) = (uint128(bound(stake, 0, STAKE)), bytes32(entries.length));
        _attest(result);
        entries.push();
        Entry storage entry = entries[entries.length - 1];
        (entry.result, entry.state, entry.until) = (result, ResultState.Posted, _until());
        done["attest"] += 1;
    }

    function answer(uint256 which) external {
        Entry storage entry = _pick(which);
        bool good = entry.jobState == JobState.Open && block.timestamp <= entry.job.deadline;
        vm.prank(evaluator);
        try attestations.answer(entry.job, entry.result) {
            if (!good) wrong = true;
            (entry.jobState, entry.state) = (JobState.Answered, ResultState.Posted);
            entry.until = _until();
            done["answer"] += 1;
        } catch {
            if (good) wrong = true;
        }
    }

    function cancel(uint256 which) external {
        Entry storage entry = _pick(which);
        bool good = entry.jobState == JobState.Open && block.timestamp > entry.job.deadline;
        try attestations.cancel(entry.job) {
            if (!good) wrong = true;
            entry.jobState = JobState.Refunded;
            owed[payer] += entry.job.fee;
            done["cancel"] += 1;
        } catch {
            if (good) wrong = true;
        }
    }

    function finish(uint256 which) external {
        Entry storage entry = _pick(which);
        uint256 end = entry.until;
        if (entry.state == ResultState.Held) end += MAX_HOLD;
        bool waits = entry.state == ResultState.Posted || entry.state == ResultState.Held;
        bool good = waits && block.timestamp > end;
        try attestations.finish(entry.result) {
            if (!good) wrong = true;
            _stand(entry);
            done["finish"] += 1;
        } catch {
            if (good) wrong = true;
        }
    }

    function hold(uint256 which) external {
        Entry storage entry = _pick(which);
        bool good = entry.state == ResultState.Posted && block.timestamp <= entry.until;
        vm.prank(court);
        try attestations.hold(abi.encode(entry.result, entry.lost), claimant) {
            if (!good) wrong = true;
            entry.state = ResultState.Held;
            done["hold"] += 1;
        } catch {
            if (good) wrong = true;
        }
    }

    function resolve(uint256 which, uint256 ruling) external {
        Entry storage entry = _pick(which);
        bool good = entry.state == ResultState.Held;
        vm.prank(court);
        try attestations.resolve(abi.encode(entry.result, entry.lost), Ruling(ruling % 3)) {
            if (!good) wrong = true;
            if (ruling % 3 == 1) {
                entry.state = ResultState.Voided;
                owed[claimant] += entry.result.stake / 2;
                owed[treasury] += entry.result.stake - entry.result.stake / 2;
                done["void"] += 1;
            } else if (ruling % 3 == 2) {
                uint256 day = block.timestamp + 1 days;
                if (day > entry.until) entry.until = day;
                (entry.state, entry.lost) = (ResultState.Posted, entry.lost + 1);
                done["reopen"] += 1;
            } else {
                _stand(entry);
                done["stand"] += 1;
            }
        } catch {
            if (good) wrong = true;
        }
    }

    function close(uint256 which) external {
        Entry storage entry = _pick(which);
        bool stood = entry.state == ResultState.Stood;
        bool good =
            entry.jobState == JobState.Answered && (stood || entry.state == ResultState.Voided);
        try attestations.closeJob(entry.job, entry.result) {
            if (!good) wrong = true;
            entry.jobState = stood ? JobState.Paid : JobState.Refunded;
            owed[stood ? evaluator : payer] += entry.job.fee;
            done["close"] += 1;
        } catch {
            if (good) wrong = true;
        }
    }

    function withdraw(uint256 who) external {
        address[4] memory all = [payer, evaluator, claimant, treasury];
        attestations.withdrawForIfOwed(all[who % 4], address(aim));
        owed[all[who % 4]] = 0;
        done["withdraw"] += 1;
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 0, 5 days));
        done["wait"] += 1;
    }

    /* VIEWS */

    /// @dev Fees of jobs that are not over, stakes of results that are not, and credits.
    function held() external view returns (uint256 sum) {
        for (uint256 i; i < entries.length; ++i) {
            Entry storage entry = entries[i];
            bool open = entry.jobState == JobState.Open || entry.jobState == JobState.Answered;
            if (open) sum += entry.job.fee;
            bool waits = entry.state == ResultState.Posted || entry.state == ResultState.Held;
            if (waits) sum += entry.result.stake;
        }
        address[4] memory all = [payer, evaluator, claimant, treasury];
        for (uint256 i; i < all.length; ++i) {
            sum += attestations.credit(all[i], 0, address(aim));
        }
    }

    function agrees() external view returns (bool) {
        for (uint256 i; i < entries.length; ++i) {
            Entry storage entry = entries[i];
            ResultState state = attestations.resultOf(attestations.resultIdOf(entry.result)).state;
            JobState job = attestations.jobStateOf(attestations.jobIdOf(entry.job));
            if (state != entry.state || job != entry.jobState) return false;
        }
        address[4] memory all = [payer, evaluator, claimant, treasury];
        for (uint256 i; i < all.length; ++i) {
            if (attestations.credit(all[i], 0, address(aim)) != owed[all[i]]) return false;
        }
        return !wrong;
    }

    /// @dev Everything that waiting allows.
    function exit() external returns (uint256 left) {
        vm.warp(block.timestamp + 100 days);
        for (uint256 i; i < entries.length; ++i) {
            Entry storage entry = entries[i];
            try attestations.cancel(entry.job) {} catch {}
            try attestations.finish(entry.result) {} catch {}
            try attestations.closeJob(entry.job, entry.result) {} catch {}
        }
        address[4] memory all = [payer, evaluator, claimant, treasury];
        for (uint256 i; i < all.length; ++i) {
            attestations.withdrawForIfOwed(all[i], address(aim));
        }
        return aim.balanceOf(address(attestations));
    }

    function balance() external view returns (uint256) {
        return aim.balanceOf(address(attestations));
    }

    /* INTERNAL */

    function _pick(uint256 which) private view returns (Entry storage) {
        return entries[which % entries.length];
    }

    function _until() private view returns (uint256) {
        return block.timestamp + CLAIM_TIME;
    }

    function _stand(Entry storage entry) private {
        entry.state = ResultState.Stood;
        owed[evaluator] += entry.result.stake;
    }
}
