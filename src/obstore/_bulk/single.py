"""One object to or from one local file."""

from __future__ import annotations

import os

from obstore._bulk.pace import Pace
from obstore._bulk.readers import FileReader, ObjectReader
from obstore._bulk.summary import Summary
from obstore._bulk.tally import Tally
from obstore._bulk.transfer import Ends, Settings, Transfer
from obstore._bulk.work import OneJob, work
from obstore._bulk.writers import FileOptions, FileWriter, ObjectWriter
from obstore._core.errors import AlreadyExistsError, store_error
from obstore._core.types import READ_HEAD, WriteOptions
from obstore._io.runtime import current
from obstore._local.failures import LABEL, read_error
from obstore._transfer.backend import Backend


async def download_object(store: Backend, path: str, local: str, options: FileOptions, pace: Pace) -> Summary:
    """Fetch an object into a file, or into a directory under its own name."""
    file = await current().call(lambda: _file_for(path, local, options))
    found = await store.get_object(path, READ_HEAD)
    found.body.close()
    meta = found.meta
    identity = {"store": store.identity, "path": path}

    def ends(afresh: bool) -> tuple[ObjectReader, FileWriter]:
        reader = ObjectReader(store, path, None if afresh else meta, wants_attributes=False)
        return reader, FileWriter(file, options, identity)

    return await _transfer("download", path, meta["size"], ends, pace)


def _file_for(path: str, local: str, options: FileOptions) -> str:
    is_directory = local.endswith(("/", os.sep)) or os.path.isdir(local)
    file = os.path.abspath(os.path.join(local, path.rpartition("/")[2]) if is_directory else local)
    if not options.overwrite and os.path.lexists(file):
        raise store_error(AlreadyExistsError, LABEL, file, "the file is not to be overwritten")
    return file


async def upload_file(store: Backend, local: str, path: str, options: WriteOptions, pace: Pace) -> Summary:
    """Store a file as an object."""
    size = await current().call(lambda: _size_of(local))
    if options.mode != "overwrite":
        pace = pace._replace(chunk_size=max(pace.chunk_size, size))  # The condition holds for one request.

    def ends(afresh: bool) -> tuple[FileReader, ObjectWriter]:
        return FileReader(local), ObjectWriter(store, path, options)

    return await _transfer("upload", path, size, ends, pace)


def _size_of(file: str) -> int:
    try:
        return os.stat(file).st_size
    except OSError as error:
        raise read_error(error, file) from error


async def _transfer(operation: str, path: str, size: int, ends: Ends, pace: Pace) -> Summary:
    tally = Tally(operation, stops_at_error=True)
    tally.find(size)
    tally.is_planned = True
    settings = Settings(pace, tally, set())
    await work(OneJob(Transfer(path, ends, settings).start), pace, tally, settings.active)
    return tally.summary()
