"""`daimm store`: files by CID."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from daimm_cli.base.errors import DaimmError
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, flag, option, seconds
from daimm_cli.cli.verbs import Kind, Part
from daimm_cli.store.base import Stored, pasted
from daimm_cli.store.fetcher import daemon, pinning, require_daemon
from daimm_cli.store.queue import Push, Queue, require_all

app = App()

CID = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"


Cids = Annotated[list[str], argument("Files of the store, by CID.", "CID", parser=pasted)]


def _parts(_: Context, file: tuple[Stored, Push | None]) -> list[Part]:
    held, push = file
    state = "local" if push is None else "pushed" if push.pushed else "queued"
    return [
        Part("cid", held.cid, column="cid"),
        Part("size", held.size, column="size"),
        Part("state", state, column="state"),
        Part("pushed", push and push.pushed),
        Part("problem", push and push.problem, column="problem"),
    ]


FILE = Kind(_parts, ("cid", "size", "state", "problem"))


@app.command("cid", "daimm store cid model.onnx")
def cid(context: Context, file: Annotated[Path, argument("Any file; it is only read.")]) -> None:
    """Print the CID of a file (profile unixfs-v1-2025), whether it is in the store or not."""
    from daimm_cli.artifact.unixfs import dag_of_file
    from daimm_cli.base.files import open_regular

    with open_regular(file) as source, output.progress(file.name) as report:
        dag = dag_of_file(source, progress=report)
    context.emit({"cid": dag.cid, "size": dag.size, "file": file}, dag.cid)


@app.command("list", "daimm store list --json")
def list_(context: Context) -> None:
    """List the files that the store holds whole: CID and size in bytes."""
    held = list(context.store.contents())
    if context.as_json:
        context.emit(held)
        return
    rows = [[file.cid, file.size] for file in held]
    output.table(["cid", "size"], rows, empty="The store is empty.")


@app.command("path", f"daimm store path {CID}")
def path(
    context: Context, cid: Annotated[str, argument("CID of a file in the store.", parser=pasted)]
) -> None:
    """Print where the store keeps a file, after checking all of it against its CID."""
    with output.progress("checking") as report:
        found = context.store.get(cid, progress=report)
    context.emit({"cid": cid, "path": found}, str(found))


@app.command("status", "daimm store status --json")
def status(context: Context) -> None:
    """Show where the store's files are: pushed to the IPFS daemon, waiting for it, or here only."""
    kubo = daemon(context.config)
    version = problem = None
    try:
        version = kubo.version() if kubo else None
    except DaimmError as error:
        problem = error.message
    pushes = {push.cid: push for push in Queue(context.store).entries()}
    files = [(held, pushes.get(held.cid)) for held in context.store.contents()]
    if context.as_json:
        address = kubo.address if kubo else None
        told = {"address": address, "version": version, "problem": problem}
        context.emit({"daemon": told, "files": [FILE.data(context, file) for file in files]})
        return
    if kubo is None:
        output.say("No IPFS daemon is named: the local store serves alone.")
    else:
        output.say(problem or f"IPFS daemon: Kubo {version} at {kubo.address}.")
    FILE.list(context, files, empty="The store is empty.")
    if kubo is not None and any(push and not push.pushed for _, push in files):
        context.next("daimm store push")


@app.command("push", "daimm store push")
def push(
    context: Context,
    cids: list[str] | None = argument(
        "Files of it; default: all that wait.", "CID", default=None, parser=pasted
    ),
) -> None:
    """Push files to the IPFS daemon and have it pin them; what fails stays queued."""
    kubo = require_daemon(context.config)
    done = Queue(context.store).push(kubo, cids or None, stage=output.progress)
    require_all(done)
    shown = "\n".join(each.cid for each in done)
    context.emit(done, shown or "Nothing waits to be pushed.")


def push_queued(context: Context) -> None:
    """The same where a daemon is named; what fails is told, and waits."""
    try:
        if (kubo := daemon(context.config)) is not None:
            require_all(Queue(context.store).push(kubo, stage=output.progress))
    except DaimmError as error:
        output.say(
            f"Not on IPFS yet: {error.message} The files are in the local store and queued; "
            "`daimm store push` pushes them."
        )


@app.command("pin", f"daimm store pin {CID}")
def pin(
    context: Context,
    cids: Cids,
    wait: int = option("How long to wait for each, like 10m.", "TIME", default=600, parser=seconds),
) -> None:
    """Have the pinning service keep files, or the IPFS daemon where no service is named.

    Waits until each is pinned: that a service accepted it does not mean that it has it.
    """
    service = pinning(context.config)
    if service is None and context.config.storage.kubo is None:
        raise DaimmError(
            "No pinning service is named, and no IPFS daemon: set `pinning`, or `kubo`, under "
            "[storage] in config.toml."
        )
    for cid in cids:
        if service is None:
            require_daemon(context.config).pin(cid)
        else:
            service.pin(cid, seconds=wait, report=output.say)
    where = service.endpoint if service else require_daemon(context.config).address
    context.emit({"pinned": cids, "by": where}, "\n".join(cids))


@app.command("rm", f"daimm store rm {CID}")
def rm(
    context: Context,
    cids: Cids,
    unpin: bool = flag("Have the IPFS daemon let go of them, too.", "--unpin"),
) -> None:
    """Remove files from the store, and from what waits to be pushed.

    Who fetched them elsewhere keeps them. The files of a model that you sell are what its buyers
    fetch: keep those.
    """
    held = [context.store.path(cid).name for cid in cids]
    many = f"{len(held)} files" if len(held) > 1 else held[0]
    context.console.confirm(f"Remove {many} from {context.store.directory}?")
    kubo = require_daemon(context.config) if unpin else None
    for cid in held:
        if kubo is not None:
            kubo.unpin(cid)
        context.store.remove(cid)
    Queue(context.store).forget()
    context.emit({"removed": held}, "\n".join(held))


@app.command("gc", "daimm store gc")
def gc(context: Context) -> None:
    """Remove what no file of the store needs, and downloads that nobody took up for a week."""
    freed = context.store.gc()
    Queue(context.store).forget()
    context.emit({"freed": freed}, f"{freed} bytes freed")
