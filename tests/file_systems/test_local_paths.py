"""Paths of files, on Windows and elsewhere, as functions of text."""

from __future__ import annotations

import ntpath
import posixpath
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obstore._fsspec.local_paths import absolute_path, split_drive, without_scheme
from obstore.fsspec import FsspecStore

WINDOWS = [
    ("file:///C:/x", "C:/x"),
    ("file://C:/x", "C:/x"),
    ("file://C:\\x\\y", "C:/x/y"),
    ("file:/C:/x", "C:/x"),
    ("C:\\Users\\me\\a b.txt", "C:/Users/me/a b.txt"),
    ("C:/Users/me/", "C:/Users/me"),
    ("c:/x", "c:/x"),
    ("C:", "C:/"),
    ("C:\\", "C:/"),
    ("C:x", "C:/x"),
    ("D:x", "D:/work/x"),
    ("/x", "D:/x"),
    ("\\x\\y", "D:/x/y"),
    ("x\\y", "D:/work/x/y"),
    (".\\x", "D:/work/x"),
    (".", "D:/work"),
    ("", "D:/work"),
    ("\\\\server\\share\\x", "//server/share/x"),
    ("file:////server/share/x", "//server/share/x"),
]
POSIX = [
    ("file:///tmp/x", "/tmp/x"),
    ("file:/tmp/x", "/tmp/x"),
    ("/tmp/x/", "/tmp/x"),
    ("/", "/"),
    ("file:///", "/"),
    ("x/y", "/work/x/y"),
    ("./x", "/work/x"),
    (".", "/work"),
    ("/C:/x", "/C:/x"),
    ("a\\b", "/work/a\\b"),
    ("/a%20b", "/a%20b"),
]


@pytest.mark.parametrize(("text", "expected"), WINDOWS)
def test_paths_of_windows(text: str, expected: str) -> None:
    assert absolute_path(without_scheme(text), "D:\\work", windows=True) == expected


@pytest.mark.parametrize(("text", "expected"), POSIX)
def test_paths_of_other_systems(text: str, expected: str) -> None:
    assert absolute_path(without_scheme(text), "/work", windows=False) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("C:/a/b", ("C:", "a/b")),
        ("C:/", ("C:", "")),
        ("//server/share/a", ("//server/share", "a")),
        ("/a/b", ("", "/a/b")),
        ("/", ("", "/")),
    ],
)
def test_a_drive_is_split_off(path: str, expected: tuple[str, str]) -> None:
    assert split_drive(path) == expected


SEGMENTS = st.lists(st.sampled_from(["a", "b c", "é", "x.txt"]), min_size=1, max_size=4)


@settings(deadline=None)
@given(SEGMENTS, st.sampled_from("CD"))
def test_what_is_absolute_stays_as_it_is(segments: list[str], drive: str) -> None:
    windows, posix = f"{drive}:/{'/'.join(segments)}", f"/{'/'.join(segments)}"

    assert absolute_path(windows, "D:/work", windows=True) == windows
    assert absolute_path(ntpath.normpath(windows), "D:/work", windows=True) == windows
    assert absolute_path(posix, "/work", windows=False) == posix == posixpath.normpath(posix)
    assert "/".join(split_drive(windows)) == windows


def test_urls_of_files_name_files(tmp_path: Path) -> None:
    fs = FsspecStore("file")
    fs.pipe_file(f"file://{tmp_path}/a b/c%20d#1.txt", b"1")

    assert (tmp_path / "a b/c%20d#1.txt").read_bytes() == b"1"
    assert fs.find(f"file:{tmp_path}") == [f"{tmp_path.as_posix()}/a b/c%20d#1.txt"]
