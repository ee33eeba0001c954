"""The lines that a program reads which turns logging on."""

import logging
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from obstore import observe
from obstore._core.log import NAMES
from obstore._testing.colour import drive
from obstore.exceptions import GenericError
from obstore.store import S3Store
from obstore.testing import Colour, StoreView
from tests.observe.conftest import Serve
from tests.webdav.scripted import reply

Make = Callable[..., S3Store]
OK = reply("200 OK", b"hello", etag='"1"', x_amz_request_id="R1")


def lines(caplog: pytest.LogCaptureFixture, name: str) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == f"obstore.{name}"]


def test_an_attempt_is_one_line(serve: Serve, s3: Make, colour: Colour, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "obstore")
    server = serve([OK, reply("200 OK", etag='"1"')])
    view = StoreView(s3(server), colour)

    async def body() -> None:
        await (await view.get("k")).bytes()
        await view.put("k", b"123")

    drive(colour, body())

    first, second = (line.split(", ") for line in lines(caplog, "http"))
    assert first[:2] == [f"GET {server.url}/bucket/k: 200 OK", "0 B sent"]
    assert first[2] == "5 B to receive"
    assert first[3].endswith(" ms")
    assert first[4:] == ["attempt 1", "new connection", "request id R1"]
    assert second[:2] == [f"PUT {server.url}/bucket/k: 200 OK", "3 B sent"]
    assert second[4:] == ["attempt 1", "reused connection"]


def test_a_line_carries_its_event(serve: Serve, s3: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "obstore.http")

    s3(serve([OK])).get("k").bytes()

    (record,) = caplog.records
    event: Any = getattr(record, "event")  # noqa: B009 - the type of a record does not know it
    assert isinstance(event, observe.ResponseEvent)
    assert (event.status, event.path) == (200, "k")


def test_a_retry_says_why_and_how_long(
    serve: Serve, s3: Make, colour: Colour, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "obstore.retry")
    server = serve([reply("500 Oops"), OK])

    drive(colour, StoreView(s3(server), colour).get("k"))

    (line,) = lines(caplog, "retry")
    assert line.startswith(f"GET {server.url}/bucket/k: 500 Oops: attempt 2 in 0.001 s (used: 1 of 3 retries, ")
    assert line.endswith(" of 180 s)")


def test_an_attempt_that_fails_says_how(serve: Serve, s3: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "obstore.http")

    with pytest.raises(GenericError):
        s3(serve([b"nonsense\r\n\r\n"])).get("k")

    (line,) = lines(caplog, "http")
    assert ": decode (not an HTTP/1.1 reply: b'nonsense'), 0 B sent, ? B to receive, " in line


def test_a_body_that_is_read_on_says_where(serve: Serve, s3: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "obstore.retry")
    size = 200_000
    whole = reply("200 OK", b"x" * size, etag='"1"')
    rest = reply("206 Partial", b"x" * 1000, etag='"1"', content_range=f"bytes {size - 1000}-{size - 1}/{size}")
    server = serve([whole[:-1000], rest])
    server.answer = lambda request: rest if "range" in request.headers else whole[:-1000]

    assert len(s3(server).get("k").bytes()) == size

    (line,) = lines(caplog, "retry")
    assert f"reading on from byte {size - 1000} in " in line


def test_the_level_may_change_while_a_store_lives(serve: Serve, s3: Make, caplog: pytest.LogCaptureFixture) -> None:
    store = s3(serve([OK] * 3))
    store.get("k").bytes()
    caplog.set_level(logging.DEBUG, "obstore.http")
    store.get("k").bytes()
    caplog.set_level(logging.INFO, "obstore.http")
    store.get("k").bytes()

    assert len(lines(caplog, "http")) == 1


def test_the_source_of_credentials_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "obstore.credentials")

    S3Store("bucket", access_key_id="AKID", secret_access_key="hush")

    assert lines(caplog, "credentials")[-1] == (
        'S3Store(bucket="bucket") has credentials from: key pair AKID, from keyword arguments'
    )


def test_fetching_credentials_is_told(serve: Serve, colour: Colour, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "obstore.credentials")
    expiry = datetime.now(UTC) + timedelta(hours=1)

    def provider() -> dict[str, Any]:
        return {"access_key_id": "AKID", "secret_access_key": "hush", "expires_at": expiry}

    store = _store_with(provider, serve([OK]).url)
    drive(colour, StoreView(store, colour).get("k"))
    store._client.pool.close()

    asked, got = lines(caplog, "credentials")[-2:]
    assert asked.startswith("asking credential_provider ")
    assert "provider, which expire in 3" in got


def test_a_failing_source_of_credentials_is_told(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "obstore.credentials")

    def provider() -> dict[str, Any]:
        raise RuntimeError("no network")

    with pytest.raises(Exception, match="no network"):
        _store_with(provider, serve([]).url).get("k")

    assert "no credentials from credential_provider" in lines(caplog, "credentials")[-1]


def _store_with(provider: Any, url: str) -> S3Store:
    return S3Store(
        "bucket", endpoint=url, region="x", credential_provider=provider, client_options={"allow_http": True}
    )


def test_a_program_without_logging_does_not_import_it() -> None:
    code = (
        "import sys; from obstore.store import MemoryStore, S3Store\n"
        "S3Store('b', region='x', access_key_id='a', secret_access_key='b')\n"
        "MemoryStore().put('k', b'')\n"
        "print('logging' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"


def test_a_program_that_begins_to_log_later_gets_its_lines(serve: Serve) -> None:
    server = serve([OK] * 2)
    code = (
        "import sys; from obstore.store import S3Store\n"
        f"store = S3Store('bucket', endpoint={server.url!r}, region='x', access_key_id='a', secret_access_key='b',\n"
        "    client_options={'allow_http': True})\n"
        "store.get('k').bytes()\n"
        "assert 'logging' not in sys.modules\n"
        "import logging; logging.basicConfig(level=logging.DEBUG, format='%(name)s', stream=sys.stdout)\n"
        "store.get('k').bytes()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "obstore.http\n"


def test_there_are_no_other_loggers() -> None:
    found = {name for name in logging.root.manager.loggerDict if name.startswith("obstore.")}

    assert found <= {f"obstore.{name}" for name in NAMES}
