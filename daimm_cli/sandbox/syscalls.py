"""The filter of system calls (seccomp): what a program may ask of the kernel, all else refused.

>>> program("x86_64")[:8].hex()
'2000000004000000'

What is not in the list does not exist (ENOSYS), so that a call which a later kernel brings is
refused, too. Nothing in it makes files, sockets, processes or shared memory, or reaches another
process.
"""

from __future__ import annotations

import errno
import struct

# name: its number on x86_64 and on aarch64, which lacks some
_ALLOWED = {
    # reading, writing and waiting for what is open
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "pread64": (17, 67),
    "lseek": (8, 62), "close": (3, 57), "close_range": (436, 436), "dup": (32, 23),
    "dup3": (292, 24), "fcntl": (72, 25), "poll": (7, None), "ppoll": (271, 73),
    "pselect6": (270, 72),
    # files and folders, which are all mounted to be read
    "openat": (257, 56), "open": (2, None), "fstat": (5, 80), "stat": (4, None),
    "lstat": (6, None), "newfstatat": (262, 79), "statx": (332, 291), "access": (21, None),
    "faccessat": (269, 48), "faccessat2": (439, 439), "readlink": (89, None),
    "readlinkat": (267, 78), "getcwd": (79, 17), "getdents64": (217, 61), "statfs": (137, 43),
    "fstatfs": (138, 44),
    # memory
    "mmap": (9, 222), "munmap": (11, 215), "mprotect": (10, 226), "mremap": (25, 216),
    "madvise": (28, 233), "brk": (12, 214),
    # threads
    "futex": (202, 98), "set_robust_list": (273, 99), "set_tid_address": (218, 96),
    "rseq": (334, 293), "membarrier": (324, 283), "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123), "sched_setaffinity": (203, 122), "getcpu": (309, 168),
    "gettid": (186, 178), "exit": (60, 93), "exit_group": (231, 94), "tgkill": (234, 131),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132), "restart_syscall": (219, 128), "wait4": (61, 260),
    # itself, the time, the machine; the start of the program
    "getpid": (39, 172), "getppid": (110, 173), "getuid": (102, 174), "geteuid": (107, 175),
    "getgid": (104, 176), "getegid": (108, 177), "clock_gettime": (228, 113),
    "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "nanosleep": (35, 101),
    "gettimeofday": (96, 169), "time": (201, None), "times": (100, 153), "getrusage": (98, 165),
    "sysinfo": (99, 179), "uname": (63, 160), "getrandom": (318, 278), "getrlimit": (97, 163),
    "arch_prctl": (158, None), "execve": (59, 221),
}  # fmt: skip

_THREAD = 0x10000
_NO_THREAD = 0x7E836000  # a namespace of its own, tracing, or waiting as vfork does
_WHOLE = 0xFFFFFFFF

# name, its numbers, the argument (from 0) that decides, the bits looked at, what they have to be
_IF = [
    ("clone", (56, 220), 0, _THREAD | _NO_THREAD, _THREAD),
    ("ioctl", (16, 29), 1, _WHOLE, 0x5401),  # TCGETS: whether it is a terminal
    ("ioctl", (16, 29), 1, _WHOLE, 0x5451),  # FIOCLEX
    ("prctl", (157, 167), 0, _WHOLE, 15),  # PR_SET_NAME, of a thread
    ("prlimit64", (302, 261), 0, _WHOLE, 0),  # its own
]

_ARCHES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_LOAD, _AND, _EQUAL, _RETURN = 0x20, 0x54, 0x15, 0x06
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16  # places in struct seccomp_data
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | errno.ENOSYS, 0x80000000


def known(machine: str) -> bool:
    """Whether there is a filter for such a processor, as `platform.machine()` names it."""
    return machine in _ARCHES


def program(machine: str) -> bytes:
    """The filter for that processor, in classic BPF; who calls by another's numbers is killed."""
    column, arch = _ARCHES[machine]
    code = [
        *[(_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, arch), (_RETURN, 0, 0, _KILL)],
        (_LOAD, 0, 0, _NUMBER),
    ]
    for numbers in _ALLOWED.values():
        if (number := numbers[column]) is not None:
            code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    for _, numbers, argument, mask, value in _IF:
        code += [
            *[(_LOAD, 0, 0, _NUMBER), (_EQUAL, 0, 4, numbers[column])],
            *[(_LOAD, 0, 0, _ARGUMENTS + 8 * argument), (_AND, 0, 0, mask)],
            *[(_EQUAL, 0, 1, value), (_RETURN, 0, 0, _ALLOW)],
        ]
    code.append((_RETURN, 0, 0, _REFUSE))
    return b"".join(struct.pack("<HBBI", *step) for step in code)
