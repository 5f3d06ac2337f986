import hashlib
import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.models import pack
from daimm_cli.models.inspect import RefusedModel, inspect_files

LONG = "d" * 90 + "/" + "e" * 80 + "/weights.txt"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder as Hugging Face lays it out: weights, configuration, tokenizer, hidden files."""
    folder = tmp_path / "model"
    (folder / "onnx").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("secret")
    (folder / ".gitattributes").write_text("*")
    save_file({"w": np.arange(600, dtype=np.float32)}, folder / "model.safetensors")
    (folder / "config.json").write_text('{"a": 1}')
    (folder / "Z.txt").write_bytes(b"")
    (folder / "onnx" / "notes.md").write_bytes(b"x" * 512)
    return folder


def written(entries: list[pack.Member], folder: Path, name: str = "p.tar") -> Path:
    assert pack.pack_to(entries, folder / name) == (folder / name).stat().st_size
    return folder / name


def test_there_and_back(model: Path, tmp_path: Path) -> None:
    names = ["Z.txt", "config.json", "model.safetensors", "onnx/notes.md"]
    entries = pack.collect([model])
    assert [entry.name for entry in entries] == names
    packed = written(entries, tmp_path)
    assert packed.stat().st_size == pack.pack_size(entries)
    assert pack.unpack(packed, tmp_path / "deep" / "out") == names
    for name in names:
        assert (tmp_path / "deep" / "out" / name).read_bytes() == (model / name).read_bytes()
    assert [entry.name for entry in (tmp_path / "deep").iterdir()] == ["out"]
    assert (tmp_path / "deep" / "out").stat().st_mode & 0o777 == 0o700


def test_what_was_unpacked_is_on_the_disk_before_it_has_its_name(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = written(pack.collect([model]), tmp_path)
    synced: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        assert (tmp_path / "out").exists() == (len(synced) > 4)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    pack.unpack(packed, tmp_path / "out")
    assert synced == ["Z.txt", "config.json", "model.safetensors", "notes.md", tmp_path.name]


def test_bytes_depend_on_names_and_contents_alone(model: Path, tmp_path: Path) -> None:
    first = written(pack.collect([model]), tmp_path).read_bytes()
    copy = tmp_path / "copy"
    for name in ("onnx/notes.md", "model.safetensors", "config.json", "Z.txt"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(model / name, copy / name)
        os.utime(copy / name, (1, 1))
        (copy / name).chmod(0o700)
    second = written(pack.collect([copy]), tmp_path, "q.tar").read_bytes()
    assert first == second
    known = written(pack.collect([model / "config.json", model / "Z.txt"]), tmp_path, "r.tar")
    assert hashlib.sha256(known.read_bytes()).hexdigest().startswith("45435765b1e8f7fc")


def test_it_is_what_gnu_tar_writes(model: Path, tmp_path: Path) -> None:
    entries = pack.collect([model])
    ours = written(entries, tmp_path).read_bytes()
    theirs = subprocess.run(
        ["tar", "--format=ustar", "--sort=name", "--mtime=@0", "--owner=0", "--group=0",
         "--numeric-owner", "--mode=0644", "-C", str(model), "-cf", "-",
         *(entry.name for entry in entries)],
        capture_output=True,
        check=True,
    ).stdout  # fmt: skip
    assert ours == theirs


def test_pythons_tarfile_reads_it_long_names_included(tmp_path: Path) -> None:
    path = tmp_path / "in" / LONG
    path.parent.mkdir(parents=True)
    path.write_bytes(b"hello")
    packed = written(pack.collect([tmp_path / "in"]), tmp_path)
    with tarfile.open(packed) as archive:
        (member,) = archive.getmembers()
        assert (member.name, member.size, member.mode, member.mtime) == (LONG, 5, 0o644, 0)
        reader = archive.extractfile(member)
        assert reader is not None
        assert reader.read() == b"hello"
    assert pack.unpack(packed, tmp_path / "out") == [LONG]


def test_files_named_one_by_one_have_no_folder(model: Path) -> None:
    entries = pack.collect([model / "model.safetensors", model / "onnx" / "notes.md"])
    assert [entry.name for entry in entries] == ["model.safetensors", "notes.md"]


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(0, 3000), min_size=1, max_size=30))
def test_the_announced_size_is_the_written_one(
    sizes: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("sizes")
    for index, size in enumerate(sizes):
        (folder / f"f{index}.txt").write_bytes(b"z" * size)
    entries = pack.collect([folder])
    packed = written(entries, folder)
    size = packed.stat().st_size
    assert size == pack.pack_size(entries)
    assert size % pack.RECORD == 0
    names = pack.unpack(packed, folder / "out")
    assert names == sorted(f"f{index}.txt" for index in range(len(sizes)))


@pytest.mark.parametrize(
    "name",
    ["-rf.txt", "a b .txt ", "é.txt", "a:b.txt", "a\\b.txt", "con.txt", "CON .txt",
     "com1 .a.b", "lpt9 .txt", "a\nb.txt", "x" * 101,
     "NUL", "a..", "a\x1b[2J.txt"],
)  # fmt: skip
def test_names_that_not_every_system_holds_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("")
    with pytest.raises(DaimmError, match=r"cannot be a file's name|too long") as caught:
        pack.collect([tmp_path / name])
    assert "\x1b" not in caught.value.message


def test_one_name_for_two_files_is_refused(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.txt").write_text("")
    (tmp_path / "a" / "SAME.txt").write_text("")
    with pytest.raises(DaimmError, match="Two files would be called"):
        pack.collect([tmp_path / "a" / "same.txt", tmp_path / "b" / "same.txt"])
    with pytest.raises(DaimmError, match="Two files would be called"):
        pack.collect([tmp_path / "a"])


def test_links_specials_and_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DaimmError, match="no file to publish"):
        pack.collect([tmp_path])
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "link.json").symlink_to(tmp_path / "secret")
    with pytest.raises(DaimmError, match="symbolic link"):
        pack.collect([tmp_path / "m"])
    (tmp_path / "m" / "link.json").unlink()
    (tmp_path / "m" / "sub").symlink_to(tmp_path)
    with pytest.raises(DaimmError, match="symbolic link"):
        pack.collect([tmp_path / "m"])
    (tmp_path / "m" / "sub").unlink()
    os.mkfifo(tmp_path / "m" / "pipe")
    with pytest.raises(DaimmError, match="not a regular file"):
        pack.collect([tmp_path / "m"])
    with pytest.raises(DaimmError, match="There is no file"):
        pack.collect([tmp_path / "none.onnx"])


def test_a_file_that_changes_while_packed_leaves_nothing(model: Path, tmp_path: Path) -> None:
    for change in (b"", b'{"a": 1}x'):
        entries = pack.collect([model])
        (model / "config.json").write_bytes(change)
        with pytest.raises(DaimmError, match="changed while"):
            pack.pack_to(entries, tmp_path / "p.tar")
        assert not (tmp_path / "p.tar").exists()


def test_every_file_is_inspected(model: Path) -> None:
    files = inspect_files(pack.collect([model]))
    assert [(file.name, file.format) for file in files] == [
        ("Z.txt", "txt"),
        ("config.json", "json"),
        ("model.safetensors", "safetensors"),
        ("onnx/notes.md", "md"),
    ]
    for file in files:
        data = (model / file.name).read_bytes()
        assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert [file.is_model for file in files] == [False, False, True, False]


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("pytorch_model.bin", b"x", "PyTorch"),
        ("optimizer.pkl", b"x", "pickle"),
        ("config.json", b"\x80\x04\x95", "config.json is refused. It is a pickle"),
        ("vocab.txt", b"PK\x03\x04", "zip"),
        ("modeling.py", b"import os", "files like .py do not go"),
        ("run.sh", b"#!/bin/sh", "files like .sh do not go"),
        ("LICENSE", b"\x7fELF", "a program"),
        ("other.onnx", b"junk", "other.onnx is refused"),
    ],
)
def test_a_bad_file_beside_the_model_is_refused(
    model: Path, name: str, data: bytes, says: str
) -> None:
    (model / name).write_bytes(data)
    with pytest.raises(RefusedModel, match=says):
        inspect_files(pack.collect([model]))


def test_files_without_a_model_are_refused(model: Path) -> None:
    with pytest.raises(RefusedModel, match="None of these files is a model"):
        inspect_files(pack.collect([model / "config.json"]))


def archive(*members: tuple[str, dict[str, Any], bytes], **options: Any) -> bytes:
    memory = io.BytesIO()
    with tarfile.open(
        fileobj=memory, mode="w", **{"format": tarfile.USTAR_FORMAT, **options}
    ) as tar:
        for name, changes, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            for field, value in changes.items():
                setattr(member, field, value)
            tar.addfile(member, io.BytesIO(data))
    return as_gnu(memory.getvalue())


def as_gnu(data: bytes) -> bytes:
    """Fill the device numbers of plain files with zeros, as GNU tar does and Python does not."""
    out = bytearray(data)
    for start in range(0, len(out), 512):
        if out[start + 257 : start + 262] == b"ustar" and out[start + 156 : start + 157] == b"0":
            out[start + 329 : start + 345] = b"0000000\0" * 2
            out[start + 148 : start + 156] = b" " * 8
            checksum = sum(out[start : start + 512])
            out[start + 148 : start + 156] = b"%06o\0 " % checksum
    return bytes(out)


def good(*members: tuple[str, bytes]) -> bytes:
    return archive(*((name, {}, data) for name, data in members))


PLAIN = good(("a.txt", b"hello"), ("b.txt", b"x" * 600))


def test_tarfile_writes_what_we_accept(tmp_path: Path) -> None:
    assert pack.unpack(io.BytesIO(PLAIN), tmp_path / "out") == ["a.txt", "b.txt"]


LINK = {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}
TRICKS = {
    "parent": good(("../evil.txt", b"x")),
    "parent inside": good(("a/../../evil.txt", b"x")),
    "absolute": good(("/tmp/evil.txt", b"x")),
    "empty part": good(("a//b.txt", b"x")),
    "dot": good(("./a.txt", b"x")),
    "hidden": good((".bashrc", b"x")),
    "a folder for each file's every letter": good(("a/" * 17 + "a.txt", b"x")),
    "backslash": good(("..\\evil.txt", b"x")),
    "drive": good(("C:evil.txt", b"x")),
    "symbolic link": archive(("a.txt", LINK, b"")),
    "hard link": archive(("a.txt", {"type": tarfile.LNKTYPE, "linkname": "/etc/passwd"}, b"")),
    "folder": archive(("a", {"type": tarfile.DIRTYPE}, b"")),
    "device": archive(("a.txt", {"type": tarfile.CHRTYPE, "devmajor": 1}, b"")),
    "pipe": archive(("a.txt", {"type": tarfile.FIFOTYPE}, b"")),
    "set-uid": archive(("a.txt", {"mode": 0o4755}, b"x")),
    "owner": archive(("a.txt", {"uid": 1000}, b"x")),
    "owner's name": archive(("a.txt", {"uname": "root"}, b"x")),
    "time": archive(("a.txt", {"mtime": 1}, b"x")),
    "pax": archive(("é" * 5 + ".txt", {}, b"x"), format=tarfile.PAX_FORMAT),
    "gnu long name": archive(("a" * 150, {}, b"x"), format=tarfile.GNU_FORMAT),
    "out of order": good(("b.txt", b"x"), ("a.txt", b"x")),
    "twice": good(("a.txt", b"x"), ("a.txt", b"y")),
    "twice in another case": good(("A.txt", b"x"), ("a.txt", b"y")),
    "file and folder": good(("a", b"x"), ("a/b.txt", b"y")),
    "wrong checksum": PLAIN[:100] + b"1" + PLAIN[101:],
    "bytes in the padding": PLAIN[:520] + b"!" + PLAIN[521:],
    "bytes after the end": PLAIN[:-1] + b"!",
    "more after the end": PLAIN + bytes(512),
    "less than a record": PLAIN[:-512],
    "truncated in a file": PLAIN[:1600],
    "truncated in a header": PLAIN[:300],
    "no end": PLAIN[:2560],
    "nothing in it": bytes(10240),
    "no bytes": b"",
    "a size past the end": pack._header("a.txt", 8_000_000_000),
    "not a pack": b"hello " * 400,
}


@pytest.mark.parametrize("data", TRICKS.values(), ids=TRICKS.keys())
def test_tricks_are_refused_and_leave_nothing(tmp_path: Path, data: bytes) -> None:
    place = tmp_path / "place"
    with pytest.raises(VerificationFailed, match="cannot be trusted"):
        pack.unpack(io.BytesIO(data), place / "out")
    assert list(place.iterdir()) == []
    assert {entry.name for entry in tmp_path.iterdir()} == {"place"}


@settings(max_examples=200, deadline=None)
@given(position=st.integers(0, len(PLAIN) - 1), bit=st.integers(0, 7))
def test_no_single_bit_may_differ_outside_the_contents(
    position: int, bit: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    changed = bytearray(PLAIN)
    changed[position] ^= 1 << bit
    place = tmp_path_factory.mktemp("bit")
    if 512 <= position < 517 or 1536 <= position < 2136:
        pack.unpack(io.BytesIO(bytes(changed)), place / "out")
    else:
        with pytest.raises(VerificationFailed):
            pack.unpack(io.BytesIO(bytes(changed)), place / "out")


def test_nothing_is_unpacked_over_anything(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(DaimmError, match="exists"):
        pack.unpack(io.BytesIO(PLAIN), tmp_path / "out")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    with pytest.raises(DaimmError, match="exists"):
        pack.unpack(io.BytesIO(PLAIN), tmp_path / "dangling")
