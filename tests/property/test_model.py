"""Stores against a dictionary: whatever is done, in whatever order, both say the same.

Paths are drawn from a few that are near each other in every order. None is a directory
of another one: a file system cannot have both, and that is another test's matter.
"""

import tempfile
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from obstore.exceptions import AlreadyExistsError, GenericError, NotFoundError, PreconditionError
from obstore.store import LocalStore, MemoryStore, PrefixStore

T = TypeVar("T")

SETTINGS = settings(
    deadline=None,
    max_examples=50,
    stateful_step_count=30,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)

PATHS = ("a/b", "a/c/d", "a/c/é", "a.b", "a-", "ab", "a/c.d", "a c/d", "Z/😀", "z%2F/x", "x#", "x#1/y")
DIRECTORIES = ("", "a", "a/c", "a/", "ab", "Z", "missing", "x#1")

paths = st.sampled_from(PATHS)
bodies = st.binary(max_size=40)
offsets = st.sampled_from([*PATHS, "a/", "b", "a/c", "zz"])


class Failure(tuple[str]):
    """What came instead of a result."""

    __slots__ = ()


def outcome(doing: Callable[[], T]) -> T | Failure:
    """Return a result, or the kind of failure that any store may have."""
    try:
        return doing()
    except (AlreadyExistsError, GenericError, NotFoundError, PreconditionError) as error:
        return Failure((type(error).__name__,))


