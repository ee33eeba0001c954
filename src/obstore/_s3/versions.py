"""Versions of objects, in a bucket that keeps them ("Retaining multiple versions of objects" in S3's user guide)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obstore._core.key import as_key, directory_prefix
from obstore._core.types import ListOptions, ListPage, ObjectMeta
from obstore._s3.replies import VersionEntry, read_versions
from obstore._s3.requests import join_token
from obstore._transfer.listing import Fetch

if TYPE_CHECKING:
    from obstore._s3.store import S3Backend


class ObjectVersion(ObjectMeta):
    """A version of an object, or the marker that a deletion left, which has no size and no ETag.

    >>> from datetime import UTC, datetime
    >>> deleted: ObjectVersion = {
    ...     "path": "k", "last_modified": datetime.now(UTC), "size": 0, "e_tag": None, "version": "3",
    ...     "is_latest": True, "is_delete_marker": True,
    ... }
    >>> [version["path"] for version in [deleted] if version["is_delete_marker"] and version["is_latest"]]
    ['k']
    """

    is_latest: bool
    """Whether it is what a `get` without a version would find."""

    is_delete_marker: bool


def versions_below(store: S3Backend) -> Fetch:
    """Return what fetches pages of the versions below a directory."""

    async def fetch(options: ListOptions) -> ListPage:
        wanted = store._within_prefix(options)
        return await _page(store, wanted._replace(prefix=directory_prefix(wanted.prefix) or ""))

    return fetch


def versions_of(store: S3Backend, path: str) -> Fetch:
    """Return what fetches pages of the versions of one object."""
    key = store._key(path)

    async def fetch(options: ListOptions) -> ListPage:
        page = await _page(store, options._replace(prefix=key))
        # Keys that begin with this one come after it.
        versions = [version for version in page.objects if version["path"] == path]
        return ListPage(versions, (), page.token if len(versions) == len(page.objects) else None)

    return fetch


async def _page(store: S3Backend, wanted: ListOptions) -> ListPage:
    _, body = await store._send_and_read(store._requests.list_object_versions(wanted))
    entries, markers = read_versions(body)
    found: list[ObjectMeta] = [_object_version(entry, store._prefix_length) for entry in entries]
    return ListPage(found, (), join_token(*markers) if markers is not None else None)


def _object_version(entry: VersionEntry, prefix_length: int) -> ObjectVersion:
    return {
        "path": as_key(entry.key[prefix_length:]),
        "last_modified": entry.last_modified,
        "size": entry.size,
        "e_tag": entry.e_tag,
        "version": entry.version,
        "is_latest": entry.is_latest,
        "is_delete_marker": entry.is_delete_marker,
    }


async def delete_version(store: S3Backend, path: str, version: str) -> None:
    """Delete one version for good, or a marker, which makes the version before it the latest again."""
    await store._send_and_forget(store._requests.delete_object(store._key(path), version))
