"""Opening what was bought: from the delivered key to the model's files.

>>> fetch(session, order, version, Path("model.onnx"))
[PosixPath('model.onnx')]

What is written is what the version committed to, byte for byte, or nothing is written.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from daimm_cli.artifact import pipeline
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.files import Progress, open_regular, private_folder, sync_folder
from daimm_cli.market.listing import Sealed, obtain, read_listing
from daimm_cli.market.receive import line_key, require_delivered, take_delivered
from daimm_cli.models import pack
from daimm_cli.protocol.curve import Point, SecretPoint, compress
from daimm_cli.protocol.keys import file_key
from daimm_cli.store.fetcher import Stage, silent

if TYPE_CHECKING:
    from daimm_cli.index.rows import OrderRow, VersionRow
    from daimm_cli.manifest.manifest import SignedManifest
    from daimm_cli.session.session import Session

_CHUNK = 1 << 20


def fetch(
    session: Session,
    order: OrderRow,
    version: VersionRow,
    target: Path | None = None,
    *,
    unpack: bool = False,
) -> list[Path]:
    """Decrypt into the file `target`, or with `unpack` into a new folder of that name.

    target: None names it by its manifest. One that is there already is left alone if it is what
    would be written, and refused otherwise. Raises as `receive.take_delivered` and `listing`;
    WrongContent only where the key's proof holds, so that it is the seller who cheated.
    """
    require_delivered(order, session.now)
    line = order.offer.line
    try:
        return fetch_with(
            session, version, line, lambda opens: line_key(session, order, opens), target, unpack
        )
    except pipeline.WrongContent as wrong:
        take_delivered(session, order)
        wrong.hint = f"daimm order prove-wrong 0x{order.order_id.hex()}"
        raise


def fetch_with(
    session: Session,
    version: VersionRow,
    line: Point,
    key_of: Callable[[Callable[[SecretPoint], bool] | None], SecretPoint],
    target: Path | None,
    unpack: bool,
) -> list[Path]:
    """The same for whatever brought the line's key. key_of: gives S, told what tells whether an S
    opens the file."""
    if target is not None and not target.parent.is_dir():  # a typing error makes none
        raise DaimmError(f"There is no folder {target.parent}: make it, or name another place.")
    key_of(None)  # before anything is fetched: it outlives the node
    signed = read_listing(session, version, bought=True)
    sealed = obtain(session, signed)

    def opens(s: SecretPoint) -> bool:
        files, record = (sealed.ciphertext, sealed.digests), signed.artifact_record
        return pipeline.opens(*files, file_key(s), record)

    key = file_key(key_of(opens))
    target = target or _default_target(signed)
    made = _open(sealed, key, compress(line), target, unpack=unpack)
    if not unpack and signed.artifact.packing != "none":
        session.console.say(
            f"{made[0]} is a tar of {len(signed.files)} files: --unpack FOLDER gives the files."
        )
    return made


def _open(sealed: Sealed, key: bytes, line: bytes, target: Path, *, unpack: bool) -> list[Path]:
    """Decrypt into `target` as `fetch`; returns the files.

    Raises VerificationFailed where the content is not what was promised, by the version's roots or
    by the digests that the manifest lists.
    """
    signed, stage = sealed.signed, sealed.stage
    if target.exists() or target.is_symlink():
        return _already_there(signed, target, unpack)
    with private_folder(target) as work:
        opened = work / "opened"
        with stage("decrypting") as report:
            try:
                files, record = (sealed.ciphertext, sealed.digests), signed.artifact_record
                pipeline.unseal(*files, opened, key, line, record, progress=report)
            except pipeline.WrongContent:
                raise
            except VerificationFailed as error:
                raise sealed.damaged(error) from None
        _require_listed(signed, opened, stage)
        made = work / "files" if unpack else opened
        if unpack and signed.artifact.packing == "none":
            made.mkdir()
            opened.rename(_paths(signed, made)[0])
        elif unpack:
            pack.unpack(opened, made)
        made.rename(target)
        sync_folder(target.parent)
    return _paths(signed, target) if unpack else [target]


def _default_target(signed: SignedManifest) -> Path:
    """What the opened file is called unless told: the model file's name, or the pack's."""
    if signed.artifact.packing == "none":
        return Path(Path(signed.files[0].name).name)
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{signed.name}-{signed.version}").strip(".-")
    return Path(f"{plain[:100] or 'model'}.tar")


def _require_listed(signed: SignedManifest, opened: Path, stage: Stage) -> None:
    """Raise VerificationFailed unless what was opened is the files that the manifest lists.

    No root covers these digests: they are the seller's word, signed.
    """
    listed = [(file.name, file.sha256) for file in signed.files]
    with stage("checking the files") as report:
        if signed.artifact.packing == "none":
            found = [(listed[0][0], _digest(opened, report))]
        else:
            found = pack.digests(opened, progress=report)
    if found != listed:
        what = "names"
        if [name for name, _ in found] == [name for name, _ in listed]:
            what = next(one[0] for one, it in zip(found, listed, strict=True) if one != it)
        raise VerificationFailed(
            f"The key opens to other files than the manifest lists ({what}): nothing was written. "
            "The manifest is signed, so it, the ciphertext and the key show it to anybody."
        )


def _already_there(signed: SignedManifest, target: Path, unpack: bool) -> list[Path]:
    """The files of an earlier run; raises DaimmError where something else is there."""
    paths = _paths(signed, target) if unpack else [target]
    try:
        if unpack:
            found = [_digest(path) for path in paths]
            right = found == [file.sha256 for file in signed.files]
        elif right := target.is_file():
            pipeline.verify_plaintext(target, signed.artifact_record)
    except DaimmError:
        right = False
    if not right:
        raise DaimmError(
            f"{target} exists and is something else: name another place for the model."
        )
    if not unpack:
        _require_listed(signed, target, silent)
    return paths


def _digest(path: Path, progress: Progress | None = None) -> str:
    digest = sha256()
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        while part := file.read(_CHUNK):
            digest.update(part)
            if progress:
                progress(file.tell(), size)
    return digest.hexdigest()


def _paths(signed: SignedManifest, folder: Path) -> list[Path]:
    names = [file.name for file in signed.files]
    if any(part in ("", ".", "..") for name in names for part in name.split("/")):
        raise VerificationFailed("The manifest lists a file that leads elsewhere: don't open it.")
    if signed.artifact.packing == "none" and "/" in names[0]:
        raise VerificationFailed("The manifest lists a single file in a folder: don't open it.")
    return [folder / name for name in names]
