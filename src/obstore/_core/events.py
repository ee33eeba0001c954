"""What a store tells its observers: one small, frozen value per event.

A store behind HTTP tells of requests, each attempt by itself. Another store tells of its
primitives (`get_object`, `put_object`, ...), which is what it does instead. No event holds a secret.
"""

from __future__ import annotations

from typing import NamedTuple


class RequestEvent(NamedTuple):
    """A request is about to be sent, or a primitive to be called.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> with store.on_request(lambda event: print(event.method, event.path, event.bytes_sent)):
    ...     _ = store.put("k", b"hello")
    put_object k 5

    Attributes:
        method: The method of HTTP; of a store without HTTP the primitive's name, such as `get_object`.
        url: Where to, without signatures, tokens, user and password; None without HTTP.
        path: The object it is about, as the service knows it: with the store's prefix. Empty if it is none.
        attempt: 1 for the first, 2 for the first repetition, and so on.
        bytes_sent: The size of the content that goes with it.
    """

    method: str
    url: str | None
    path: str
    attempt: int
    bytes_sent: int


class ResponseEvent(NamedTuple):
    """A request was answered, or failed: every `RequestEvent` is followed by one of these.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> with store.on_response(lambda event: print(event.method, event.bytes_received, event.error)):
    ...     _ = store.get("k")
    get_object 5 None

    Attributes:
        method: As in the `RequestEvent`.
        url: As in the `RequestEvent`.
        path: As in the `RequestEvent`.
        attempt: As in the `RequestEvent`.
        status: The status of the reply; None if there was none, and without HTTP.
        bytes_sent: The size of the content that went with the request.
        bytes_received: The size of the reply's content, which is still under way; None if nobody has said it.
        elapsed: Seconds until the head of the reply was there, signing and waiting for a connection included.
        error: What went wrong, if there was no reply. A reply that says no is none: see `status`.
        request_id: What the service's support asks for.
        reused: Whether it went over a connection that was open already; None if over none.
    """

    method: str
    url: str | None
    path: str
    attempt: int
    status: int | None
    bytes_sent: int
    bytes_received: int | None
    elapsed: float
    error: BaseException | None
    request_id: str | None
    reused: bool | None


class RetryEvent(NamedTuple):
    """A request will be sent again, after a wait.

    >>> from contextlib import suppress
    >>> from datetime import timedelta
    >>> from obstore.exceptions import GenericError
    >>> from obstore.store import HTTPStore
    >>> quick = {"max_retries": 1, "backoff": {"init_backoff": timedelta(0)}}
    >>> store = HTTPStore("http://127.0.0.1:1", client_options={"allow_http": True}, retry_config=quick)
    >>> with suppress(GenericError), store.on_retry(lambda event: print(event.attempt, event.status, event.delay)):
    ...     store.get("k")  # nobody listens there
    1 None 0.0

    Attributes:
        method: As in the `RequestEvent`.
        url: As in the `RequestEvent`.
        path: As in the `RequestEvent`.
        attempt: The number of the attempt that failed.
        status: The status of its reply; None if there was none.
        error: What went wrong, if there was no reply.
        delay: Seconds until the next attempt.
        elapsed: Seconds since the first attempt.
        reason: Why, in words.
    """

    method: str
    url: str | None
    path: str
    attempt: int
    status: int | None
    error: BaseException | None
    delay: float
    elapsed: float
    reason: str
