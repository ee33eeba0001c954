"""Spans, with the SDK of OpenTelemetry."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from obstore import observe
from obstore._testing.colour import drive
from obstore.exceptions import GenericError, NotFoundError
from obstore.store import MemoryStore, S3Store
from obstore.testing import Colour, StoreView
from tests.observe.conftest import Serve, cancel_a_get
from tests.webdav.scripted import reply

Make = Callable[..., S3Store]
OK = reply("200 OK", b"hello", etag='"1"', x_amz_request_id="R1")


@pytest.fixture
def provider() -> TracerProvider:
    return TracerProvider()


@pytest.fixture
def exporter(provider: TracerProvider) -> Iterator[InMemorySpanExporter]:
    """Where spans go while a test runs."""
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    observe.enable_opentelemetry(provider)
    yield exporter
    observe.disable_opentelemetry()
    provider.shutdown()


def test_an_attempt_is_a_span(serve: Serve, s3: Make, colour: Colour, exporter: InMemorySpanExporter) -> None:
    server = serve([OK])

    drive(colour, StoreView(s3(server), colour).get("k"))

    (span,) = exporter.get_finished_spans()
    assert (span.name, span.kind, span.status.status_code) == ("GET", SpanKind.CLIENT, StatusCode.UNSET)
    assert span.attributes == {
        "http.request.method": "GET",
        "url.full": f"{server.url}/bucket/k",
        "server.address": "127.0.0.1",
        "server.port": server.server_address[1],
        "network.protocol.name": "http",
        "network.protocol.version": "1.1",
        "http.request.body.size": 0,
        "http.response.body.size": 5,
        "http.response.status_code": 200,
        "obstore.request_id": "R1",
    }
    assert span.start_time is not None
    assert span.end_time is not None
    assert span.start_time < span.end_time
    assert span.instrumentation_scope is not None
    assert span.instrumentation_scope.name == "obstore"


def test_a_retry_is_a_span_of_its_own(serve: Serve, s3: Make, colour: Colour, exporter: InMemorySpanExporter) -> None:
    drive(colour, StoreView(s3(serve([reply("500 Oops"), OK])), colour).get("k"))

    first, second = exporter.get_finished_spans()
    assert first.attributes is not None
    assert second.attributes is not None
    assert first.status.status_code is StatusCode.ERROR
    assert first.attributes["error.type"] == "500"
    assert "http.request.resend_count" not in first.attributes
    assert second.attributes["http.request.resend_count"] == 1


def test_a_refusal_and_a_failure_are_errors(serve: Serve, s3: Make, exporter: InMemorySpanExporter) -> None:
    store = s3(serve([reply("404 Not Found"), b"nonsense\r\n\r\n"]))
    for kind in (NotFoundError, GenericError):
        with pytest.raises(kind):
            store.get("k")

    refused, failed = exporter.get_finished_spans()
    assert refused.attributes is not None
    assert failed.attributes is not None
    assert (refused.attributes["error.type"], failed.attributes["error.type"]) == ("404", "decode")
    assert refused.status.status_code is failed.status.status_code is StatusCode.ERROR
    assert "nonsense" in str(failed.status.description)


def _reply_to(target: str) -> bytes:
    if "partNumber" in target:
        return b""
    if "uploadId" in target:
        return b"<CompleteMultipartUploadResult><ETag>1</ETag></CompleteMultipartUploadResult>"
    return b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"


def test_a_span_is_the_child_of_the_one_that_is_current(
    serve: Serve, s3: Make, colour: Colour, provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    """Also in the threads and tasks that send the parts of an upload."""
    server = serve(lambda request: reply("200 OK", _reply_to(request.target), etag='"1"'))

    async def body() -> None:
        with provider.get_tracer("test").start_as_current_span("outer"):
            await StoreView(s3(server), colour).put("k", b"x" * 20_000_000, use_multipart=True, max_concurrency=3)

    drive(colour, body())

    *spans, outer = exporter.get_finished_spans()
    assert len(spans) == len(server.received) > 3
    assert outer.context is not None
    assert {span.parent.span_id for span in spans if span.parent is not None} == {outer.context.span_id}
    assert all(span.parent is not None for span in spans)


def test_stores_made_before_and_after_are_told_of(serve: Serve, s3: Make, provider: TracerProvider) -> None:
    server = serve([OK] * 4)
    before = s3(server)
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))

    observe.enable_opentelemetry(provider)
    observe.enable_opentelemetry(provider)
    before.get("k").bytes()
    after = s3(server)
    after.get("k").bytes()
    observe.disable_opentelemetry()
    observe.disable_opentelemetry()
    after.get("k").bytes()
    provider.shutdown()

    assert len(exporter.get_finished_spans()) == 2
    assert not before._client.hooks.is_on
    assert not after._client.hooks.is_on


def test_a_store_without_http_makes_no_spans(exporter: InMemorySpanExporter) -> None:
    MemoryStore().put("k", b"")

    assert exporter.get_finished_spans() == ()


def test_without_the_package_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "opentelemetry", None)

    with pytest.raises(ImportError, match=r"pip install 'obstore\[opentelemetry\]'"):
        observe.enable_opentelemetry()


def test_a_cancelled_attempt_is_an_error(serve: Serve, s3: Make, exporter: InMemorySpanExporter) -> None:
    asyncio.run(cancel_a_get(lambda answer: s3(serve(answer))))

    (span,) = exporter.get_finished_spans()
    assert span.attributes is not None
    assert span.attributes["error.type"] == "CancelledError"
