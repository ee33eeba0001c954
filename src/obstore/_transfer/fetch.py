"""One request to a service that hands out credentials: a token endpoint, a metadata server.

Any status is an answer. The connection is closed afterwards: such a service is asked once an hour.

It is reached as the store's own service is: through its proxy, trusting whom it trusts. Which store
asks is a fact about the running call, so that no source of credentials has to pass it along.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import NamedTuple

from obstore._core.errors import TransportError
from obstore._core.retry import RetryPolicy
from obstore._core.url import DEFAULT_PORTS, split_url
from obstore._http.client import Authorized, Client, Failure
from obstore._http.message import Header, Origin, Request, origin_of
from obstore._http.options import ClientOptions
from obstore._http.pool import pool_for
from obstore._transfer.cloud import USER_AGENT

_LOOPBACK = re.compile(r"localhost|127\.[0-9.]+|::1")

_DEFAULT = ClientOptions()
_network: ContextVar[ClientOptions] = ContextVar("network", default=_DEFAULT)


def current_network() -> ClientOptions:
    """Return the settings by which the running call reaches services."""
    return _network.get()


@contextmanager
def going_by(options: ClientOptions) -> Iterator[None]:
    """Let what is asked in the block be reached by a store's settings."""
    token = _network.set(options)
    try:
        yield
    finally:
        # What the collector closes ends in some other context, which never had it.
        with suppress(ValueError):
            _network.reset(token)


class Reply(NamedTuple):
    """A reply, read to its end. Header names are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"Reply({self.status}, {len(self.body)} bytes)"


async def fetch(
    method: str,
    url: str,
    headers: Sequence[Header] = (),
    body: bytes = b"",
    *,
    connect_timeout: float = 5.0,
    timeout: float = 30.0,
    retries: int = 0,
    is_secret: bool = True,
) -> Reply:
    """Send a request and return the reply, whatever its status says.

    What a server answers with "not now" is asked again up to `retries` times; asking for
    credentials twice does no harm. Redirects are not followed: they could lead secrets away.

    Raises:
        TransportError: There was no reply.
        ValueError: `url` is not one of HTTP.
    """
    origin, target = locate(url)
    pool = pool_for(origin, _options(origin, connect_timeout, timeout))

    async def authorize(request: Request) -> Authorized:
        return request.path, [("host", origin.authority), ("user-agent", USER_AGENT), *request.headers]

    client = Client(pool, RetryPolicy(max_retries=retries), authorize)
    request = Request(method, target, (), list(headers), body, idempotent=True, is_secret=is_secret)
    try:
        response = await client.send(request)
        return Reply(response.status, response.headers, bytes(await response.body.read()))
    except Failure as failure:
        return _refused(failure)
    finally:
        pool.close()


def _options(origin: Origin, connect_timeout: float, timeout: float) -> ClientOptions:
    network = current_network()
    return ClientOptions(
        allow_http=True,
        connect_timeout=connect_timeout,
        timeout=timeout,
        randomize_addresses=network.randomize_addresses,
        tls=network.tls,
        proxy=network.proxy,
        proxy_excludes=network.proxy_excludes,
        proxy_certificate=network.proxy_certificate,
        # A service of this machine's, such as CloudShell's: what is told it is for nobody else.
        heeds_environment=network.heeds_environment and not _LOOPBACK.fullmatch(origin.host),
    )


def _refused(failure: Failure) -> Reply:
    if failure.response is not None:
        return Reply(failure.response.status, failure.response.headers, failure.body)
    cause = failure.__cause__
    assert isinstance(cause, TransportError)
    raise cause


def locate(url: str) -> tuple[Origin, str]:
    """Return whom a request for `url` goes to, and what it asks for."""
    parts = split_url(url)
    if parts.scheme not in DEFAULT_PORTS:
        raise ValueError(f"{url.partition('?')[0]!r} is not an http(s) URL")
    return origin_of(parts), (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
