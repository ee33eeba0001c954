"""The client: sign, send, and decide whether to try again.

One request is one call of `send`. Every attempt is authorised anew, with fresh
credentials and date. Whether to repeat is decided by a pure function of the outcome
(`decide_retry`); this file only carries it out.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from obstore._core.body import BufferBody
from obstore._core.counts import Counts
from obstore._core.errors import TransportError
from obstore._core.hooks import EVERYWHERE, Hooks
from obstore._core.log import debug, is_traced
from obstore._core.retry import Backoff, RetryPolicy, decide_retry, is_transient, parse_retry_after
from obstore._core.times import parse_http_date
from obstore._http.body import HttpBody
from obstore._http.message import BODILESS_METHODS, Header, Judge, Origin, Request, Response
from obstore._http.pool import Pool, pool_for
from obstore._http.redirect import Step, is_followed, next_step
from obstore._io.runtime import current

if TYPE_CHECKING:
    from obstore._core.metrics import Metrics

ERROR_BODY_LIMIT = 64 * 1024
"""How much of a reply that says no is read: more than any service's error text."""

DOCUMENT_LIMIT = 256 << 20
"""The longest reply that is read as a whole: a hundred times a page of a listing. A server may promise anything."""

_MAX_ELSEWHERE = 16
"""Origins whose connections are kept for the next redirect: a storage cluster has a handful of front ends."""


Authorized: TypeAlias = tuple[str, list[Header]]
"""What an attempt puts on the wire: the target, and the headers."""


class Verdict(NamedTuple):
    """Whether to try again: after `delay` seconds, or, if that is None, not; then `stopped_by` may say why."""

    delay: float | None
    stopped_by: str


class Failure(Exception):
    """A request that did not succeed, and will not by trying again. Stores make it an error.

    Either `status` and `body` are those of the last reply, or `__cause__` is the transport's error.
    `step` is where redirects led it before that, if they did.
    `stopped_by` says why it was not tried again, where that is not plain.
    """

    def __init__(
        self,
        request: Request,
        attempts: int,
        elapsed: float,
        response: Response | None,
        body: bytes,
        stopped_by: str = "",
        step: Step | None = None,
    ) -> None:
        super().__init__(request.method, request.path)
        self.request = request
        self.attempts = attempts
        self.elapsed = elapsed
        self.response = response
        self.body = body
        self.stopped_by = stopped_by
        self.step = step

    def __reduce__(self) -> tuple[type[Exception], tuple[str]]:
        # It is the context of the error made of it, which dask.distributed pickles as well: no secrets, no bodies.
        return Exception, (f"{self.request.method} failed, attempts: {self.attempts}",)


