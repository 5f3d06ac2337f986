"""What the system says of files and disks, as a sentence that says what to do.

>>> sentence(OSError(errno.ENOSPC, "No space left on device", "/data/store/x"))
'The disk is full (/data/store/x): make room or write elsewhere, then run the command again.'

Nothing is lost by such an error: files are written beside their place and moved when they are
whole, and a command that is run again goes on where it was.
"""

import errno

_AGAIN = "then run the command again"
_SENTENCES = {
    errno.ENOSPC: f"The disk is full{{at}}: make room or write elsewhere, {_AGAIN}.",
    errno.EDQUOT: f"Your share of the disk is used up{{at}}: make room, {_AGAIN}.",
    errno.EFBIG: "A file would be larger than the system allows{at}: raise the limit "
    f"(`ulimit -f`) or write to another file system, {_AGAIN}.",
    errno.EROFS: f"The disk can only be read{{at}}: write elsewhere or mount it anew, {_AGAIN}.",
    errno.EIO: "The disk fails{at}: look at the system's log, and write to another disk.",
    errno.EACCES: "daimm may not use this{at}: change its permissions or name another place.",
    errno.EPERM: "daimm may not do this{at}: change its permissions or name another place.",
    errno.ENOENT: "There is no such file or folder{at}: check the path.",
    errno.ENOTDIR: "A file stands where a folder should be{at}: check the path.",
    errno.EISDIR: "A folder stands where a file should be{at}: check the path.",
    errno.EEXIST: "Something is there already{at}: move it away or name another place.",
    errno.ELOOP: "A symbolic link is in the way{at}: name the file itself.",
    errno.ENAMETOOLONG: "The name is too long{at}: choose a shorter one.",
    errno.EMFILE: f"Too many files are open: raise the limit (`ulimit -n`), {_AGAIN}.",
    errno.ENFILE: f"Too many files are open: end other programs, {_AGAIN}.",
    errno.ENOMEM: f"There is no memory left: end other programs, {_AGAIN}.",
}


def sentence(error: OSError) -> str:
    """The sentence; the system's own words where there is none for it."""
    at = f" ({error.filename})" if error.filename else ""
    known = _SENTENCES.get(error.errno or 0)
    return known.format(at=at) if known else f"{error.strerror or type(error).__name__}{at}."
