"""Seal a model file, check a sealed one before paying, open it afterwards: one pass each.

>>> files = Path("m.age"), Path("m.digests")
>>> sealed = seal(Path("m.onnx"), *files, key, line)
>>> checked = check(*files, line, expect=sealed.artifact)
>>> checked.ciphertext.cid == sealed.ciphertext.cid
True
>>> unseal(*files, Path("m"), key, line, sealed.artifact)

The key is the line's 16-byte file key, the line its point in 33 bytes (`age`). Files appear whole
or not at all. Memory does not grow with the file, but for 200 bytes per MiB.
"""

import contextlib
import os
import struct
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from daimm_cli.artifact import age, merkle, unixfs, workers
from daimm_cli.artifact.kernel import Job, Kernel, Task
from daimm_cli.artifact.outputs import reserve, unbuffered
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.files import Progress, atomic_file, open_regular

_COMMITMENT = struct.Struct(">15s16sQI32s32s")


@dataclass(frozen=True)
class Artifact:
    """What a version commits to: enough to check its files, and to prove that one is wrong.

    file_nonce: 16 bytes; size: plaintext bytes; leaf_size: bytes; roots: 32 bytes.
    """

    file_nonce: bytes
    size: int
    leaf_size: int
    combined_root: bytes
    plaintext_root: bytes

    def __post_init__(self) -> None:
        lengths = len(self.file_nonce), len(self.combined_root), len(self.plaintext_root)
        if lengths != (age.NONCE, 32, 32):
            raise DaimmError("A nonce has 16 bytes and a root 32: check the manifest.")
        age.Layout(self.leaves.size)

    @property
    def commitment(self) -> bytes:
        packed = _COMMITMENT.pack(
            b"DAIMM/commit/v2",
            self.file_nonce,
            self.size,
            self.leaf_size,
            self.combined_root,
            self.plaintext_root,
        )
        return sha256(packed).digest()

    @property
    def leaves(self) -> merkle.Leaves:
        return merkle.Leaves(self.size, self.leaf_size)


@dataclass(frozen=True)
class Sealed:
    """An artifact and the CIDs of its two files."""

    artifact: Artifact
    ciphertext: unixfs.Dag
    digests: unixfs.Dag


class WrongContent(VerificationFailed):
    """The ciphertext is the one committed to, and decrypts to something else: provable fraud."""

    def __init__(self, slot: int) -> None:
        super().__init__(
            f"The key opens this file to other content than was promised (first at leaf {slot}). "
            "If the key was proven right on the chain, this is the seller's fault."
        )
        self.slot = slot


def seal(
    source: Path,
    ciphertext: Path,
    digests: Path,
    key: bytes,
    line: bytes,
    *,
    nonce: bytes | None = None,
    leaf_size: int = merkle.LEAF,
    processes: int | None = None,
    progress: Progress | None = None,
) -> Sealed:
    """Encrypt `source` under the line's file key; write the two public files.

    `nonce` is random unless given; one nonce must never seal two different plaintexts.
    """
    nonce = nonce or os.urandom(age.NONCE)
    front = age.front(line, key, nonce)
    if len({path.resolve() for path in (source, ciphertext, digests)}) != 3:
        raise DaimmError("Source, ciphertext and digest list must be three different files.")
    with contextlib.ExitStack() as files:
        plain = files.enter_context(open_regular(source))
        before = os.fstat(plain.fileno())
        leaves = merkle.Leaves(before.st_size, leaf_size)
        listed = files.enter_context(atomic_file(digests))
        sealed = files.enter_context(atomic_file(ciphertext))
        reserve(sealed, leaves.layout.ciphertext_size)
        fds = plain.fileno(), sealed.fileno(), listed.fileno()
        direct = files.enter_context(unbuffered(sealed))
        secret = age.payload_key(key, nonce)
        job = Job(Task.SEAL, leaves, *fds, secret, front, direct)
        artifact, dag = _gather(job, nonce, processes, progress)
        after = os.fstat(plain.fileno())
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise DaimmError(f"{source} changed while it was sealed: leave it alone and try again.")
        os.fsync(listed.fileno())
        with os.fdopen(os.dup(listed.fileno()), "rb") as written:
            written.seek(0)
            return Sealed(artifact, dag, unixfs.dag_of_file(written))