class Model(RuleBasedStateMachine):
    """A store, and the dictionary that it should be."""

    deleting_nothing_fails = False
    directories_are_real = False

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[str, bytes] = {}
        self.store: Any = self.make()

    def make(self) -> Any:
        """Make an empty store."""
        raise NotImplementedError

    def missing(self, path: str) -> Failure | None:
        return None if path in self.objects else Failure(("NotFoundError",))

    @rule(path=paths, data=bodies, in_parts=st.booleans())
    def put(self, path: str, data: bytes, in_parts: bool) -> None:
        self.store.put(path, [data[:7], data[7:]] if in_parts else data, use_multipart=in_parts, chunk_size=7)
        self.objects[path] = data

    @rule(path=paths, data=bodies)
    def create(self, path: str, data: bytes) -> None:
        found = outcome(lambda: bool(self.store.put(path, data, mode="create")))

        assert found == (Failure(("AlreadyExistsError",)) if path in self.objects else True)
        self.objects.setdefault(path, data)

    @rule(path=paths, other=paths, data=bodies)
    def update(self, path: str, other: str, data: bytes) -> None:
        """With its own tag an object is replaced, with that of another one it is not."""
        tag = '"none"' if self.missing(other) else self.store.head(other)["e_tag"]
        found = outcome(lambda: bool(self.store.put(path, data, mode={"e_tag": tag})))

        holds = path == other and path in self.objects
        assert found == (True if holds else Failure(("PreconditionError",)))
        if holds:
            self.objects[path] = data

    @rule(path=paths)
    def get(self, path: str) -> None:
        found = outcome(lambda: bytes(self.store.get(path).bytes()))

        assert found == (self.missing(path) or self.objects[path])

    @rule(path=paths)
    def head(self, path: str) -> None:
        found = outcome(lambda: self.store.head(path))
        if not isinstance(found, Failure):
            found = (found["path"], found["size"])

        assert found == (self.missing(path) or (path, len(self.objects[path])))

    @rule(path=paths, start=st.integers(0, 45), length=st.integers(1, 45))
    def get_range(self, path: str, start: int, length: int) -> None:
        found = outcome(lambda: bytes(self.store.get_range(path, start=start, length=length)))
        data = self.objects.get(path, b"")
        beyond = Failure(("GenericError",)) if start >= len(data) else None

        assert found == (self.missing(path) or beyond or data[start : start + length])

    @precondition(lambda self: any(self.objects.values()))
    @rule(source=st.data())
    def get_ranges(self, source: st.DataObject) -> None:
        path = source.draw(st.sampled_from(sorted(path for path, data in self.objects.items() if data)))
        data = self.objects[path]
        starts = source.draw(st.lists(st.integers(0, len(data) - 1), max_size=5))
        ends = [source.draw(st.integers(start + 1, len(data))) for start in starts]
        found = self.store.get_ranges(path, starts=starts, ends=ends, coalesce=source.draw(st.integers(0, 9)))

        assert [bytes(piece) for piece in found] == [data[start:end] for start, end in zip(starts, ends, strict=True)]

    @rule(path=paths)
    def delete(self, path: str) -> None:
        found = outcome(lambda: self.store.delete(path))

        assert found == (self.missing(path) if self.deleting_nothing_fails else None)
        self.objects.pop(path, None)

    @rule(old=paths, new=paths, overwrite=st.booleans())
    def copy(self, old: str, new: str, overwrite: bool) -> None:
        found = outcome(lambda: self.store.copy(old, new, overwrite=overwrite))

        assert found == self.expected_move(old, new, overwrite)
        if found is None:
            self.objects[new] = self.objects[old]

    @rule(old=paths, new=paths, overwrite=st.booleans())
    def rename(self, old: str, new: str, overwrite: bool) -> None:
        found = outcome(lambda: self.store.rename(old, new, overwrite=overwrite))

        assert found == self.expected_move(old, new, overwrite)
        if found is None:
            self.objects[new] = self.objects.pop(old)

    def expected_move(self, source: str, target: str, overwrite: bool) -> Failure | None:
        if self.missing(source):
            return self.missing(source)
        return Failure(("AlreadyExistsError",)) if target in self.objects and not overwrite else None

    def below(self, prefix: str) -> list[str]:
        start = f"{prefix.strip('/')}/".removeprefix("/")
        return sorted((path for path in self.objects if path.startswith(start)), key=str.encode)

    @rule(prefix=st.sampled_from(DIRECTORIES), offset=st.none() | offsets, chunk_size=st.integers(1, 5))
    def list_objects(self, prefix: str, offset: str | None, chunk_size: int) -> None:
        chunks = [*self.store.list(prefix, offset=offset, chunk_size=chunk_size)]
        found = [(meta["path"], meta["size"]) for chunk in chunks for meta in chunk]

        expected = [path for path in self.below(prefix) if offset is None or path > offset]
        assert found == [(path, len(self.objects[path])) for path in expected]
        assert all(len(chunk) <= chunk_size for chunk in chunks)

    @rule(prefix=st.sampled_from(DIRECTORIES))
    def list_with_delimiter(self, prefix: str) -> None:
        found = self.store.list_with_delimiter(prefix)
        start = len(f"{prefix.strip('/')}/".removeprefix("/"))
        rests = [(path, path[start:].partition("/")) for path in self.below(prefix)]

        assert [meta["path"] for meta in found["objects"]] == [path for path, (_, slash, _) in rests if not slash]
        directories = {path[:start] + name for path, (name, slash, _) in rests if slash}
        assert directories <= set(found["common_prefixes"])
        for extra in set(found["common_prefixes"]) - directories:
            assert self.directories_are_real, f"{extra} has no objects"
            assert self.below(extra) == []

    @invariant()
    def nothing_else_is_there(self) -> None:
        assert [meta["path"] for meta in self.store.list().collect()] == self.below("")


class MemoryModel(Model):
    def make(self) -> MemoryStore:
        return MemoryStore()


class PrefixModel(Model):
    def make(self) -> PrefixStore:
        inner = MemoryStore()
        for path in ("p", "p/q", "p/q.r", "p/qr/a/b", "a/b"):
            inner.put(path, b"outside")
        return PrefixStore(inner, "p/q")


class LocalModel(Model):
    """A directory that was made for a write that then failed stays, empty."""

    deleting_nothing_fails = True
    directories_are_real = True

    def make(self) -> LocalStore:
        self.directory = tempfile.TemporaryDirectory()
        return LocalStore(self.directory.name, automatic_cleanup=True)

    def teardown(self) -> None:
        self.directory.cleanup()


@pytest.mark.parametrize("model", [MemoryModel, PrefixModel, LocalModel])
def test_a_store_is_its_model(model: type[Model]) -> None:
    run_state_machine_as_test(model, settings=SETTINGS)
