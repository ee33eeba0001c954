"""Objects of local stores: which names they may have, and what is kept beside their bytes."""

import os
from pathlib import Path

import pytest

from obstore.exceptions import GenericError, InvalidPathError, NotImplementedError
from obstore.store import LocalStore
from tests.contract.test_local import has_attributes
from tests.stores.tree import files_below, level_of, paths_of

RESERVED = r"Filenames containing trailing '/#\d+/' are not supported: "


# Names


@pytest.mark.parametrize("path", ["bar#123", "x#1", "#9", "foo#123/test#34", "foo😁/test#34"])
def test_names_of_staging_files_are_refused(local: LocalStore, tmp_path: Path, path: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"somebody's")
    operations = (
        lambda: local.put(path, b"1"),
        lambda: local.get(path),
        lambda: local.head(path),
        lambda: local.delete(path),
        lambda: local.copy(path, "other"),
        lambda: local.rename(path, "other"),
    )
    for operation in operations:
        with pytest.raises(GenericError) as caught:
            operation()
        assert RESERVED + path in str(caught.value)

    assert files_below(tmp_path) == {path}
    assert paths_of(local.list()) == []
    assert level_of(local, os.path.dirname(path))[1] == set()


@pytest.mark.parametrize(
    "path",
    ["x#", "x#a", "x#1#2", "foo#123.txt", "foo#123/test.txt", "foo#123/test#23.txt", "foo/test#😁34", "x#٣"],
)
def test_names_that_only_look_like_those_are_objects(local: LocalStore, path: str) -> None:
    local.put(path, b"1")

    assert local.get(path).bytes() == b"1"
    assert paths_of(local.list()) == [path]


@pytest.mark.skipif(os.sep != "/", reason="a colon cannot be part of a file's name")
@pytest.mark.parametrize("name", ["L%3ABC.parquet", "a%2Fb", "x:y", "?", "[b]", "😁", "a b", "..."])
def test_a_name_is_that_of_the_file_to_the_letter(local: LocalStore, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"foreign")

    assert paths_of(local.list()) == [name]
    assert local.get(name).bytes() == b"foreign"
    local.put(name, b"ours")
    assert files_below(tmp_path) == {name}


@pytest.mark.skipif(os.sep != "/", reason="names are bytes on POSIX systems only")
@pytest.mark.parametrize("name", [b"\xff.txt", b"new\nline", b"del\x7f"])
def test_names_that_cannot_be_paths_are_passed_over(local: LocalStore, tmp_path: Path, name: bytes) -> None:
    try:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb"):
            pass
    except OSError as error:
        pytest.skip(f"the file system does not take such a name: {error}")
    local.put("z", b"1")

    assert paths_of(local.list()) == ["z"]
    assert level_of(local) == (set(), {"z"})


@pytest.mark.parametrize("path", ["../a", "a/../../b", "..", "a/..", "./a", "a/./b", "a\x00b", "a//b"])
def test_no_path_leads_out_of_the_store(local: LocalStore, tmp_path: Path, path: str) -> None:
    inner = LocalStore(tmp_path / "inner", mkdir=True)
    (tmp_path / "a").write_bytes(b"secret")
    for operation in (inner.get, inner.head, inner.delete, lambda path: inner.put(path, b"1")):
        with pytest.raises(InvalidPathError):
            operation(path)
    with pytest.raises(InvalidPathError):
        inner.list(path).collect()

    assert files_below(tmp_path) == {"a"}


def test_an_absolute_path_is_one_of_the_store(local: LocalStore, tmp_path: Path) -> None:
    local.put(f"{tmp_path}/a", b"1")

    assert files_below(tmp_path) == {f"{tmp_path}/a".removeprefix("/")}


# Directories and objects


def test_a_directory_is_not_an_object(local: LocalStore, tmp_path: Path) -> None:
    local.put("d/a", b"1")
    for operation in (local.get, local.head):
        with pytest.raises(FileNotFoundError):
            operation("d")
    for change in (lambda: local.put("d", b"1"), lambda: local.delete("d"), lambda: local.rename("d", "e")):
        with pytest.raises(GenericError, match="directory"):
            change()
    with pytest.raises(FileNotFoundError):
        local.copy("d", "e")

    assert files_below(tmp_path) == {"d/a"}


def test_an_object_is_not_a_directory(local: LocalStore, tmp_path: Path) -> None:
    local.put("a", b"1")
    with pytest.raises(FileNotFoundError):
        local.get("a/b")
    with pytest.raises(GenericError, match="directory is needed"):
        local.put("a/b", b"1")
    with pytest.raises(GenericError, match="directory is needed"):
        local.put("a/b/c", b"1")

    assert paths_of(local.list("a")) == []
    assert level_of(local, "a") == (set(), set())
    assert files_below(tmp_path) == {"a"}


def test_an_empty_directory_is_seen_one_level_up(local: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "d" / "empty").mkdir(parents=True)

    assert level_of(local, "d") == ({"d/empty"}, set())
    assert paths_of(local.list()) == []


def test_cleanup_removes_what_a_deletion_leaves_empty(tmp_path: Path) -> None:
    store = LocalStore(tmp_path, automatic_cleanup=True)
    store.put("nested/file/test_file", b"1")
    store.put("other/x/a", b"1")
    store.put("other/b", b"1")
    store.delete(["nested/file/test_file", "other/x/a"])

    assert sorted(os.listdir(tmp_path)) == ["other"]
    assert os.listdir(tmp_path / "other") == ["b"]


def test_without_cleanup_directories_stay(local: LocalStore, tmp_path: Path) -> None:
    local.put("nested/file", b"1")
    local.delete("nested/file")

    assert os.listdir(tmp_path) == ["nested"]


# Attributes

needs_attributes = pytest.mark.skipif(not has_attributes(), reason="the file system has no user attributes")


@needs_attributes
def test_attributes_are_those_of_the_file(local: LocalStore, tmp_path: Path) -> None:
    local.put("a", b"1", attributes={"Content-Type": "text/plain", "käse": "blåu"})
    os.setxattr(tmp_path / "a", "user.foreign", b"\xff")

    assert os.getxattr(tmp_path / "a", "user.obstore.Content-Type") == b"text/plain"
    assert local.get("a").attributes == {"Content-Type": "text/plain", "käse": "blåu"}


@pytest.mark.parametrize("use_multipart", [False, True])
def test_attributes_that_cannot_be_kept_are_refused(
    local: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, use_multipart: bool
) -> None:
    def fail(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "setxattr", fail, raising=False)
    with pytest.raises(NotImplementedError, match=r"Content-Type.*Hint: put without attributes"):
        local.put("a", b"1", attributes={"Content-Type": "text/plain"}, use_multipart=use_multipart)

    assert files_below(tmp_path) == set()


# Bodies


def test_a_file_that_shrinks_while_it_is_read_is_an_error(local: LocalStore, tmp_path: Path) -> None:
    local.put("a", bytes(1 << 20))
    result = local.get("a")
    os.truncate(tmp_path / "a", 1000)
    with pytest.raises(GenericError, match="shorter"):
        result.bytes()


def test_a_file_that_is_replaced_while_it_is_read_stays_as_it_was(local: LocalStore) -> None:
    local.put("a", b"1" * (1 << 20))
    result = local.get("a")
    local.put("a", b"2")
    local.delete("a")

    assert result.bytes() == b"1" * (1 << 20)
