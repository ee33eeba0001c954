"""What can go wrong, by what it means for the caller.

One class per meaning, the reference package's names, and the builtin exception
that fits as a second base, so `except FileNotFoundError` works. A message is one
sentence; everything in it is also an attribute. Every error pickles and copies.
"""

from __future__ import annotations

import builtins

_SHOWN_IN = "obstore.exceptions"
"""Where programs find these classes, and what tracebacks call them by."""


class BaseError(Exception):
    """Any failure that this library raises on purpose.

    >>> from obstore.store import MemoryStore
    >>> try:
    ...     MemoryStore().get("k")
    ... except BaseError as error:
    ...     error.store, error.path
    ('InMemory', 'k')

    Attributes:
        store: The kind of store: `"S3"`, `"InMemory"`, `"LocalFileSystem"`, ...
        path: The object the operation was about, as the service knows it: with the store's prefix.
        method: The HTTP method of the failed request.
        url: The URL of the failed request, signatures removed.
        status: The HTTP status of the last reply.
        code: The service's own error code, such as `"NoSuchKey"`.
        request_id: What the service's support asks for.
        attempts: How many times the request was sent.
        elapsed: Seconds from the first attempt to the failure.
        hint: What to do about it, where we know.
    """

    __module__ = _SHOWN_IN

    store: str | None = None
    path: str | None = None
    method: str | None = None
    url: str | None = None
    status: int | None = None
    code: str | None = None
    request_id: str | None = None
    attempts: int = 0
    elapsed: float | None = None
    hint: str | None = None

    def __init__(self, message: str = "", /, **details: object) -> None:
        super().__init__(message)
        for name, value in details.items():
            if not hasattr(BaseError, name):
                raise TypeError(f"{name!r} is not an attribute of obstore errors")
            setattr(self, name, value)

    def __str__(self) -> str:
        message = str(self.args[0]) if self.args else ""
        return f"{message} Hint: {self.hint}" if self.hint else message


class GenericError(BaseError):
    """A failure that no other class describes; its `__cause__` says more.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> store.get_range("k", start=9, end=10)
    Traceback (most recent call last):
    ...
    obstore.exceptions.GenericError: ...object was only 5 bytes long...
    """

    __module__ = _SHOWN_IN


class NotFoundError(BaseError, FileNotFoundError):
    """There is no object at that path.

    >>> from obstore.store import MemoryStore
    >>> MemoryStore().get("k")
    Traceback (most recent call last):
    ...
    obstore.exceptions.NotFoundError: Object at location k not found: ...
    """

    __module__ = _SHOWN_IN


class InvalidPathError(BaseError, ValueError):
    """The path is one that this store cannot hold.

    >>> from obstore.store import MemoryStore
    >>> MemoryStore().get("a//b")
    Traceback (most recent call last):
    ...
    obstore.exceptions.InvalidPathError: Could not parse path: ...
    """

    __module__ = _SHOWN_IN


class JoinError(BaseError):
    """An internal task failed. Kept for compatibility; never raised here.

    >>> issubclass(JoinError, BaseError)
    True
    """

    __module__ = _SHOWN_IN


class NotSupportedError(BaseError):
    """The store or its service cannot do this.

    >>> from obstore.store import S3Store
    >>> S3Store("bucket", skip_signature=True).copy("a", "b", overwrite=False)
    Traceback (most recent call last):
    ...
    obstore.exceptions.NotSupportedError: ...
    """

    __module__ = _SHOWN_IN


class AlreadyExistsError(BaseError, FileExistsError):
    """There is an object at that path, and the call said not to replace it.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> store.put("k", b"world", mode="create")
    Traceback (most recent call last):
    ...
    obstore.exceptions.AlreadyExistsError: Object at location k already exists: ...
    """

    __module__ = _SHOWN_IN


