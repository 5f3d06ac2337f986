// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @title OpenZeppelin's AccessManager under a name of this project
/// @notice Says who may call the few restricted functions. No role reaches user money, an open
/// order or an exit.
contract Authority is AccessManager {
    /* CONSTRUCTOR */

    constructor(address admin) AccessManager(admin) {}
}
