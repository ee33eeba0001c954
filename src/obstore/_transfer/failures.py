"""From a request that did not succeed to the error that the caller sees.

What a status means is the same for every cloud; where the service's own code and text
stand is not, so a cloud passes a function that finds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from obstore._core.errors import (
    AlreadyExistsError,
    BaseError,
    GenericError,
    NotFoundError,
    NotModifiedError,
    NotSupportedError,
    PermissionDeniedError,
    PreconditionError,
    TransportError,
    UnauthenticatedError,
    store_error,
)
from obstore._http.client import Client, Failure
from obstore._http.proxy import is_relay
from obstore._http.redirect import REDIRECTS, shown_location

_BY_STATUS: dict[int, type[BaseError]] = {
    304: NotModifiedError,
    401: UnauthenticatedError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: AlreadyExistsError,
    412: PreconditionError,
    501: NotSupportedError,
}
_SAID_BY_PROXIES = frozenset({401, 403, 407})


class Refusal(NamedTuple):
    """What a service says when it says no: its code, its sentence, and the request's number."""

    code: str | None = None
    message: str | None = None
    request_id: str | None = None


def error_of(
    failure: Failure,
    client: Client,
    store: str,
    path: str,
    refusal: Refusal,
    *,
    by_status: Mapping[int, type[BaseError]] | None = None,
    hint: str | None = None,
) -> BaseError:
    """Build the error for a failed request. `by_status` overrides what a status means."""
    response = failure.response
    status = response.status if response is not None else None
    url = f"{client.pool.origin}{failure.request.path}" if not failure.request.is_secret else "REDACTED"
    error = store_error(
        _kind_of(status, failure.request.method, by_status or {}),
        store,
        path,
        _describe(failure, client, url, refusal),
        method=failure.request.method,
        url=url,
        status=status,
        code=refusal.code,
        request_id=refusal.request_id,
        attempts=failure.attempts,
        elapsed=failure.elapsed,
        hint=_hint_for_proxy(failure, client, refusal) or hint or _hint_for(failure, client),
    )
    error.__cause__ = failure.__cause__
    return error


def _kind_of(status: int | None, method: str, by_status: Mapping[int, type[BaseError]]) -> type[BaseError]:
    if status is None:
        return GenericError
    if status in by_status:
        return by_status[status]
    if status == 409 and method in {"GET", "HEAD"}:
        return GenericError  # A conflict says that something exists only to one who writes.
    return _BY_STATUS.get(status, GenericError)


def _describe(failure: Failure, client: Client, url: str, refusal: Refusal) -> str:
    what = f"{failure.request.method} {url}{_way_of(failure, client)} failed"
    if failure.attempts > 1:
        policy = client.policy
        what += (
            f" after {failure.attempts - 1} retries in {failure.elapsed:.2f} s"
            f" (max_retries: {policy.max_retries}, retry_timeout: {policy.retry_timeout:g} s)"
        )
    response, why = failure.response, f"; {failure.stopped_by}" if failure.stopped_by else ""
    if response is None:
        return f"{what}: {failure.__cause__}{why}"
    said = ": ".join(filter(None, [refusal.code, refusal.message, _say_redirect(failure, refusal)]))
    if not said:
        said = failure.body[:200].decode("utf-8", "replace").strip()
    request_id = f" (request id {refusal.request_id})" if refusal.request_id else ""
    return f"{what}: {response.status} {response.reason}{': ' if said else ''}{said}{request_id}{why}"


def _way_of(failure: Failure, client: Client) -> str:
    proxy, step = client.pool.proxy, failure.step
    redirected = f", redirected to {step.shown}," if step is not None else ""
    return f"{redirected} through the proxy {proxy}" if proxy is not None else redirected


def redirected_to(failure: Failure) -> str | None:
    """Return where a reply sends a request that does not go there, as anyone may see it."""
    response = failure.response
    location = response.headers.get("location") if response is not None and response.status in REDIRECTS else None
    return None if location is None else shown_location(location)


def _say_redirect(failure: Failure, refusal: Refusal) -> str | None:
    location = redirected_to(failure)
    if location is not None:
        return f"redirected to {location}, which is not followed"
    is_mute = failure.response is not None and failure.response.status in REDIRECTS and refusal.message is None
    return "a redirect without a Location" if is_mute else None


def _hint_for(failure: Failure, client: Client) -> str | None:
    cause = failure.__cause__
    if isinstance(cause, TransportError) and cause.hint is not None:
        return cause.hint
    if "Connection refused" in str(cause):
        return f"is a server listening at {(failure.step or client.pool).origin}?"
    return None


def _hint_for_proxy(failure: Failure, client: Client, refusal: Refusal) -> str | None:
    proxy, response = client.pool.proxy, failure.response
    if proxy is None or response is None or not is_relay(proxy, client.pool.origin):
        return None
    if refusal.code is not None or not (response.status in _SAID_BY_PROXIES or response.status >= 500):
        return None
    return f"the proxy may have said that itself; its address, user and password are in {proxy.source}"
