"""One attempt under observation: its line in the log, and what callbacks are told of it."""

from __future__ import annotations

import time

from obstore._core.errors import TransportError
from obstore._core.events import RequestEvent, ResponseEvent, RetryEvent
from obstore._core.hooks import Hooks
from obstore._core.log import DEBUG, debug, logger
from obstore._core.retry import RetryPolicy
from obstore._http.message import Origin, Request, Response
from obstore._http.redact import shown_url

_REQUEST_IDS = ("x-amz-request-id", "x-ms-request-id", "x-guploader-uploadid", "x-request-id")
_BODILESS = frozenset({204, 304})


class Watch:
    """Begins when it is made; ends with `reply` or `fail`."""

    __slots__ = ("_hooks", "_number", "_request", "_started", "_url")

    def __init__(self, hooks: Hooks, request: Request, origin: Origin, target: str | None, number: int) -> None:
        url = shown_url(origin, request, target)
        self._hooks = hooks
        self._request = request
        self._url = url
        self._number = number
        if hooks.is_on:
            hooks.tell("request", RequestEvent(request.method, url, request.subject, number, request.content_length))
        self._started = time.monotonic()

    def reply(self, response: Response) -> None:
        """Tell that the head of a reply has arrived."""
        connection = response.connection
        reused = connection.exchanges > 1 if connection is not None else None
        size = _size_of(self._request.method, response)
        self._end(response.status, response.reason, size, None, _request_id(response), reused)

    def fail(self, error: BaseException) -> None:
        """Tell that there will be no reply: the attempt failed, or whoever waited for it was cancelled."""
        reused = error.reused if isinstance(error, TransportError) else None
        self._end(None, f"{_kind_of(error)} ({error})", None, error, None, reused)

    def _end(
        self,
        status: int | None,
        said: str,
        size: int | None,
        error: BaseException | None,
        request_id: str | None,
        reused: bool | None,
    ) -> None:
        request, elapsed = self._request, time.monotonic() - self._started
        event = ResponseEvent(
            request.method,
            self._url,
            request.subject,
            self._number,
            status,
            request.content_length,
            size,
            elapsed,
            error,
            request_id,
            reused,
        )
        log = logger("http")
        if log.isEnabledFor(DEBUG):
            log.debug("%s", Line(event, said), extra={"event": event})
        self._hooks.tell("response", event)


class Line:
    """The line of an attempt. It is written when a handler asks for it."""

    __slots__ = ("_event", "_said")

    def __init__(self, event: ResponseEvent, said: str) -> None:
        self._event = event
        self._said = said

    def __str__(self) -> str:
        event = self._event
        outcome = self._said if event.status is None else f"{event.status} {self._said}".rstrip()
        received = "? B" if event.bytes_received is None else f"{event.bytes_received} B"
        facts = [
            f"{event.method} {event.url}: {outcome}",
            f"{event.bytes_sent} B sent, {received} to receive",
            f"{event.elapsed * 1e3:.1f} ms",
            f"attempt {event.attempt}",
            _CONNECTIONS[event.reused],
        ]
        if event.request_id is not None:
            facts.append(f"request id {event.request_id}")
        return ", ".join(facts)


def tell_retry(
    hooks: Hooks,
    policy: RetryPolicy,
    request: Request,
    origin: Origin,
    outcome: Response | TransportError,
    attempt: int,
    elapsed: float,
    delay: float,
) -> None:
    """Tell that a request will be sent again because `attempt` came out as it did."""
    url = shown_url(origin, request)
    if isinstance(outcome, Response):
        status, error, reason = outcome.status, None, f"{outcome.status} {outcome.reason}".rstrip()
    else:
        status, error, reason = None, outcome, f"{outcome.kind} ({outcome})"
    debug(
        "retry",
        "%s %s: %s: attempt %d in %.3f s (used: %d of %d retries, %.1f of %g s)",
        *(request.method, url, reason, attempt + 1, delay),
        *(attempt, policy.max_retries, elapsed, policy.retry_timeout),
    )
    if hooks.is_on:
        event = RetryEvent(request.method, url, request.subject, attempt, status, error, delay, elapsed, reason)
        hooks.tell("retry", event)


_CONNECTIONS = {True: "reused connection", False: "new connection", None: "no connection"}


def _kind_of(error: BaseException) -> str:
    return error.kind if isinstance(error, TransportError) else type(error).__name__


def _size_of(method: str, response: Response) -> int | None:
    if method == "HEAD" or response.status in _BODILESS:
        return 0
    length = response.headers.get("content-length", "")
    return int(length) if length.isdecimal() else None


def _request_id(response: Response) -> str | None:
    return next((response.headers[name] for name in _REQUEST_IDS if name in response.headers), None)
