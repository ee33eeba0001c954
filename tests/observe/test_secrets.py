"""No secret is ever told: not by logs, events, spans, metrics, errors, reprs or `explain()`."""

import base64
import io
import json
import logging
import pickle
import re
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import Any, NamedTuple

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from obstore import observe
from obstore._testing.colour import drive
from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, HTTPStore, S3Store
from obstore.testing import Colour, StoreView
from tests.observe.conftest import QUICK, Serve
from tests.observe.seen import Seen
from tests.webdav.scripted import Received, Scripted, reply

SECRET = "Hush1Hush2Hush3"
KEY = base64.b64encode(SECRET.encode() + b"-" * 17).decode()
"""32 bytes, as an account key or a customer's encryption key."""

CLIENT = {"allow_http": True}
ARGUMENTS: dict[str, Any] = {"client_options": CLIENT, "retry_config": QUICK}


class Kind(NamedTuple):
    """A store that has been given secrets in some way."""

    make: Callable[[str], Any]
    secrets: tuple[str, ...] = ()


def s3(url: str, **options: Any) -> S3Store:
    named = {"endpoint": url, "region": "us-east-1", "access_key_id": "AKID", "secret_access_key": SECRET}
    return S3Store("bucket", **{**ARGUMENTS, **named, "virtual_hosted_style_request": False, **options})


def azure(url: str, **options: Any) -> AzureStore:
    return AzureStore("container", account_name="account", endpoint=f"{url}/account", **ARGUMENTS, **options)


def provider() -> dict[str, Any]:
    expiry = datetime.now(UTC) + timedelta(hours=1)
    return {"access_key_id": "AKID", "secret_access_key": SECRET, "token": f"{SECRET}-token", "expires_at": expiry}


def presigned(url: str) -> HTTPStore:
    signed = s3(url, session_token=f"{SECRET}-token").sign("GET", "k", timedelta(hours=1))
    return HTTPStore(signed, **ARGUMENTS)


def with_header(url: str) -> HTTPStore:
    options = {**CLIENT, "default_headers": {"authorization": f"Bearer {SECRET}", "x-api-key": SECRET}}
    return HTTPStore(url, client_options=options, retry_config=QUICK)


def through_proxy(url: str) -> S3Store:
    """The server is the proxy, and answers in the name of a host that there is not."""
    options = {**CLIENT, "proxy_url": url.replace("//", f"//user:{SECRET}@")}
    return s3("http://objects.invalid", client_options=options)


KINDS = {
    "s3": Kind(s3),
    "s3 session": Kind(lambda url: s3(url, session_token=f"{SECRET}-token")),
    "s3 customer key": Kind(lambda url: s3(url, server_side_encryption="sse-c", sse_customer_key_base64=KEY), (KEY,)),
    "s3 provider": Kind(lambda url: s3(url, access_key_id="", secret_access_key="", credential_provider=provider)),
    "gcs token": Kind(lambda url: GCSStore("bucket", base_url=url, bearer_token=SECRET, **ARGUMENTS)),
    "azure key": Kind(lambda url: azure(url, account_key=KEY), (KEY,)),
    "azure token": Kind(lambda url: azure(url, bearer_token=SECRET)),
    "azure sas": Kind(lambda url: azure(url, sas_key=f"?sv=2022-11-02&sp=rl&sig={SECRET}%3D")),
    "azure customer key": Kind(lambda url: azure(url, account_key=KEY, encryption_key=KEY), (KEY,)),
    "http password": Kind(
        lambda url: HTTPStore(url.replace("//", f"//user:{SECRET}@"), **ARGUMENTS),
        (base64.b64encode(f"user:{SECRET}".encode()).decode(),),
    ),
    "http query": Kind(lambda url: HTTPStore(f"{url}/data?token={SECRET}", **ARGUMENTS)),
    "http header": Kind(with_header),
    "presigned": Kind(presigned),
    "proxy": Kind(through_proxy, (base64.b64encode(f"user:{SECRET}".encode()).decode(),)),
}


