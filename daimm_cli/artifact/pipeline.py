"""Seal a model file, check a sealed one before paying, open it afterwards: one pass each.

>>> binding = b"associated data"
>>> sealed = seal(Path("m.onnx"), Path("m.sealed"), Path("m.digests"), bytes(32), binding)
>>> checked = check(Path("m.sealed"), Path("m.digests"), expect=sealed.artifact)
>>> checked.ciphertext.cid == sealed.ciphertext.cid
True
>>> unseal(Path("m.sealed"), Path("m.digests"), Path("m"), bytes(32), binding, sealed.artifact)
Opened(size=..., untagged=())

Files appear whole or not at all. Memory does not grow with the file, but for 200 bytes per MiB.
"""

import contextlib
import os
import struct
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from daimm_cli.artifact import merkle, stream, unixfs, workers
from daimm_cli.artifact.kernel import Job, Kernel, Outcome, Task
from daimm_cli.artifact.outputs import reserve, unbuffered
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.files import Progress, atomic_file, open_regular

_COMMITMENT = struct.Struct(">15s32s7sQI32s32s")


@dataclass(frozen=True)
class Artifact:
    """What a version commits to: enough to check its files, and to prove that one is wrong.

    size: plaintext bytes; leaf_size: bytes; roots: 32 bytes.
    """

    header: stream.Header
    size: int
    leaf_size: int
    combined_root: bytes
    plaintext_root: bytes

    def __post_init__(self) -> None:
        if (len(self.combined_root), len(self.plaintext_root)) != (32, 32):
            raise DaimmError("A root has 32 bytes: check the manifest.")
        stream.Segments(self.leaves.size)

    @property
    def commitment(self) -> bytes:
        packed = _COMMITMENT.pack(
            b"DAIMM/commit/v1",
            self.header.salt,
            self.header.prefix,
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


@dataclass(frozen=True)
class Opened:
    """size: plaintext bytes; untagged: segments whose tag was wrong and whose content was right."""

    size: int
    untagged: tuple[int, ...]


class WrongContent(VerificationFailed):
    """The ciphertext is the one committed to, and decrypts to something else: provable fraud."""

    def __init__(self, slot: int) -> None:
        super().__init__(
            f"The key opens this file to other content than was promised (first at leaf {slot}). "
            "If the key was proven right on the chain, this is evidence: dispute the order."
        )
        self.slot = slot


def seal(
    source: Path,
    ciphertext: Path,
    digests: Path,
    key: bytes,
    binding: bytes,
    *,
    header: stream.Header | None = None,
    leaf_size: int = merkle.LEAF,
    processes: int | None = None,
    progress: Progress | None = None,
) -> Sealed:
    """Encrypt `source` under the 32-byte `key`, bound to `binding`; write the two public files.

    `header` is random unless given; one header must never seal two different plaintexts.
    """
    header = header or stream.Header.fresh()
    if len({path.resolve() for path in (source, ciphertext, digests)}) != 3:
        raise DaimmError("Source, ciphertext and digest list must be three different files.")
    with contextlib.ExitStack() as files:
        plain = files.enter_context(open_regular(source))
        before = os.fstat(plain.fileno())
        leaves = merkle.Leaves(before.st_size, leaf_size)
        listed = files.enter_context(atomic_file(digests))
        sealed = files.enter_context(atomic_file(ciphertext))
        reserve(sealed, leaves.segments.ciphertext_size)
        job = Job(
            Task.SEAL,
            leaves,
            plain.fileno(),
            sealed.fileno(),
            listed.fileno(),
            stream.file_key(key, binding, header.salt),
            header,
            files.enter_context(unbuffered(sealed)),
        )
        artifact, dag = _gather(job, processes, progress)
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
    *,
    expect: Artifact | None = None,
    leaf_size: int = merkle.LEAF,
    processes: int | None = None,
    progress: Progress | None = None,
) -> Sealed:
    """Recompute roots and CIDs from the two public files; nobody's key is needed.

    Raises VerificationFailed where they are not what `expect` says.
    """
    with open_regular(ciphertext) as sealed, open_regular(digests) as listed:
        header = stream.Header.parse(sealed.read(stream.HEADER))
        segments = stream.Segments.of_ciphertext(os.fstat(sealed.fileno()).st_size)
        leaves = merkle.Leaves(segments.size, expect.leaf_size if expect else leaf_size)
        if expect and (header, segments.size) != (expect.header, expect.size):
            raise not_promised("ciphertext")
        merkle.DigestList(listed, leaves)
        job = Job(Task.CHECK, leaves, sealed.fileno(), -1, listed.fileno(), header=header)
        artifact, dag = _gather(job, processes, progress)
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
    binding: bytes,
    expect: Artifact,
    *,
    processes: int | None = None,
    progress: Progress | None = None,
) -> Opened:
    """Decrypt into `target` (mode 0600), which appears only if all of it is what was promised.

    A wrong tag over the right content is let pass. Raises WrongContent where ciphertext and list
    are the committed ones and the key opens them to something else.
    """
    header, leaves = expect.header, expect.leaves
    derived = stream.file_key(key, binding, header.salt)
    if target.resolve() in (ciphertext.resolve(), digests.resolve()):
        raise DaimmError("The opened file must not replace what it is opened from: name another.")
    with open_regular(ciphertext) as sealed, open_regular(digests) as listed:
        found = stream.Header.parse(sealed.read(stream.HEADER))
        length = os.fstat(sealed.fileno()).st_size
        if (found, length) != (header, leaves.segments.ciphertext_size):
            raise not_promised("ciphertext")
        merkle.DigestList(listed, leaves)
        untagged = []
        with contextlib.ExitStack() as stack:
            plain = stack.enter_context(atomic_file(target, mode=0o600))
            reserve(plain, leaves.size)
            fds = sealed.fileno(), plain.fileno(), listed.fileno()
            direct = stack.enter_context(unbuffered(plain))
            job = Job(Task.OPEN, leaves, *fds, derived, header, direct)
            running = workers.run(job, workers=processes, progress=progress)
            roots = []
            for segment, result in enumerate(stack.enter_context(running)):
                if result.outcome is Outcome.WRONG:
                    check(ciphertext, digests, expect=expect, processes=processes)
                    raise WrongContent(segment * leaves.per_segment + result.wrong)
                if result.outcome is Outcome.UNTAGGED:
                    untagged.append(segment)
                roots.append(result.plaintext)
            if leaves.root(roots) != expect.plaintext_root:
                raise not_promised("digest list")
    return Opened(leaves.size, tuple(untagged))


