"""Files by CID.

base    what every storage can do, and reading from one that nobody has to trust
local   the local store
"""