def check(
    ciphertext: Path,
    digests: Path,
    line: bytes,
    *,
    expect: Artifact | None = None,
    leaf_size: int = merkle.LEAF,
    processes: int | None = None,
    progress: Progress | None = None,
) -> Sealed:
    """Recompute roots and CIDs from the two public files; nobody's key is needed.

    Raises VerificationFailed where they are not what `expect` says, or of another line.
    """
    with open_regular(ciphertext) as sealed, open_regular(digests) as listed:
        nonce, size = _beginning(sealed, line)
        leaves = merkle.Leaves(size, expect.leaf_size if expect else leaf_size)
        if expect and (nonce, size) != (expect.file_nonce, expect.size):
            raise not_promised("ciphertext")
        merkle.DigestList(listed, leaves)
        job = Job(Task.CHECK, leaves, sealed.fileno(), -1, listed.fileno())
        artifact, dag = _gather(job, nonce, processes, progress)
        if expect and artifact.plaintext_root != expect.plaintext_root:
            raise not_promised("digest list")
        if expect and artifact.combined_root != expect.combined_root:
            raise not_promised("ciphertext")
        listed.seek(0)
        return Sealed(artifact, dag, unixfs.dag_of_file(listed))


def unseal(
    ciphertext: Path,
    digests: Path,
    target: Path,
    key: bytes,
    line: bytes,
    expect: Artifact,
    *,
    processes: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Decrypt into `target` (mode 0600), which appears only if all of it is what was promised.

    Tags, the header's too, are not looked at: the digest list binds more. Raises WrongContent where
    ciphertext and list are the committed ones and the key opens them to something else.
    """
    leaves = expect.leaves
    secret = age.payload_key(key, expect.file_nonce)
    if target.resolve() in (ciphertext.resolve(), digests.resolve()):
        raise DaimmError("The opened file must not replace what it is opened from: name another.")
    with open_regular(ciphertext) as sealed, open_regular(digests) as listed:
        if _beginning(sealed, line) != (expect.file_nonce, expect.size):
            raise not_promised("ciphertext")
        merkle.DigestList(listed, leaves)
        with contextlib.ExitStack() as stack:
            plain = stack.enter_context(atomic_file(target, mode=0o600))
            reserve(plain, leaves.size)
            fds = sealed.fileno(), plain.fileno(), listed.fileno()
            direct = stack.enter_context(unbuffered(plain))
            job = Job(Task.OPEN, leaves, *fds, secret, direct=direct)
            found = workers.run(job, workers=processes, progress=progress)
            if found.wrong is not None:
                check(ciphertext, digests, line, expect=expect, processes=processes)
                raise WrongContent(found.wrong)
            if leaves.root(found.plaintext) != expect.plaintext_root:
                raise not_promised("digest list")


def opens(ciphertext: Path, digests: Path, key: bytes, expect: Artifact) -> bool:
    """Whether the key opens the beginning of the file to what was promised.

    False says nothing of the key where the files are not the committed ones (see `check`).
    """
    try:
        with open_regular(ciphertext) as sealed, open_regular(digests) as listed:
            merkle.DigestList(listed, expect.leaves)
            fds = sealed.fileno(), -1, listed.fileno()
            secret = age.payload_key(key, expect.file_nonce)
            kernel = Kernel(Job(Task.OPEN, expect.leaves, *fds, secret))
            return kernel(range(1)).wrong is None
    except VerificationFailed:
        return False


def verify_plaintext(source: Path, expect: Artifact, *, processes: int | None = None) -> None:
    """Raises VerificationFailed unless `source` is the plaintext that `expect` promises."""
    with open_regular(source) as plain:
        job, root = Job(Task.DIGEST, expect.leaves, plain.fileno()), expect.plaintext_root
        same = os.fstat(plain.fileno()).st_size == expect.size
        if not same or expect.leaves.root(workers.run(job, workers=processes).plaintext) != root:
            raise not_promised("file")


def _beginning(sealed: BinaryIO, line: bytes) -> tuple[bytes, int]:
    """The nonce, and how long the plaintext is."""
    nonce = age.nonce_of(sealed.read(age.START), line)
    return nonce, age.Layout.of_ciphertext(os.fstat(sealed.fileno()).st_size).size


def _gather(
    job: Job, nonce: bytes, processes: int | None, progress: Progress | None
) -> tuple[Artifact, unixfs.Dag]:
    leaves, found = job.leaves, workers.run(job, workers=processes, progress=progress)
    roots = leaves.root(found.combined), leaves.root(found.plaintext)
    sizes = [unixfs.CHUNK] * len(found.cid_chunks)
    sizes[-1] += leaves.layout.ciphertext_size - sum(sizes)
    dag = unixfs.dag_of_chunks(list(zip(found.cid_chunks, sizes, strict=True)))
    return Artifact(nonce, leaves.size, leaves.leaf_size, *roots), dag


def not_promised(what: str) -> VerificationFailed:
    return VerificationFailed(
        f"The {what} is not the one that this version commits to: fetch it again from another "
        "source, and do not pay for it."
    )
