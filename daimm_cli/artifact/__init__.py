"""Encrypted model files: sealed, committed to, checked before paying, opened afterwards.

    age        the container: an age file, chunk by chunk
    merkle     leaves, roots, the digest list
    unixfs     CIDs of files, and their blocks
    pipeline   all of it in one pass over a file: seal, check, unseal
    proof      what shows that a leaf was committed to
    kernel     what one process does to a run of that pass
    workers    the processes
    outputs    room on the disk, and the way past the page cache
    protobuf   fields of its wire format, for CIDs

docs/artifact.md specifies every byte.
"""
