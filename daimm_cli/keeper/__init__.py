"""The keeper: delivers a seller's keys, and collects what is due, while the seller sleeps.

`settings` says what it may do, `duties` what is due, `outbox` sends it and keeps at it (`entries`
has its files), `mend` follows up what was sent, `keeper` is the loop, `health` tells others how it
fares, `build` starts it. docs/keeper.md is for those who run it.
"""
