"""Spans of OpenTelemetry: one for each attempt of each request, of all stores behind HTTP.

Names follow the semantic conventions for HTTP clients, version 1.23 and later (stable):
https://opentelemetry.io/docs/specs/semconv/http/http-spans/. A span is made when its attempt
has ended, with the times of begin and end, as a child of the span that was current there. The
request carries no `traceparent`: object stores do not read it, and their signatures would
have to cover it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from obstore._core.errors import TransportError
from obstore._core.events import ResponseEvent
from obstore._core.hooks import EVERYWHERE, Registration
from obstore._core.url import DEFAULT_PORTS, split_url
from obstore._core.version import VERSION

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer, TracerProvider

_enabled: Registration[ResponseEvent] | None = None


def enable_opentelemetry(tracer_provider: TracerProvider | None = None) -> None:
    """Make a span of each attempt of each request, from now on and of all stores behind HTTP.

    Calling it again replaces the provider.

    >>> from opentelemetry.sdk.trace import TracerProvider
    >>> enable_opentelemetry(TracerProvider())
    >>> disable_opentelemetry()

    Args:
        tracer_provider: Where the spans go; by default to the provider that is set globally.

    Raises:
        ImportError: `opentelemetry-api` is not installed.
    """
    global _enabled
    try:
        from opentelemetry import trace
    except ImportError as error:
        raise ImportError("spans need opentelemetry-api: pip install 'obstore[opentelemetry]'") from error

    disable_opentelemetry()
    tracer = trace.get_tracer("obstore", VERSION, tracer_provider, "https://opentelemetry.io/schemas/1.23.1")
    _enabled = EVERYWHERE.add("response", _recorder(tracer))


def disable_opentelemetry() -> None:
    """Make no spans any more.

    >>> disable_opentelemetry()  # also where none were made
    """
    global _enabled
    if _enabled is not None:
        _enabled.remove()
    _enabled = None


def _recorder(tracer: Tracer) -> Any:
    from opentelemetry.trace import SpanKind, Status, StatusCode

    def record(event: ResponseEvent) -> None:
        end = time.time_ns()
        start = end - int(event.elapsed * 1e9)
        span = tracer.start_span(event.method, kind=SpanKind.CLIENT, start_time=start, attributes=attributes_of(event))
        if event.error is not None or (event.status or 0) >= 400:
            span.set_status(Status(StatusCode.ERROR, str(event.error) if event.error is not None else None))
        span.end(end)

    return record


def attributes_of(event: ResponseEvent) -> dict[str, str | int]:
    """Return the attributes of an attempt's span."""
    url = split_url(event.url or "")
    attributes: dict[str, str | int | None] = {
        "http.request.method": event.method,
        "url.full": event.url,
        "server.address": url.host.strip("[]"),
        "server.port": url.port or DEFAULT_PORTS[url.scheme],
        "network.protocol.name": "http",
        "network.protocol.version": "1.1",
        "http.request.body.size": event.bytes_sent,
        "http.response.body.size": event.bytes_received,
        "http.response.status_code": event.status,
        "http.request.resend_count": event.attempt - 1 or None,
        "error.type": _error_type(event),
        "obstore.request_id": event.request_id,
    }
    return {name: value for name, value in attributes.items() if value is not None}


def _error_type(event: ResponseEvent) -> str | None:
    """Return the status of a refusal, or what kind of failure it was: "low cardinality", the conventions say."""
    if event.status is not None:
        return str(event.status) if event.status >= 400 else None
    return event.error.kind if isinstance(event.error, TransportError) else type(event.error).__name__
