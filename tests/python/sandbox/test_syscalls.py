"""The filter lets through what its table says and nothing else, on each processor."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

from daimm_cli.sandbox import syscalls

ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050026, 0x80000000
ARCHES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
HEADERS = {
    "x86_64": "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
    "aarch64": "/usr/include/asm-generic/unistd.h",
}
NAMED_OTHERWISE = {"newfstatat": "3264_fstatat", "fstat": "3264_fstat", "lseek": "3264_lseek",
                   "fcntl": "3264_fcntl", "mmap": "3264_mmap", "statfs": "3264_statfs",
                   "fstatfs": "3264_fstatfs"}  # fmt: skip


def judged(program: bytes, arch: int, number: int, *arguments: int) -> int:
    """What a machine that is written from the kernel's documentation alone makes of a call."""
    data = struct.pack("<IIQ6Q", number, arch, 0, *(*arguments, *[0] * 6)[:6])
    code = list(struct.iter_unpack("<HBBI", program))
    kept = at = 0
    while True:
        operation, yes, no, value = code[at]
        at += 1
        match operation:
            case 0x20:
                (kept,) = struct.unpack_from("<I", data, value)
            case 0x54:
                kept &= value
            case 0x15:
                at += yes if kept == value else no
            case 0x06:
                return int(value)
            case _:
                raise AssertionError(operation)


@pytest.mark.parametrize("machine", ARCHES)
def test_what_is_not_in_the_table_does_not_exist(machine: str) -> None:
    program = syscalls.program(machine)
    assert len(program) // 8 < 4096
    column, arch = ARCHES[machine]
    allowed = {numbers[column] for numbers in syscalls._ALLOWED.values()}
    for number in [*range(1024), *(0x40000000 | n for n in range(1024)), 2**32 - 1]:
        told = judged(program, arch, number, 2**32 - 2)
        assert told == (ALLOW if number in allowed else REFUSE), number
    assert judged(program, 0x40000003, 1) == KILL


@pytest.mark.parametrize("machine", ARCHES)
def test_threads_are_made_and_no_processes(machine: str) -> None:
    program, (column, arch) = syscalls.program(machine), ARCHES[machine]
    clone = (56, 220)[column]
    thread = 0x3D0F00  # as glibc and musl make them
    assert judged(program, arch, clone, thread) == ALLOW
    for flags in (17, 0x4111, thread & ~0x10000, thread | 0x4000, thread | 0x2000):
        assert judged(program, arch, clone, flags) == REFUSE
    for namespace in (0x20000, *(1 << bit for bit in range(25, 31))):
        assert judged(program, arch, clone, thread | namespace) == REFUSE


@pytest.mark.parametrize("machine", ARCHES)
def test_numbers_are_those_of_the_kernels_headers(machine: str) -> None:
    header = Path(HEADERS[machine])
    if not header.exists():
        pytest.skip(f"{header} is not here (Debian: linux-libc-dev)")
    text = header.read_text()
    told = {n: int(v) for n, v in re.findall(r"#define __NR_?(\w+)\s+(\d+)\b", text)}
    column = ARCHES[machine][0]
    table = syscalls._ALLOWED | {name: numbers for name, numbers, *_ in syscalls._IF}
    for name, numbers in table.items():
        if numbers[column] is not None:
            known = name if name in told else NAMED_OTHERWISE[name]
            assert told[known] == numbers[column], name