class PreconditionError(BaseError):
    """The object is not, or no longer, what the call's condition named.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> store.get("k", options={"if_match": '"another"'})
    Traceback (most recent call last):
    ...
    obstore.exceptions.PreconditionError: Request precondition failure for path k: ...
    """

    __module__ = _SHOWN_IN


class NotModifiedError(BaseError):
    """The object is still what the call's condition named.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> store.get("k", options={"if_none_match": store.head("k")["e_tag"]})
    Traceback (most recent call last):
    ...
    obstore.exceptions.NotModifiedError: Object at location k not modified: ...
    """

    __module__ = _SHOWN_IN


class NotImplementedError(BaseError, builtins.NotImplementedError):
    """This store does not offer the operation.

    >>> from datetime import timedelta
    >>> from obstore.store import MemoryStore
    >>> MemoryStore().sign("GET", "k", timedelta(hours=1))
    Traceback (most recent call last):
    ...
    obstore.exceptions.NotImplementedError: ...
    """

    __module__ = _SHOWN_IN


class PermissionDeniedError(BaseError, PermissionError):
    """The credentials are valid but do not allow this.

    >>> from obstore.store import MemoryStore, ReadOnlyStore
    >>> ReadOnlyStore(MemoryStore()).put("k", b"hello")
    Traceback (most recent call last):
    ...
    obstore.exceptions.PermissionDeniedError: ...
    """

    __module__ = _SHOWN_IN


class UnauthenticatedError(BaseError):
    """There are no usable credentials.

    >>> from obstore.store import Fault, FaultStore, MemoryStore
    >>> store = FaultStore(MemoryStore(), Fault(UnauthenticatedError("the token has expired")))
    >>> store.get("k")
    Traceback (most recent call last):
    ...
    obstore.exceptions.UnauthenticatedError: the token has expired
    """

    __module__ = _SHOWN_IN


class UnknownConfigurationKeyError(BaseError):
    """No store of this kind has such a setting.

    >>> from obstore.store import S3Store
    >>> S3Store("bucket", config={"zone": "eu-west-1"})
    Traceback (most recent call last):
    ...
    obstore.exceptions.UnknownConfigurationKeyError: ...zone...
    """

    __module__ = _SHOWN_IN


class TransportError(Exception):
    """A request that got no reply. Internal: the client retries it or turns it into an error.

    `kind` decides about the retry. A request that was `not sent` can always be sent again (two times
    only for an `unknown host`), one that may have been (`interrupted`, `timeout`) only when doing
    it twice does no harm;
    a reply that is not HTTP (`decode`) is never asked for again, nor is a proxy that says no (`proxy`).
    `hint` is what to do about it, where we know.
    """

    reused: bool | None = None
    """Whether it happened on a connection that was open already; None if there was none."""

    def __init__(self, kind: str, message: str, hint: str | None = None) -> None:
        super().__init__(kind, message, hint)
        self.kind = kind
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


# The reference's sentence for each meaning: tests and log searches match on them.
_SENTENCES: dict[type[BaseError], str] = {
    NotFoundError: "Object at location {path} not found: {cause}",
    InvalidPathError: "Encountered object with invalid path: {cause}",
    NotSupportedError: "Operation not supported: {cause}",
    AlreadyExistsError: "Object at location {path} already exists: {cause}",
    PreconditionError: "Request precondition failure for path {path}: {cause}",
    NotModifiedError: "Object at location {path} not modified: {cause}",
    PermissionDeniedError: "The operation lacked the necessary privileges to complete for path {path}: {cause}",
    UnauthenticatedError: "The operation lacked valid authentication credentials for path {path}: {cause}",
}


def store_error(kind: type[BaseError], store: str, path: str, cause: str, **details: object) -> BaseError:
    """Build an error of `kind` with the sentence that goes with it."""
    sentence = _SENTENCES.get(kind, "Generic {store} error: {cause}")
    return kind(sentence.format(store=store, path=path, cause=cause), store=store, path=path, **details)
