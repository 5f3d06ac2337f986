"""What runs in the sandbox and wants out: `attacks.py NAME ARGUMENT...` says what came of it."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import mmap
import os
import platform
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator

COLUMN = {"x86_64": 0, "aarch64": 1}[platform.machine()]
CALLS = {
    "fork": (57, None), "vfork": (58, None), "clone3": (435, 435), "unshare": (272, 97),
    "setns": (308, 268), "kill": (62, 129), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "rt_sigqueueinfo": (129, 138), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "bpf": (321, 280), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "keyctl": (250, 219), "add_key": (248, 217), "memfd_create": (319, 279),
    "memfd_secret": (447, 447), "shmget": (29, 194), "semget": (64, 190), "msgget": (68, 186),
    "mq_open": (240, 180), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "fsopen": (430, 430),
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200),
    "kexec_load": (246, 104), "init_module": (175, 105), "reboot": (169, 142),
    "setuid": (105, 146), "seccomp": (317, 277), "personality": (135, 92), "mlock": (149, 228),
    "inotify_init1": (294, 26), "fanotify_init": (300, 262), "timer_create": (222, 107),
    "eventfd2": (290, 19), "pipe2": (293, 59), "splice": (275, 76), "landlock": (444, 444),
    "futex_waitv": (449, 449), "execveat": (322, 281), "unlinkat": (263, 35),
    "mkdirat": (258, 34), "renameat2": (316, 276), "linkat": (265, 37), "fchmodat": (268, 53),
    "ftruncate": (77, 46), "syslog": (103, 116), "swapon": (167, 224), "none such": (999, 999),
}  # fmt: skip


def called(number: int, *arguments: int) -> str:
    """What the kernel says to a system call."""
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
    return "done" if done >= 0 else errno.errorcode[ctypes.get_errno()]


def calls() -> None:
    for name, numbers in CALLS.items():
        if (number := numbers[COLUMN]) is not None:
            print(name, called(number, 0, 0, 0, 0, 0), sep="\t", flush=True)


def clones() -> None:
    """Processes and namespaces, by the call that makes threads."""
    number = (56, 220)[COLUMN]
    for flags in (17, 0x4000 | 0x100, 0x10000000, 0x10000000 | 0x10F00, 0x40000000 | 0x10F00):
        print(called(number, flags, 0, 0, 0, 0))


def foreign() -> None:
    """System calls by other ABIs' numbers: x32's, then those of 32 bits."""
    print(called(0x40000000 | 39), flush=True)
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # mov eax, 20 (getpid); int 0x80; ret
    place = ctypes.addressof(ctypes.c_char.from_buffer(code))
    print(ctypes.CFUNCTYPE(ctypes.c_int)(place)())


def read(*paths: str) -> None:
    for path in paths:
        with tried(), open(path, "rb") as file:
            print(file.read(100))


def look() -> None:
    print(sorted(os.environ))
    print(sorted(os.listdir("/")))
    print(os.getpid(), os.getuid(), os.getgid())


def write(given: str) -> None:
    folders = {"/", "/tmp", "/dev/shm", "/var/tmp", "/given", os.path.dirname(given), "/etc"}
    folders |= {folder for folder, _, _ in os.walk("/") if len(folder) < 60}
    found = [folder for folder in sorted(folders) if writable(folder)]
    print(found)
    for what in (
        lambda: open(given, "ab"),
        lambda: os.remove(given),
        lambda: os.chmod(given, 0o777),
    ):
        with tried():
            what()
            print("done")


def writable(folder: str) -> bool:
    try:
        with open(os.path.join(folder, "mine"), "wb") as file:
            file.write(b"1")
    except OSError:
        return False
    return True


def sockets() -> None:
    for family in range(46):
        for kind in (1, 2, 3):
            with tried():
                socket.socket(family, kind).close()
                print("done")


def signals(parent: str) -> None:
    for process in (int(parent), 1, -1, os.getppid()):
        with tried():
            os.kill(process, 9)
            print("done")


def forks() -> None:
    with tried():
        for _ in range(100):
            if os.fork() == 0:
                time.sleep(60)
        print("done")


def threads() -> None:
    stop = threading.Event()
    count = 0
    with tried():
        for _ in range(100_000):
            threading.Thread(target=stop.wait, daemon=True).start()
            count += 1
    print(count, flush=True)
    os._exit(0)


def memory() -> None:
    with tried():
        print(len(bytearray(int(3e9))))


def spin() -> None:
    workers = [threading.Thread(target=burn, daemon=True) for _ in range(3)]
    for worker in workers:
        worker.start()
    burn()


def burn() -> None:
    while True:
        sum(range(10_000))


def wait() -> None:
    print("begun", flush=True)
    time.sleep(600)


def flood(descriptor: str) -> None:
    while True:
        os.write(int(descriptor), b"x" * 65536)


def files() -> None:
    kept: list[object] = []
    with tried():
        kept.extend(open(__file__, "rb") for _ in range(10_000))
    print(len(kept))


def ignore() -> None:
    """Takes no notice of the signal that says that its time is over."""
    import signal

    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    burn()


@contextlib.contextmanager
def tried() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        print(errno.errorcode[error.errno or 0])
    except (MemoryError, RuntimeError, OverflowError) as error:
        print(type(error).__name__)


ATTACKS: dict[str, Callable[..., None]] = {
    each.__name__: each
    for each in (
        calls, clones, flood, files, foreign, forks, ignore, look, memory, read, signals, sockets,
        spin, threads, wait, write,
    )
}  # fmt: skip

if __name__ == "__main__":
    ATTACKS[sys.argv[1]](*sys.argv[2:])
