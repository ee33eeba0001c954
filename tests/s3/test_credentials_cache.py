"""The cache in front of every source: one fetch for all who wait, refreshed early, old ones outliving failures."""

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from obstore._io.runtime import run_blocking
from obstore._transfer.credentials import CredentialCache
from tests.s3.home import Colour, drive


class Token(NamedTuple):
    """A credential like any other."""

    number: int
    expires_at: float | None = None


class Source:
    """Gives tokens numbered from 1, or raises."""

    def __init__(self, *lives: float | None) -> None:
        self.calls = 0
        self._lives: Iterator[float | None] = iter(lives)

    async def fetch(self) -> Token:
        """Give the next."""
        self.calls += 1
        life = next(self._lives, 0.0)
        if life == 0.0:
            raise OSError(f"failure {self.calls}")
        return Token(self.calls, None if life is None else time.time() + life)


def test_what_never_expires_is_fetched_once(colour: Colour) -> None:
    source = Source(None)
    cache = CredentialCache(source.fetch)

    numbers = [drive(colour, cache.get).number for _ in range(3)]

    assert numbers == [1, 1, 1]


def test_it_is_refreshed_before_it_expires(colour: Colour) -> None:
    cache = CredentialCache(Source(301.0, 3600.0).fetch, min_ttl=300.0)
    first = drive(colour, cache.get)
    cache._fresh_until -= 2.0  # As if two seconds had passed.

    assert (first.number, drive(colour, cache.get).number) == (1, 2)


def test_a_failed_refresh_keeps_what_is_still_valid(colour: Colour) -> None:
    source = Source(60.0)
    cache = CredentialCache(source.fetch, min_ttl=300.0)
    first = drive(colour, cache.get)
    cache._fresh_until = 0.0

    assert drive(colour, cache.get) is first
    assert drive(colour, cache.get) is first
    assert source.calls == 2  # Not tried again for a second.


def test_a_failed_refresh_is_raised_once_the_old_one_has_expired(colour: Colour) -> None:
    cache = CredentialCache(Source(-1.0).fetch)
    drive(colour, cache.get)

    with pytest.raises(OSError, match="failure 2"):
        drive(colour, cache.get)


def test_failures_are_not_kept(colour: Colour) -> None:
    cache = CredentialCache(Source(0.0, None).fetch)
    with pytest.raises(OSError, match="failure 1"):
        drive(colour, cache.get)

    assert drive(colour, cache.get).number == 2


def test_an_invalidated_credential_is_fetched_anew(colour: Colour) -> None:
    cache = CredentialCache(Source(None, None).fetch)
    drive(colour, cache.get)
    cache.invalidate()

    assert drive(colour, cache.get).number == 2


def test_a_pause_spares_a_source_that_hands_out_old_credentials(colour: Colour) -> None:
    source = Source(60.0, 60.0)
    cache = CredentialCache(source.fetch, min_ttl=300.0, pause=10.0)
    for _ in range(3):
        drive(colour, cache.get)

    assert source.calls == 1


def test_ten_threads_at_first_use_cause_one_fetch() -> None:
    entered, may_go_on = threading.Event(), threading.Event()
    source = Source(None, None)

    async def fetch() -> Token:
        entered.set()
        assert may_go_on.wait(10)
        return await source.fetch()

    cache = CredentialCache(fetch)
    with ThreadPoolExecutor(10) as threads:
        jobs = [threads.submit(lambda: run_blocking(cache.get())) for _ in range(10)]
        assert entered.wait(10)
        may_go_on.set()
        numbers = [job.result(10).number for job in jobs]

    assert numbers == [1] * 10
    assert source.calls == 1


def test_ten_tasks_at_first_use_cause_one_fetch() -> None:
    source = Source(None, None)

    async def fetch() -> Token:
        await asyncio.sleep(0)
        return await source.fetch()

    async def main() -> list[int]:
        cache = CredentialCache(fetch)
        return [token.number for token in await asyncio.gather(*(cache.get() for _ in range(10)))]

    assert asyncio.run(main()) == [1] * 10
    assert source.calls == 1


def test_all_who_wait_get_the_failure() -> None:
    async def fetch() -> Token:
        await asyncio.sleep(0)
        raise OSError("no")

    async def main() -> list[object]:
        cache = CredentialCache(fetch)
        return await asyncio.gather(*(cache.get() for _ in range(3)), return_exceptions=True)

    assert [str(outcome) for outcome in asyncio.run(main())] == ["no"] * 3


def test_when_the_one_who_fetches_is_cancelled_another_takes_over() -> None:
    async def main() -> tuple[list[int], int]:
        began = asyncio.Event()
        calls = 0

        async def fetch() -> Token:
            nonlocal calls
            calls += 1
            began.set()
            if calls == 1:
                await asyncio.Event().wait()
            return Token(calls)

        cache = CredentialCache(fetch)
        leader = asyncio.create_task(cache.get())
        await began.wait()
        others = [asyncio.create_task(cache.get()) for _ in range(3)]
        await asyncio.sleep(0)
        leader.cancel()
        numbers = [(await other).number for other in others]
        assert leader.cancelled()
        return numbers, calls

    assert asyncio.run(main()) == ([2, 2, 2], 2)


def test_others_use_the_old_one_while_it_is_refreshed() -> None:
    async def main() -> list[int]:
        refreshing, done = asyncio.Event(), asyncio.Event()
        source = Source(120.0, 3600.0)

        async def fetch() -> Token:
            if source.calls:
                refreshing.set()
                await done.wait()
            return await source.fetch()

        cache = CredentialCache(fetch, min_ttl=300.0, pause=0.0)
        seen = [(await cache.get()).number]
        refresh = asyncio.create_task(cache.get())
        await refreshing.wait()
        seen.append((await cache.get()).number)
        done.set()
        return [*seen, (await refresh).number]

    assert asyncio.run(main()) == [1, 1, 2]


def test_a_sync_call_in_a_loop_does_not_wait_for_that_loop() -> None:
    async def main() -> tuple[int, int]:
        calls = 0

        async def fetch() -> Token:
            nonlocal calls
            calls += 1
            number = calls
            if number == 1:
                await asyncio.sleep(0)
            return Token(number)

        cache = CredentialCache(fetch)
        task = asyncio.create_task(cache.get())
        await asyncio.sleep(0)
        return run_blocking(cache.get()).number, (await task).number

    assert asyncio.run(main()) == (2, 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_does_not_wait_for_its_parents_fetch() -> None:
    entered, may_go_on = threading.Event(), threading.Event()
    parent = os.getpid()

    async def fetch() -> Token:
        if os.getpid() == parent:
            entered.set()
            assert may_go_on.wait(10)
        return Token(7)

    cache = CredentialCache(fetch)
    thread = threading.Thread(target=lambda: run_blocking(cache.get()))
    thread.start()
    assert entered.wait(10)
    child = os.fork()
    if not child:
        os._exit(run_blocking(cache.get()).number)
    status = os.waitpid(child, 0)[1]
    may_go_on.set()
    thread.join()

    assert os.waitstatus_to_exitcode(status) == 7


def test_its_repr_shows_no_secret() -> None:
    cache = CredentialCache(Source(None).fetch)
    states = [repr(cache)]
    run_blocking(cache.get())
    states.append(repr(cache))

    assert states == ["<CredentialCache empty>", "<CredentialCache fresh>"]
