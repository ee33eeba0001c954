"""What only an `S3Store` can do: versions, forms, and cleaning up after uploads."""

from __future__ import annotations

import builtins
from collections.abc import Coroutine, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from obstore._api.list_stream import ListStream
from obstore._api.listing import DEFAULT_CHUNK_SIZE
from obstore._api.numbers import at_least_one
from obstore._api.signing import lifetime
from obstore._api.target import prefix_of
from obstore._core.types import ListOptions
from obstore._io.runtime import run_blocking
from obstore._transfer.listing import Pager

if TYPE_CHECKING:
    from obstore._s3.posting import Condition, PresignedPost
    from obstore._s3.store import S3Backend
    from obstore._s3.uploads import PendingUpload
    from obstore._s3.versions import ObjectVersion


class S3Methods:
    """Operations of an S3 store that are no operations of other stores."""

    def list_versions(
        self, prefix: str | None = None, *, path: str | None = None, chunk_size: int = DEFAULT_CHUNK_SIZE
    ) -> ListStream[builtins.list[ObjectVersion]]:
        """List the versions of objects, and the markers that deletions left, in a bucket that keeps them.

        Sorted by path, and the latest of each first. The result is iterated with `for` or `async for`, in chunks.
        A version is read with `get(path, options={"version": ...})`.

        Args:
            prefix: The directory, as for `list`.
            path: Or the one object whose versions are wanted.
            chunk_size: How many versions a chunk has, but the last.

        Raises:
            ValueError: There is a `prefix` and a `path`.
        """
        from obstore._s3.versions import versions_below, versions_of

        if prefix is not None and path is not None:
            raise ValueError("list_versions takes a prefix or a path, not both")
        store = _backend(self)
        fetch = versions_below(store) if path is None else versions_of(store, store.parse_path(path))
        options = ListOptions(prefix_of(store, prefix))
        return ListStream(Pager(fetch, options), at_least_one(chunk_size, "chunk_size"), return_arrow=False)

    list_versions_async = list_versions

    def delete_version(self, path: str, version: str) -> None:
        """Delete one version of an object, which cannot be undone.

        If it is a delete marker, the version before it is the latest again. A version that is not there
        is no error.
        """
        run_blocking(self.delete_version_async(path, version))

    def delete_version_async(self, path: str, version: str) -> Coroutine[Any, Any, None]:
        """Delete one version of an object. As `delete_version`, to be awaited."""
        from obstore._s3.versions import delete_version

        if not isinstance(version, str) or not version:
            raise TypeError(f"version must be a str that is not empty, not {version!r}: list_versions tells them")
        store = _backend(self)
        return delete_version(store, store.parse_path(path), version)

    def list_multipart_uploads(
        self, prefix: str | None = None, *, chunk_size: int = DEFAULT_CHUNK_SIZE
    ) -> ListStream[builtins.list[PendingUpload]]:
        """List the uploads in parts below a directory that were neither completed nor aborted.

        Their parts are stored, and cost money, until they are. The result is iterated with `for` or `async for`.
        """
        from obstore._s3.uploads import uploads_below

        store = _backend(self)
        options = ListOptions(prefix_of(store, prefix))
        size = at_least_one(chunk_size, "chunk_size")
        return ListStream(Pager(uploads_below(store), options), size, return_arrow=False)

    list_multipart_uploads_async = list_multipart_uploads

    def abort_multipart_uploads(
        self, prefix: str | None = None, *, older_than: timedelta
    ) -> builtins.list[PendingUpload]:
        """Abort the uploads below a directory that began longer ago than `older_than`, and return them.

        Whoever is still at one of them fails, so `older_than` should be longer than any upload takes.
        All are tried; the first failure is raised.
        """
        return run_blocking(self.abort_multipart_uploads_async(prefix, older_than=older_than))

    def abort_multipart_uploads_async(
        self, prefix: str | None = None, *, older_than: timedelta
    ) -> Coroutine[Any, Any, builtins.list[PendingUpload]]:
        """Abort uploads in parts. As `abort_multipart_uploads`, to be awaited."""
        from obstore._s3.uploads import abort_uploads

        if not isinstance(older_than, timedelta):
            raise TypeError(f"older_than must be a timedelta, not {type(older_than).__name__}")
        store = _backend(self)
        return abort_uploads(store, prefix_of(store, prefix), older_than.total_seconds())

    def presign_post(
        self,
        path: str,
        expires_in: timedelta,
        *,
        conditions: Sequence[Condition] = (),
        fields: Mapping[str, str] | None = None,
    ) -> PresignedPost:
        """Make a form with which whoever has it, such as a browser, can upload one object for a while.

        It is posted as `multipart/form-data` to `url`: first `fields`, then the field `file` with the content.
        The service answers 204 unless a field `success_action_status` says 201.

        >>> from datetime import timedelta
        >>> from obstore.store import S3Store
        >>> store = S3Store("bucket", access_key_id="AK", secret_access_key="SK")
        >>> limit = ["content-length-range", 1, 99]
        >>> form = store.presign_post("up/${filename}", timedelta(hours=1), conditions=[limit])
        >>> form["url"], sorted(form["fields"])[:2]
        ('https://s3.us-east-1.amazonaws.com/bucket', ['key', 'policy'])

        Args:
            path: The object's path. `${filename}` at its end stands for the name of the file that is sent.
            expires_in: For how long, seven days at most.
            conditions: What else the form must fulfil, in the policy's own terms: `["content-length-range", 1, 1000]`,
                `["starts-with", "$Content-Type", "image/"]`, `{"acl": "private"}`.
            fields: More fields of the form, such as `Content-Type`, each of which must be sent as it is.
        """
        return run_blocking(self.presign_post_async(path, expires_in, conditions=conditions, fields=fields))

    def presign_post_async(
        self,
        path: str,
        expires_in: timedelta,
        *,
        conditions: Sequence[Condition] = (),
        fields: Mapping[str, str] | None = None,
    ) -> Coroutine[Any, Any, PresignedPost]:
        """Make a form for uploading. As `presign_post`, to be awaited.

        >>> import asyncio
        >>> from datetime import timedelta
        >>> from obstore.store import S3Store
        >>> store = S3Store("bucket", access_key_id="AK", secret_access_key="SK")
        >>> asyncio.run(store.presign_post_async("k", timedelta(hours=1)))["url"]
        'https://s3.us-east-1.amazonaws.com/bucket'
        """
        store = _backend(self)
        _check_form(conditions, fields or {})
        return store.sign_form(store.parse_path(path), lifetime(expires_in), fields or {}, conditions)


_SIGNED = frozenset({"key", "policy", "file", "bucket"})


def _check_form(conditions: Sequence[Condition], fields: Mapping[str, str]) -> None:
    if isinstance(conditions, str | Mapping) or not all(isinstance(each, Mapping | Sequence) for each in conditions):
        raise TypeError("conditions must be a list of conditions, such as [['content-length-range', 1, 1000]]")
    for name, value in fields.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError(f"fields must have names and values of type str, not {name!r}: {value!r}")
        if name.lower() in _SIGNED:
            raise ValueError(f"fields must not have {name!r}, which the form has already")


def _backend(store: S3Methods) -> S3Backend:
    return cast("S3Backend", store)