def opens(ciphertext: Path, digests: Path, key: bytes, binding: bytes, expect: Artifact) -> bool:
    """Whether the key opens the beginning of the file to what was promised.

    False says nothing of the key where the files are not the committed ones (see `check`).
    """
    try:
        with open_regular(ciphertext) as sealed, open_regular(digests) as listed:
            merkle.DigestList(listed, expect.leaves)
            fds = sealed.fileno(), -1, listed.fileno()
            derived = stream.file_key(key, binding, expect.header.salt)
            kernel = Kernel(Job(Task.OPEN, expect.leaves, *fds, derived, expect.header))
            return kernel(0).outcome is not Outcome.WRONG
    except VerificationFailed:
        return False


def plaintext_root(
    source: Path,
    *,
    leaf_size: int = merkle.LEAF,
    processes: int | None = None,
    progress: Progress | None = None,
) -> bytes:
    """The plaintext root of a model file: what priority and attestations speak of."""
    with open_regular(source) as plain:
        leaves = merkle.Leaves(os.fstat(plain.fileno()).st_size, leaf_size)
        job = Job(Task.DIGEST, leaves, plain.fileno())
        with workers.run(job, workers=processes, progress=progress) as results:
            return leaves.root([result.plaintext for result in results])


def verify_plaintext(source: Path, expect: Artifact, *, processes: int | None = None) -> None:
    """Raises VerificationFailed unless `source` is the plaintext that `expect` promises."""
    with open_regular(source) as plain:
        size = os.fstat(plain.fileno()).st_size
    if size != expect.size or expect.plaintext_root != plaintext_root(
        source, leaf_size=expect.leaf_size, processes=processes
    ):
        raise not_promised("file")


def _gather(
    job: Job, processes: int | None, progress: Progress | None
) -> tuple[Artifact, unixfs.Dag]:
    leaves = job.leaves
    combined, plaintext = [], []
    builder = unixfs.DagBuilder()
    left = leaves.segments.ciphertext_size
    with workers.run(job, workers=processes, progress=progress) as results:
        for result in results:
            combined.append(result.combined)
            plaintext.append(result.plaintext)
            builder.add(result.chunk, min(stream.SEGMENT, left))
            left -= stream.SEGMENT
    roots = leaves.root(combined), leaves.root(plaintext)
    return Artifact(job.header, leaves.size, leaves.leaf_size, *roots), builder.finish()


def not_promised(what: str) -> VerificationFailed:
    return VerificationFailed(
        f"The {what} is not the one that this version commits to: fetch it again from another "
        "source, and do not pay for it."
    )
