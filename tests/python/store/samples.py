"""What the tests of the store share."""

from daimm_cli.artifact.unixfs import MAX_BLOCK, Cid
from daimm_cli.store.base import BlockSource, NotStored
from daimm_cli.store.local import LocalStore


def everything(store: LocalStore) -> dict[str, int]:
    """Every file below the store's directory but its lock, with its size."""
    return {
        str(path.relative_to(store.directory)): path.stat().st_size
        for path in store.directory.rglob("*")
        if path.is_file() and path.name != "lock"
    }


class Flaky:
    """A source that answers `wrong(block)` for one CID, and counts what it is asked for."""

    def __init__(self, source: BlockSource, at: Cid | None = None, answer: object = None) -> None:
        self.source = source
        self.at = at
        self.answer = answer
        self.asked: list[Cid] = []

    def block(self, cid: Cid, *, max_size: int = MAX_BLOCK) -> bytes:
        self.asked.append(cid)
        if cid == self.at:
            if isinstance(self.answer, Exception):
                raise self.answer
            assert isinstance(self.answer, bytes)
            return self.answer
        return self.source.block(cid, max_size=max_size)


class Blocks(dict[Cid, bytes]):
    """A source of exactly these blocks."""

    def block(self, cid: Cid, *, max_size: int = MAX_BLOCK) -> bytes:
        if cid not in self:
            raise NotStored(cid)
        return self[cid]
