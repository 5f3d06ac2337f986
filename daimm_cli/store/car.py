"""CAR version 1: a file's blocks in one stream, from the root down, depth first.

>>> for part in write(store, cid):
...     upload(part)

Nothing of a stream is held but one block. Format: https://ipld.io/specs/transport/car/carv1/
"""

from collections.abc import Callable, Iterator

from daimm_cli.artifact.protobuf import varint
from daimm_cli.artifact.unixfs import MAX_BLOCK, Cid, Node
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.files import Progress, no_progress
from daimm_cli.store.local import LocalStore

MAX_HEADER = 4096
_CID_LENGTH = 36
_ROOTS = b"\xa2\x65roots\x81\xd8\x2a\x58\x25\x00"
_VERSION = b"\x67version\x01"


def write(store: LocalStore, cid: str, *, progress: Progress = no_progress) -> Iterator[bytes]:
    """The stream of a file in the store, each block checked on its way out.

    `progress` is called with (bytes of the file handed out, bytes in all). Raises NotStored, and
    VerificationFailed where the disk changed the file.
    """
    dag = store.dag(cid)
    yield header(dag.root)
    try:
        with store.open(cid) as content:
            for block in dag.blocks():
                if isinstance(block, Node):
                    yield section(block.cid, block.block)
                    continue
                yield section(block.cid, content.read(block.size))
                progress(block.offset + block.size, dag.size)
    except OSError as error:
        raise DaimmError(
            f"The local store cannot be read ({error.strerror}): see `daimm doctor`."
        ) from None


def header(root: Cid) -> bytes:
    body = _ROOTS + bytes(root) + _VERSION
    return varint(len(body)) + body


def section(cid: Cid, block: bytes) -> bytes:
    return varint(_CID_LENGTH + len(block)) + bytes(cid) + block


class CarReader:
    """Blocks of a stream that nobody has to trust.

    read: returns exactly so many bytes, fewer only where the stream ends.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        size = self._length(MAX_HEADER)
        if size is None or len(read(size)) != size:
            raise _cut()

    def next(self, wanted: Cid, *, max_size: int = MAX_BLOCK) -> bytes | None:
        """The next block, if it is `wanted`; None for another one and at the end.

        Raises VerificationFailed for one that is not what its CID says, longer than `max_size`, or
        cut off.
        """
        size = self._length(_CID_LENGTH + max_size)
        if size is None:
            return None
        if size < _CID_LENGTH or self._read(_CID_LENGTH) != bytes(wanted):
            return None
        block = self._read(size - _CID_LENGTH)
        if len(block) != size - _CID_LENGTH:
            raise _cut()
        wanted.verify(block)
        return block

    def _length(self, limit: int) -> int | None:
        value = 0
        for shift in range(0, 28, 7):
            byte = self._read(1)
            if not byte:
                if shift:
                    raise _cut()
                return None
            value |= (byte[0] & 0x7F) << shift
            if byte[0] < 0x80:
                if not 0 < value <= limit:
                    raise VerificationFailed(
                        "A source sent a block larger than it may be: use another source."
                    )
                return value
        raise VerificationFailed("A source sent something that is no CAR: use another source.")


def _cut() -> VerificationFailed:
    return VerificationFailed("A source stopped in the middle of a block: use another source.")