class Client:
    """Sends requests to one origin. `authorize` makes of a request what goes on the wire.

    Redirects are replies like any other unless `follows_redirects`: a signature is valid for one URL only.
    `mend` looks at a refusal and its text, and says whether it has changed something for which the
    request, authorised anew, may succeed. It is asked once per request.
    """

    def __init__(
        self,
        pool: Pool,
        policy: RetryPolicy,
        authorize: Callable[[Request], Awaitable[Authorized]],
        *,
        follows_redirects: bool = False,
        mend: Callable[[Request, Response, bytes], bool] | None = None,
    ) -> None:
        self.pool = pool
        self.policy = policy
        self.hooks = Hooks(EVERYWHERE)
        self._counts = Counts()
        self._authorize = authorize
        self._mend = mend
        self._follows_redirects = follows_redirects
        self._elsewhere: dict[Origin, Pool] = {}

    def __repr__(self) -> str:
        return f"<Client {self.pool.origin}>"

    def report_as(self, other: Client) -> None:
        """Tell of what happens through another client, whose place this one takes."""
        self.hooks, self._counts = other.hooks, other._counts

    async def send(self, request: Request) -> Response:
        """Send a request until it succeeds (status 2xx) or trying again is pointless.

        Raises:
            Failure: It did not succeed.
        """
        pool = self.pool
        if pool.throttle is not None:
            await self._take_turn(request)
        started = time.monotonic()
        try:
            if self.hooks.is_on or is_traced():
                response = await self._watched(request, 1)
            else:
                response = await self._attempt(request)
        except TransportError as error:
            return await self._retry(request, error, started)
        if 200 <= response.status < 300:
            if pool.budget is not None:
                pool.budget.succeed(after_retry=False)
            if request.resends:
                response.attempts += request.resends
            return response
        return await self._retry(request, response, started)

    async def _attempt(self, request: Request, step: Step | None = None) -> Response:
        if step is None:
            pool, (target, headers) = self.pool, await self._authorize(request)
        else:
            pool, target, headers = self._pool_of(step.origin), step.target, [*step.headers]
        counts, asks = self._counts, False
        if request.method not in BODILESS_METHODS:
            size = request.content_length
            headers.append(("content-length", str(size)))
            counts.sent += size
            if pool.asks_from is not None and size >= pool.asks_from:
                asks = True
                headers.append(("expect", "100-continue"))
        head = pool.format_head(request.method, target, headers)
        runtime = current()
        while True:
            connection = pool.take(runtime.home, must_be_live=not request.idempotent)
            if connection is None:
                connection = await pool.acquire(runtime)
            connection.counts = counts
            if connection.exchanges:
                counts.reused += 1
            else:
                counts.opened += 1
            try:
                response = await connection.exchange(runtime, request.method, head, request.body, asks=asks)
                if request.judge is not None:
                    await _hear(response, request.judge)
            except TransportError as error:
                # The server closed a connection as it was taken: not a failure of anything, if it can be repeated.
                if error.kind != "stale" or not request.idempotent:
                    error.reused = connection.exchanges > 0
                    raise
                request.resends += 1
            else:
                counts.replies[request.method, response.status] += 1
                if asks and response.status == 417:
                    await read_words(response)
                    pool.asks_from = None
                    return await self._attempt(request, step)
                return response

    async def _watched(self, request: Request, number: int, step: Step | None = None) -> Response:
        """Make an attempt of which somebody wants to know."""
        from obstore._http.watch import Watch

        origin, target = (self.pool.origin, None) if step is None else (step.origin, step.target)
        watch = Watch(self.hooks, request, origin, target, number)
        try:
            response = await self._attempt(request, step)
        except BaseException as error:
            watch.fail(error)
            raise
        watch.reply(response)
        return response

    async def _take_turn(self, request: Request) -> None:
        """Wait until the throttle lets a request through."""
        assert self.pool.throttle is not None
        delay = self.pool.throttle.reserve(time.monotonic(), self.policy.retry_timeout)
        if delay:
            self._counts.throttle_wait += delay
            debug("throttle", "%s waits %.3f s: %r", request.method, delay, self.pool.throttle)
            await current().sleep(delay)

    async def _retry(self, request: Request, outcome: Response | TransportError, started: float) -> Response:
        from obstore._http.watch import tell_retry

        backoff, retries, may_mend, sent_at = Backoff(self.policy), 0, self._mend is not None, started
        step: Step | None = None
        while True:
            if self._follows_redirects:
                outcome, step = await self._follow(request, outcome, retries + 1)
            if isinstance(outcome, Response) and 200 <= outcome.status < 300:
                outcome.attempts = retries + request.resends + 1
                if self.pool.budget is not None:
                    self.pool.budget.succeed(after_retry=retries > 0)
                return outcome
            body = await read_words(outcome) if isinstance(outcome, Response) else b""
            elapsed = time.monotonic() - started
            self._note(outcome, body, sent_at)
            if may_mend and self._is_mended(request, outcome, body):
                verdict, may_mend = Verdict(0.0, ""), False
            else:
                verdict = self._decide(request, outcome, backoff, retries, elapsed)
            if verdict.delay is None:
                attempts = retries + request.resends + 1
                raise self._failure(request, attempts, elapsed, outcome, body, verdict.stopped_by, step)
            retries += 1
            self._counts.retries += 1
            tell_retry(self.hooks, self.policy, request, self.pool.origin, outcome, retries, elapsed, verdict.delay)
            await current().sleep(verdict.delay)
            if self.pool.throttle is not None:
                await self._take_turn(request)
            sent_at = time.monotonic()
            outcome = await self._again(request, retries + 1)

    async def _again(self, request: Request, number: int, step: Step | None = None) -> Response | TransportError:
        try:
            if self.hooks.is_on or is_traced():
                return await self._watched(request, number, step)
            return await self._attempt(request, step)
        except TransportError as error:
            return error

    def _note(self, outcome: Response | TransportError, body: bytes, sent_at: float) -> None:
        """Count a failure, and have the pool slow down if that is what the server wants."""
        from obstore._http.throttle import is_throttled

        if isinstance(outcome, TransportError):
            self._counts.failures[outcome.kind] += 1
        elif is_throttled(outcome.status, outcome.reason, outcome.headers, body):
            self._counts.throttled += 1
            if self.pool.options.adaptive_throttling and self.pool.slow_down(sent_at):
                debug("throttle", "%s: %d %s: %r", self.pool.origin, outcome.status, outcome.reason, self.pool.throttle)

    def _is_mended(self, request: Request, outcome: Response | TransportError, body: bytes) -> bool:
        return self._mend is not None and isinstance(outcome, Response) and self._mend(request, outcome, body)

    def metrics(self) -> Metrics:
        """Return what this client has done so far."""
        pool = self.pool
        rate = pool.throttle.rate if pool.throttle is not None else None
        return self._counts.metrics(pool_waits=pool.waits, pool_wait=pool.waited, rate_limit=rate)

    async def _follow(
        self, request: Request, outcome: Response | TransportError, number: int
    ) -> tuple[Response | TransportError, Step | None]:
        """Return what the redirects that `outcome` begins lead to, and where: itself and None, if it is none."""
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
                await read_words(outcome)
                step, outcome = following, await self._again(request, number, following)
        except TransportError as error:
            outcome = error
        return outcome, step if step is not None and step.trail else None

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
    ) -> Verdict:
        from random import random

        status = transport = retry_after = None
        if isinstance(outcome, Response):
            if outcome.status in request.final_statuses:
                return Verdict(None, "")
            status, retry_after = outcome.status, _retry_after(outcome)
        else:
            transport = outcome.kind
        delay = decide_retry(
            self.policy,
            retries,
            elapsed,
            backoff,
            random,
            status=status,
            transport=transport,
            idempotent=request.idempotent or request.is_guarded,
            retry_conflict=request.retries_conflict,
            retry_after=retry_after,
        )
        if delay is not None:
            return self._pay(delay)
        is_too_long = retry_after is not None and elapsed + retry_after > self.policy.retry_timeout
        if is_too_long and is_transient(status, request.retries_conflict):
            return Verdict(None, f"the server asks to wait {retry_after:g} s, which is more than retry_timeout leaves")
        return Verdict(None, "")

    def _pay(self, delay: float) -> Verdict:
        if self.pool.take_retry():
            return Verdict(delay, "")
        self._counts.stopped += 1
        return Verdict(
            None,
            f"not tried again: the retry budget of {self.pool.origin} is used up, because of too many failures"
            " of all its requests (client_options: retry_budget)",
        )

    def _failure(
        self,
        request: Request,
        attempts: int,
        elapsed: float,
        outcome: Response | TransportError,
        body: bytes,
        stopped_by: str,
        step: Step | None,
    ) -> Failure:
        response = outcome if isinstance(outcome, Response) else None
        failure = Failure(request, attempts, elapsed, response, body, stopped_by, step)
        if isinstance(outcome, TransportError):
            failure.__cause__ = outcome
        return failure