def answers() -> Iterator[bytes]:
    """Success, a refusal that is asked again, one that is not, a failure, and things that echo."""
    date = formatdate(usegmt=True)
    yield reply("200 OK", b"hello", etag='"1"', last_modified=date)
    yield reply("500 Oops", b"<Error><Code>InternalError</Code></Error>")
    yield reply("200 OK", b"hello", etag='"1"', last_modified=date)
    yield reply("403 Forbidden", b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
    yield reply("429 Too Many Requests", retry_after="100000")
    yield reply("404 Not Found")
    while True:
        yield b"nonsense\r\n\r\n"


async def use(view: StoreView, errors: list[BaseError]) -> None:
    """Do what a program does, as far as the answers let it."""
    attempts: list[Callable[[], Any]] = [
        lambda: view.get("k"),
        lambda: view.get("k"),
        lambda: view.get("k"),
        lambda: view.head("k"),
        lambda: view.put("k", b"1"),
        lambda: view.get_range("k", start=0, length=2),
        lambda: view.delete("k"),
        lambda: view.list("p").collect(),
        lambda: view.copy("k", "l"),
    ]
    for attempt in attempts:
        try:
            result = await attempt()
            if hasattr(result, "bytes"):
                await result.bytes()
        except BaseError as error:
            errors.append(error)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that anybody logs, tracebacks and events included."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.format = lambda record: f"{logging.Formatter().format(record)} {record.__dict__!r}"  # type: ignore[method-assign]
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    """Where spans go while a test runs."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    observe.enable_opentelemetry(provider)
    yield exporter
    observe.disable_opentelemetry()
    provider.shutdown()


def origins(error: BaseException) -> Iterator[BaseException]:
    """Return an error and all that it came from: where tblib is there, as in dask's workers, they pickle together."""
    yield error
    for origin in {error.__cause__, error.__context__} - {None}:
        yield from origins(origin)


def signatures_in(requests: list[Received]) -> set[str]:
    """What went on the wire and must not be told: whole credentials and signatures, and parts of them."""
    found: set[str] = set()
    for request in requests:
        for name in ("authorization", "proxy-authorization", "x-amz-security-token", "x-api-key"):
            found.update(re.findall(r"[^\s,=]{12,}", request.headers.get(name, "").partition(" ")[2]))
        found.update(re.findall(r"(?i)(?:sig|signature|token)=([^&]{8,})", request.target))
    return {text for text in found if not re.search(r"Credential|SignedHeaders|host;|aws4_request", text)}


@pytest.mark.parametrize("name", KINDS)
def test_no_secret_is_told(
    name: str, serve: Serve, colour: Colour, log: io.StringIO, exporter: InMemorySpanExporter
) -> None:
    kind = KINDS[name]
    server: Scripted = serve(answers())
    store = kind.make(server.url)
    seen = Seen(store)
    errors: list[BaseError] = []

    drive(colour, use(StoreView(store, colour), errors))
    store._client.pool.close()

    said = {
        "log": log.getvalue(),
        "events": repr(seen.events),
        "metrics": repr(store.metrics()),
        "spans": json.dumps([json.loads(span.to_json()) for span in exporter.get_finished_spans()]),
        "reprs": repr([store, store._client, store._client.pool, store._client.hooks, vars(store)["_client"]]),
        "errors": "".join("".join(traceback.format_exception(error)) for error in errors),
        "arguments": repr([(error.args, vars(error), error.__cause__, error.__context__) for error in errors]),
        "pickles": "".join(pickle.dumps(origin).decode("latin-1") for error in errors for origin in origins(error)),
        "explain": str(store.explain()) + store.explain()._repr_html_() if hasattr(store, "explain") else "",
    }
    secrets = {SECRET, *kind.secrets, *signatures_in(server.received)}
    leaks = [(where, secret) for where, text in said.items() for secret in secrets if secret in text]
    assert leaks == []
    assert name != "proxy" or all("proxy-authorization" in request.headers for request in server.received)
    assert len(errors) >= 4
    assert len(seen.of(observe.RetryEvent)) >= 1
    assert all(said[where] for where in ("log", "events", "spans", "errors", "pickles"))


def test_the_search_would_find_one(serve: Serve) -> None:
    server = serve(answers())
    store = KINDS["azure sas"].make(server.url)
    store.get("k").bytes()
    store._client.pool.close()

    assert f"{SECRET}%3D" in signatures_in(server.received)
