"""The client: sign, send, and decide whether to try again.

One request is one call of `send`. Every attempt is authorised anew, with fresh
credentials and date. Whether to repeat is decided by a pure function of the outcome
(`decide_retry`); this file only carries it out.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from obstore._core.errors import TransportError
from obstore._core.retry import Backoff, RetryPolicy, decide_retry, parse_retry_after
from obstore._http.message import BODILESS_METHODS, Header, Origin, Request, Response
from obstore._http.pool import Pool, pool_for
from obstore._http.redirect import Step, is_followed, next_step
from obstore._io.runtime import current

ERROR_BODY_LIMIT = 64 * 1024
"""How much of a reply that says no is read: more than any service's error text."""

_MAX_ELSEWHERE = 16
"""Origins whose connections are kept for the next redirect: a storage cluster has a handful of front ends."""


Authorized: TypeAlias = tuple[str, list[Header]]
"""What an attempt puts on the wire: the target, and the headers."""


class Failure(Exception):
    """A request that did not succeed, and will not by trying again. Stores make it an error.

    Either `status` and `body` are those of the last reply, or `__cause__` is the transport's error.
    """

    def __init__(self, request: Request, attempts: int, elapsed: float, response: Response | None, body: bytes) -> None:
        super().__init__(request.method, request.path)
        self.request = request
        self.attempts = attempts
        self.elapsed = elapsed
        self.response = response
        self.body = body


class Client:
    """Sends requests to one origin. `authorize` makes of a request what goes on the wire.

    Redirects are replies like any other unless `follows_redirects`: a signature is valid for one URL only.
    """

    def __init__(
        self,
        pool: Pool,
        policy: RetryPolicy,
        authorize: Callable[[Request], Awaitable[Authorized]],
        *,
        follows_redirects: bool = False,
    ) -> None:
        self.pool = pool
        self.policy = policy
        self._authorize = authorize
        self._follows_redirects = follows_redirects
        self._elsewhere: dict[Origin, Pool] = {}

    def __repr__(self) -> str:
        return f"<Client {self.pool.origin}>"

    async def send(self, request: Request) -> Response:
        """Send a request until it succeeds (status 2xx) or trying again is pointless.

        Raises:
            Failure: It did not succeed.
        """
        started = time.monotonic()
        try:
            response = await self._attempt(request)
        except TransportError as error:
            return await self._retry(request, error, started)
        if 200 <= response.status < 300:
            return response
        return await self._retry(request, response, started)

    async def _attempt(self, request: Request, step: Step | None = None) -> Response:
        if step is None:
            pool, (target, headers) = self.pool, await self._authorize(request)
        else:
            pool, target, headers = self._pool_of(step.origin), step.target, [*step.headers]
        if request.method not in BODILESS_METHODS:
            headers.append(("content-length", str(request.content_length)))
        head = pool.format_head(request.method, target, headers)
        runtime = current()
        while True:
            connection = await pool.acquire(runtime, must_be_live=not request.idempotent)
            try:
                return await connection.exchange(runtime, request.method, head, request.body)
            except TransportError as error:
                # The server closed a connection as it was taken: not a failure of anything, if it can be repeated.
                if error.kind != "stale" or not request.idempotent:
                    raise

    async def _retry(self, request: Request, outcome: Response | TransportError, started: float) -> Response:
        backoff, retries = Backoff(self.policy), 0
        while True:
            if self._follows_redirects:
                outcome = await self._follow(request, outcome)
            if isinstance(outcome, Response) and 200 <= outcome.status < 300:
                outcome.attempts = retries + 1
                return outcome
            body = await self._error_body(outcome)
            elapsed = time.monotonic() - started
            delay = self._decide(request, outcome, backoff, retries, elapsed)
            if delay is None:
                raise self._failure(request, retries + 1, elapsed, outcome, body)
            await current().sleep(delay)
            retries += 1
            try:
                outcome = await self._attempt(request)
            except TransportError as error:
                outcome = error

    async def _follow(self, request: Request, outcome: Response | TransportError) -> Response | TransportError:
        """Return what the redirects that `outcome` begins lead to: itself, if it is none."""
        step = None
        try:
            while isinstance(outcome, Response) and is_followed(request.method, outcome.status):
                location = outcome.headers.get("location")
                if location is None:
                    break
                step = step or Step(self.pool.origin, *await self._authorize(request))
                following = next_step(request.method, step, location, allow_http=self.pool.options.allow_http)
                if following is None:
                    break
                await self._error_body(outcome)
                step, outcome = following, await self._attempt(request, following)
        except TransportError as error:
            return error
        return outcome

    def _pool_of(self, origin: Origin) -> Pool:
        if origin == self.pool.origin:
            return self.pool
        if origin not in self._elsewhere and len(self._elsewhere) >= _MAX_ELSEWHERE:
            self._elsewhere.clear()
        return self._elsewhere.setdefault(origin, pool_for(origin, self.pool.options))

    def _decide(
        self,
        request: Request,
        outcome: Response | TransportError,
        backoff: Backoff,
        retries: int,
        elapsed: float,
    ) -> float | None:
        from random import random

        status = transport = retry_after = None
        if isinstance(outcome, Response):
            if outcome.status in request.final_statuses:
                return None
            status, retry_after = outcome.status, _retry_after(outcome)
        else:
            transport = outcome.kind
        return decide_retry(
            self.policy,
            retries,
            elapsed,
            backoff,
            random,
            status=status,
            transport=transport,
            idempotent=request.idempotent,
            retry_conflict=request.retries_conflict,
            retry_after=retry_after,
        )

    async def _error_body(self, outcome: Response | TransportError) -> bytes:
        if isinstance(outcome, TransportError):
            return b""
        body = bytearray()
        try:
            while len(body) < ERROR_BODY_LIMIT and (piece := await outcome.body.read_chunk(ERROR_BODY_LIMIT)):
                body += piece
        except TransportError:
            pass  # The status is known, and what came of the text.
        outcome.body.close()
        return bytes(body)

    def _failure(
        self, request: Request, attempts: int, elapsed: float, outcome: Response | TransportError, body: bytes
    ) -> Failure:
        if isinstance(outcome, Response):
            return Failure(request, attempts, elapsed, outcome, body)
        failure = Failure(request, attempts, elapsed, None, body)
        failure.__cause__ = outcome
        return failure


def _retry_after(response: Response) -> float | None:
    from datetime import UTC, datetime

    text = response.headers.get("retry-after")
    return None if text is None else parse_retry_after(text, datetime.now(UTC))
