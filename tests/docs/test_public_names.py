"""Whatever is public says what it is, and shows it in an example that is run."""

from __future__ import annotations

import importlib
import inspect
import io
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import pytest

import obstore
from obstore._transfer.backend import Backend
from tests.docs.test_docstrings import examples
from tests.docs.test_reference import MODULES, PROVIDERS

BORROWED: dict[str, tuple[type, ...]] = {
    "Bytes": (bytes, bytearray),
    "ReadableFile": (io.BufferedRandom, io.FileIO),
    "AsyncReadableFile": (io.BufferedRandom, io.FileIO),
    "WritableFile": (io.BufferedRandom,),
    "AsyncWritableFile": (io.BufferedRandom,),
    "BufferedFile": (io.BufferedRandom,),
}
"""Classes, and the types of Python's own whose methods they have: what those do is known."""

_INNER = "another part of the package calls it"
_SERVER = "it needs a bucket of S3"
_PYTEST = "pytest is to call it: docs/testing.md shows how"
NOT_SHOWN = {
    "obstore.testing.StoreContract": _PYTEST,
    "StoreContract.pytest_generate_tests": _PYTEST,
    "StoreContract.test_behaviour": _PYTEST,
    "S3Methods.list_versions": _SERVER,
    "S3Methods.list_versions_async": _SERVER,
    "S3Methods.delete_version": _SERVER,
    "S3Methods.delete_version_async": _SERVER,
    "S3Methods.list_multipart_uploads": _SERVER,
    "S3Methods.list_multipart_uploads_async": _SERVER,
    "S3Methods.abort_multipart_uploads": _SERVER,
    "S3Methods.abort_multipart_uploads_async": _SERVER,
    "CachingBackend.block": _INNER,
    "CachingBackend.stale": _INNER,
    "LocalBackend.locate": _INNER,
    "LocalBackend.locate_directory": _INNER,
    "LocalBackend.syncs": _INNER,
    "RetryBackend.trouble": _INNER,
    "S3Backend.now": _INNER,
    "S3Backend.sign_form": _INNER,
}
"""What has no example, and why."""


class Subject(NamedTuple):
    """A public name. `docstrings` are its own, then those of what it overrides; `classes` those of its class."""

    name: str
    docstrings: tuple[str, ...]
    classes: tuple[str, ...] = ()


def _subjects() -> Iterator[Subject]:
    for place in (*MODULES, *(f"obstore.auth.{name}" for name in PROVIDERS)):
        module = importlib.import_module(place)
        for name, value in _public(module):
            if inspect.isclass(value) or inspect.isfunction(value):
                yield Subject(f"{place}.{name}", _docs([value]))
            if inspect.isclass(value):
                yield from _members(value)


def _public(module: Any) -> Iterator[tuple[str, Any]]:
    names = getattr(module, "__all__", None)
    for name in names or vars(module):
        value = getattr(module, name)
        origin = str(getattr(value, "__module__", ""))
        if origin.startswith("obstore") if names else origin == module.__name__ and not name.startswith("_"):
            yield name, value


def _members(owner: type) -> Iterator[Subject]:
    ours = [base for base in owner.__mro__ if base.__module__.startswith("obstore")]
    classes = _docs(ours)
    for name in dict.fromkeys(name for base in ours for name in vars(base) if not name.startswith("_")):
        found = [(base, vars(base)[name]) for base in ours if name in vars(base)]
        if isinstance(found[0][1], property | classmethod | staticmethod) or inspect.isfunction(found[0][1]):
            yield Subject(f"{found[0][0].__name__}.{name}", _docs(member for _, member in found), classes)


def _docs(values: Any) -> tuple[str, ...]:
    return tuple(doc for value in values if (doc := getattr(value, "__doc__", None)))


SUBJECTS = {subject.name: subject for subject in _subjects()}


@cache
def _run() -> dict[str, str]:
    """Return the code of every docstring whose example is run."""
    return {
        example.docstring: "".join(each.source for each in example.examples)
        for example in examples()
        if example.docstring is not None
    }


def _is_shown(subject: Subject) -> bool:
    if any(doc in _run() for doc in subject.docstrings):
        return True
    use = re.compile(rf"(?:\.|def ){subject.name.rpartition('.')[2]}\b")
    return any(use.search(_run().get(doc, "")) for doc in subject.classes)


def _is_known(subject: Subject) -> bool:
    """Tell whether it is what its name says elsewhere: in Python's own types, in `obstore`, or in every store."""
    owner, _, name = subject.name.rpartition(".")
    known: list[Callable[[str], bool]] = [
        lambda name: any(hasattr(kind, name) for kind in BORROWED.get(owner, ())),
        lambda name: owner == "StoreView" and hasattr(obstore, name),
        lambda name: bool(subject.classes) and hasattr(Backend, name),  # BaseStore shows a store that has them.
    ]
    return any(knows(name) for knows in known)


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_what_is_public_says_what_it_is(subject: Subject) -> None:
    assert subject.docstrings


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_what_is_public_is_shown(subject: Subject) -> None:
    assert _is_shown(subject) or _is_known(subject) or subject.name in NOT_SHOWN


@pytest.mark.parametrize("name", NOT_SHOWN)
def test_what_is_not_shown_is_there_and_is_not_shown(name: str) -> None:
    assert not _is_shown(SUBJECTS[name])
    assert not _is_known(SUBJECTS[name])
