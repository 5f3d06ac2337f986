"""Opening what was bought: from ciphertext and key to the model's files.

>>> s = line_key(chain, records, seed, order)
>>> files = obtain(fetcher, listing.signed)
>>> open_artifact(files, listing.signed, order.offer.line, s, Path("model.onnx"))

What is written is what the version committed to, byte for byte, or nothing is written.
"""

from __future__ import annotations

import errno
import re
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.files import open_regular, private_folder, sync_folder
from daimm_cli.market.listing import Files, Stage, damaged, silent
from daimm_cli.protocol.curve import Point, SecretPoint
from daimm_cli.protocol.keys import associated_data, content_key

if TYPE_CHECKING:
    from daimm_cli.manifest.manifest import SignedManifest

_CHUNK = 1 << 20


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
    """Decrypt into the file `target`, or with `unpack` into a new folder of that name.

    Returns the files. A target that is there already is left alone if it is what would be written,
    and refused otherwise. Raises VerificationFailed where the content is not what was promised.
    """
    if target.exists() or target.is_symlink():
        return _already_there(signed, target, unpack)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, "not a folder", str(target.parent)) from None
    with private_folder(target) as work:
        opened = work / "opened"
        _unseal(files, signed, line, s, opened, stage)
        made = _laid_out(signed, opened, work / "files") if unpack else opened
        made.rename(target)
        sync_folder(target.parent)
    return _paths(signed, target) if unpack else [target]


def default_target(signed: SignedManifest) -> Path:
    """What the opened file is called unless told: the model file's name, or the pack's."""
    if signed.artifact.packing == "none":
        return Path(Path(signed.files[0].name).name)
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{signed.name}-{signed.version}").strip(".-")
    return Path(f"{plain[:100] or 'model'}.tar")


def _unseal(
    files: Files, signed: SignedManifest, line: Point, s: SecretPoint, target: Path, stage: Stage
) -> None:
    from daimm_cli.artifact import pipeline

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


def _laid_out(signed: SignedManifest, opened: Path, folder: Path) -> Path:
    """The pack's files in a new folder: those that the manifest lists, no others."""
    from daimm_cli.models import pack

    if signed.artifact.packing == "none":
        folder.mkdir()
        opened.rename(_paths(signed, folder)[0])
    elif pack.unpack(opened, folder) != [file.name for file in signed.files]:
        raise _not_listed("names")
    wrong = _first_wrong(signed, folder)
    if wrong is not None:
        raise _not_listed(wrong)
    return folder


def _already_there(signed: SignedManifest, target: Path, unpack: bool) -> list[Path]:
    from daimm_cli.artifact import pipeline

    other = DaimmError(f"{target} exists and is something else: name another place for the model.")
    if unpack:
        if not target.is_dir() or _first_wrong(signed, target) is not None:
            raise other
        return _paths(signed, target)
    if not target.is_file():
        raise other
    try:
        pipeline.verify_plaintext(target, signed.artifact_record)
    except VerificationFailed:
        raise other from None
    return [target]


def _first_wrong(signed: SignedManifest, folder: Path) -> str | None:
    """The first file that the manifest lists and the folder lacks or has otherwise."""
    for listed, path in zip(signed.files, _paths(signed, folder), strict=True):
        try:
            with open_regular(path) as file:
                digest = sha256()
                while part := file.read(_CHUNK):
                    digest.update(part)
        except DaimmError:
            return listed.name
        if digest.hexdigest() != listed.sha256:
            return listed.name
    return None


def _paths(signed: SignedManifest, folder: Path) -> list[Path]:
    names = [file.name for file in signed.files]
    if any(part in ("", ".", "..") for name in names for part in name.split("/")):
        raise VerificationFailed("The manifest lists a file that leads elsewhere: don't open it.")
    if signed.artifact.packing == "none" and "/" in names[0]:
        raise VerificationFailed("The manifest lists a single file in a folder: don't open it.")
    return [folder / name for name in names]


def _not_listed(what: str) -> VerificationFailed:
    return VerificationFailed(
        f"The key opens to other files than the manifest lists ({what}): nothing was unpacked. "
        "With --output the pack can be kept as evidence."
    )
