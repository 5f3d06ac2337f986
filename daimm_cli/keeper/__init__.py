"""The keeper: delivers a seller's keys, and collects what is due, while he sleeps.

`settings` says what it may do, `duties` what is due, `outbox` sends it and keeps at it (`entries`
has its files), `keeper` is the loop, `health` tells others how it fares. docs/keeper.md is for
those who run it.
"""