async def read_words(response: Response) -> bytes:
    """Return what a reply says besides its status, as far as it comes, and free its connection."""
    body = bytearray()
    try:
        while len(body) < ERROR_BODY_LIMIT and (piece := await response.body.read_chunk(ERROR_BODY_LIMIT)):
            body += piece
    except TransportError:
        pass  # The status is known, and what came of the text.
    response.body.close()
    return bytes(body)


async def _hear(response: Response, judge: Judge) -> None:
    """Read a reply that says yes, and let `judge` say whether it means it."""
    if not 200 <= response.status < 300:
        return
    body = response.body
    if isinstance(body, HttpBody) and (body.remaining or 0) > DOCUMENT_LIMIT:
        body.close()
        raise TransportError("decode", f"a reply of {body.remaining} bytes, where a document was expected")
    whole = await body.read()
    response.body = BufferBody(whole)
    status = judge(whole)
    if status is not None:
        response.reason = f"in a reply of {response.status}"
        response.status = status


def _retry_after(response: Response) -> float | None:
    from datetime import UTC, datetime

    text = response.headers.get("retry-after")
    if text is None:
        return None
    try:
        # A date is one of the server's clock, and so is this one: ours may be off.
        now = parse_http_date(response.headers.get("date", ""))
    except ValueError:
        now = datetime.now(UTC)
    return parse_retry_after(text, now)
