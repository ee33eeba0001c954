"""How one object gets from its place to another: by the service's own copy, or by a reader and a writer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple, TypeAlias

from obstore._bulk.crew import Job
from obstore._bulk.places import Tree
from obstore._bulk.readers import FileReader, ObjectReader, Reader
from obstore._bulk.transfer import Settings, Transfer
from obstore._bulk.writers import FileOptions, FileWriter, ObjectWriter, Writer
from obstore._core.errors import NotImplementedError, NotSupportedError
from obstore._core.types import OVERWRITE, ObjectMeta

AttributesFor: TypeAlias = Callable[[str], Mapping[str, str]]


class Route(NamedTuple):
    """The way of what lies at `path` below one prefix to the same path below another; it is reported as `name`.

    `meta` is what a listing said of it. It keeps its attributes, unless `attributes_for` says which it gets.
    """

    source: Tree
    target: Tree
    path: str
    name: str
    meta: ObjectMeta
    attributes_for: AttributesFor | None = None

    def job(self, settings: Settings, *, stays_there: bool) -> Job:
        """Return the job that copies it: at the service, if the bytes may stay there."""
        return partial(self._copy_there, settings) if stays_there else self._transfer(settings).start

    async def _copy_there(self, settings: Settings) -> Iterator[Job] | None:
        source, target, size = self.source, self.target, self.meta["size"]
        try:
            await target.store.copy_from(
                source.store, source.full(self.path), target.checked(self.path), overwrite=True
            )
        except (NotSupportedError, NotImplementedError):
            return iter([self._transfer(settings).start])
        except Exception as error:
            settings.tally.fail(self.name, error)
            return None
        settings.tally.move(self.name, size)
        settings.tally.finish(self.name, size)
        return None

    def _transfer(self, settings: Settings) -> Transfer:
        return Transfer(self.name, self._ends, settings)

    def _ends(self, afresh: bool) -> tuple[Reader, Writer]:
        return self._reader(None if afresh else self.meta), self._writer()

    def _reader(self, meta: ObjectMeta | None) -> Reader:
        source = self.source
        if source.local is not None:
            return FileReader(source.file_of(self.path))
        return ObjectReader(source.store, source.full(self.path), meta, wants_attributes=self.target.local is None)

    def _writer(self) -> Writer:
        source, target, given = self.source, self.target, self.attributes_for
        if target.local is not None:
            identity = {"store": source.store.identity, "path": source.full(self.path)}
            return FileWriter(target.file_of(self.path), FileOptions(fsync=target.local.syncs), identity)
        options = OVERWRITE if given is None else OVERWRITE._replace(attributes=given(self.path))
        return ObjectWriter(target.store, target.checked(self.path), options, keeps_attributes=given is None)
