// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModelLicense} from "../../interfaces/IModelLicense.sol";
import {ModelId} from "../../interfaces/types/Ids.sol";
import {Grant, LicenseRecord, LicenseState} from "../../interfaces/types/Licenses.sol";

/// @title A licence in the 96 bits that share its owner's slot
/// @dev From the lowest bit: state 3, transferable 1, model 32, first version 12, last version 12,
/// time 36. The time is the last second of access; while a licence is pending, when it was bought, and `ENDLESS` more if it
/// then has no end.
library PackedLicense {
    /* CONSTANTS */

    uint256 private constant STATE = 0x7;
    uint256 private constant TRANSFERABLE = 0x8;
    uint256 private constant MODEL_SHIFT = 4;
    uint256 private constant FIRST_SHIFT = 36;
    uint256 private constant LAST_SHIFT = 48;
    uint256 private constant TIME_SHIFT = 60;
    uint256 private constant VERSION = 0xfff;

    /// @dev All that a grant says.
    uint256 private constant GRANT = (1 << TIME_SHIFT) - 1 & ~STATE;

    /// @dev Added to the time of purchase, it is the time of a licence without an end.
    uint40 internal constant ENDLESS = 1 << 35;

    /// @dev 35 bits of seconds last until the year 3058.
    uint256 internal constant TIME = 0x7ffffffff;

    /* WRITING */

    /// @notice A pending licence bought at `time`.
    function pack(Grant calldata grant, uint40 time_) internal pure returns (uint96) {
        (uint256 first, uint256 last) = (grant.firstVersion, grant.lastVersion);
        if (first > last || last > VERSION) {
            revert IModelLicense.ModelLicense_VersionRange(grant.firstVersion, grant.lastVersion);
        }
        return uint96(
            uint256(LicenseState.Pending) | (grant.transferable ? TRANSFERABLE : 0)
                | uint256(ModelId.unwrap(grant.model)) << MODEL_SHIFT | first << FIRST_SHIFT | last
                << LAST_SHIFT | (time_ & TIME) << TIME_SHIFT
        );
    }

    /// @notice One that was pending, and gives access until `last`; zero for ever.
    function withEnd(uint96 packed, uint40 last) internal pure returns (uint96) {
        return last == 0 ? packed | uint96(ENDLESS) << uint96(TIME_SHIFT) : withTime(packed, last);
    }

    function withState(uint96 packed, LicenseState to) internal pure returns (uint96) {
        return uint96(packed & ~STATE | uint256(to));
    }

    /// @dev A time past 35 bits counts as the last that fits.
    function withTime(uint96 packed, uint40 to) internal pure returns (uint96) {
        return uint96(packed & ~(TIME << TIME_SHIFT) | (to > TIME ? TIME : to) << TIME_SHIFT);
    }

    /* READING */

    function state(uint96 packed) internal pure returns (LicenseState) {
        return LicenseState(packed & STATE);
    }

    function model(uint96 packed) internal pure returns (ModelId) {
        return ModelId.wrap(uint32(packed >> MODEL_SHIFT));
    }

    function time(uint96 packed) internal pure returns (uint40) {
        return uint40(packed >> TIME_SHIFT);
    }

    /// @notice The last second of access of one that was activated; zero for ever.
    /// @dev Without a branch: the highest bit is that of `ENDLESS`.
    function end(uint96 packed) internal pure returns (uint40) {
        unchecked {
            return uint40((packed >> TIME_SHIFT) * (1 - (packed >> 95)));
        }
    }

    /// @notice Whether it gives access to exactly what `grant` does.
    function grants(uint96 packed, Grant calldata grant) internal pure returns (bool) {
        return (packed ^ pack(grant, 0)) & GRANT == 0;
    }

    /// @dev Active is 2 and Settled 3: they differ in the lowest bit.
    function isActivated(uint96 packed) internal pure returns (bool) {
        return packed & STATE & ~uint256(1) == uint256(LicenseState.Active);
    }

    function isTransferable(uint96 packed) internal pure returns (bool) {
        return packed & (STATE | TRANSFERABLE) == uint256(LicenseState.Settled) | TRANSFERABLE;
    }

    /// @notice Whether it gives access to `version` at `now_`; the second of its end is included.
    function opens(uint96 packed, uint16 version, uint40 now_) internal pure returns (bool) {
        return isActivated(packed) && version >= (packed >> FIRST_SHIFT & VERSION)
            && version <= (packed >> LAST_SHIFT & VERSION) && now_ <= time(packed);
    }

    function unpack(uint96 packed) internal pure returns (LicenseRecord memory) {
        return LicenseRecord({
            state: state(packed),
            grant: Grant({
                model: model(packed),
                firstVersion: uint16(packed >> FIRST_SHIFT & VERSION),
                lastVersion: uint16(packed >> LAST_SHIFT & VERSION),
                transferable: packed & TRANSFERABLE != 0
            }),
            time: time(packed)
        });
    }
}
