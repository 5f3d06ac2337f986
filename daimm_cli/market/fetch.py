"""Opening what was bought: from the delivered key to the model's files.

>>> bought = Bought(order, version)
>>> fetched = fetch(chain, records, seed, fetcher, bought, Path("model.onnx"))
>>> fetched.files
[PosixPath('model.onnx')]

What is written is what the version committed to, byte for byte, or nothing is written.
"""

from __future__ import annotations

import functools
import os
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from daimm_cli.artifact import pipeline
from daimm_cli.base.errors import DaimmError, OutsideFailed, VerificationFailed
from daimm_cli.base.files import Progress, open_regular, private_folder, sync_folder
from daimm_cli.market.listing import Files, Listing, damaged, obtain, read_listing
from daimm_cli.market.receive import line_key, require_delivered, take_delivered
from daimm_cli.market.records import Records
from daimm_cli.models import pack
from daimm_cli.protocol.curve import Point, SecretPoint
from daimm_cli.protocol.keys import associated_data, content_key
from daimm_cli.store.fetcher import Fetcher, Stage, silent

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.index.rows import OrderRow, VersionRow
    from daimm_cli.manifest.manifest import SignedManifest

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Fetched:
    """What was opened, and where its files are."""

    listing: Listing
    files: list[Path]


def fetch(
    chain: Chain,
    records: Records,
    seed: bytes,
    fetcher: Fetcher,
    order: OrderRow,
    version: VersionRow,
    target: Path | None = None,
    *,
    unpack: bool = False,
    stage: Stage = silent,
) -> Fetched:
    """Decrypt into the file `target`, or with `unpack` into a new folder of that name.

    target: None names it by its manifest. One that is there already is left alone if it is what
    would be written, and refused otherwise. Raises as `receive.take_delivered` and `listing`;
    WrongContent only where the key's proof holds, so that it is the seller who cheated.
    """
    require_delivered(order)
    if target is not None:
        require_folder(target)
    line_key(chain, records, seed, order)  # before anything is fetched: it outlives the node
    listing = read_listing(chain, fetcher, version, bought=True)
    files = obtain(fetcher, listing.signed, stage=stage)
    line, signed = order.offer.line, listing.signed
    opens = functools.partial(_opens, files, signed, line)
    s = line_key(chain, records, seed, order, opens).s
    place = target or default_target(signed)
    try:
        made = open_artifact(files, signed, line, s, place, unpack=unpack, stage=stage)
    except pipeline.WrongContent:
        if not take_delivered(chain, seed, order).proven:
            raise OutsideFailed(
                "The key that this node shows opens the file to other content, but the node no "
                "longer has the delivery's proof: fetch again through another node before you "
                "hold the seller to it."
            ) from None
        raise
    return Fetched(listing, made)


def open_artifact(
    files: Files,
    signed: SignedManifest,
    line: Point,
    s: SecretPoint,
    target: Path,
    *,
    unpack: bool = False,
    stage: Stage = silent,
) -> list[Path]:
    """Decrypt into `target` as `fetch`; returns the files.

    Raises VerificationFailed where the content is not what was promised, by the version's roots or
    by the digests that the manifest lists.
    """
    if target.exists() or target.is_symlink():
        return _already_there(signed, target, unpack)
    with private_folder(target) as work:
        opened = work / "opened"
        _unseal(files, signed, line, s, opened, stage)
        _require_listed(signed, opened, stage)
        made = _laid_out(signed, opened, work / "files") if unpack else opened
        made.rename(target)
        sync_folder(target.parent)
    return _paths(signed, target) if unpack else [target]


def require_folder(target: Path) -> None:
    """Raise DaimmError where there is no folder for `target`: a typing error makes none."""
    if not target.parent.is_dir():
        raise DaimmError(f"There is no folder {target.parent}: make it, or name another place.")


def default_target(signed: SignedManifest) -> Path:
    """What the opened file is called unless told: the model file's name, or the pack's."""
    if signed.artifact.packing == "none":
        return Path(Path(signed.files[0].name).name)
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{signed.name}-{signed.version}").strip(".-")
    return Path(f"{plain[:100] or 'model'}.tar")


def _opens(files: Files, signed: SignedManifest, line: Point, s: SecretPoint) -> bool:
    return pipeline.opens(
        files.ciphertext,
        files.digests,
        content_key(s),
        associated_data(line),
        signed.artifact_record,
    )


def _unseal(
    files: Files, signed: SignedManifest, line: Point, s: SecretPoint, target: Path, stage: Stage
) -> None:
    with stage("decrypting") as report:
        try:
            pipeline.unseal(
                files.ciphertext,
                files.digests,
                target,
                content_key(s),
                associated_data(line),
                signed.artifact_record,
                progress=report,
            )
        except pipeline.WrongContent:
            raise
        except VerificationFailed as error:
            raise damaged(files, signed, error) from None


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
    if [name for name, _ in found] != [name for name, _ in listed]:
        raise _not_listed("names")
    for (name, digest), (_, promised) in zip(found, listed, strict=True):
        if digest != promised:
            raise _not_listed(name)


def _laid_out(signed: SignedManifest, opened: Path, folder: Path) -> Path:
    """The pack's files in a new folder."""
    if signed.artifact.packing == "none":
        folder.mkdir()
        opened.rename(_paths(signed, folder)[0])
    else:
        pack.unpack(opened, folder)
    return folder


def _already_there(signed: SignedManifest, target: Path, unpack: bool) -> list[Path]:
    other = DaimmError(f"{target} exists and is something else: name another place for the model.")
    if unpack:
        paths = _paths(signed, target)
        try:
            right = all(
                _digest(path) == file.sha256 for path, file in zip(paths, signed.files, strict=True)
            )
        except DaimmError:
            raise other from None
        if not right:
            raise other
        return paths
    if not target.is_file():
        raise other
    try:
        pipeline.verify_plaintext(target, signed.artifact_record)
    except VerificationFailed:
        raise other from None
    _require_listed(signed, target, silent)
    return [target]


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


def _not_listed(what: str) -> VerificationFailed:
    return VerificationFailed(
        f"The key opens to other files than the manifest lists ({what}): nothing was written. The "
        "manifest is signed, so it, the ciphertext and the key show it to anybody."
    )
