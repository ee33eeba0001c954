"""A tour of obstore that needs no account and no network: `python3 tasks.py demo`.

It puts, gets, lists, copies and signs, then moves the Python standard library's own
source files into a store and back, one after the other and side by side, and compares
every byte.
"""

import asyncio
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import obstore as obs
from obstore.store import LocalStore, MemoryStore, ObjectStore, PrefixStore, S3Store

SIDE_BY_SIDE = 32
IS_TERMINAL = sys.stdout.isatty()
BOLD, DIM, GREEN, PLAIN = ("\033[1m", "\033[2m", "\033[32m", "\033[0m") if IS_TERMINAL else ("",) * 4


def title(text: str) -> None:
    print(f"\n{BOLD}{text}{PLAIN}")


def show(what: str, result: object) -> None:
    print(f"  {what:<34} {DIM}{result}{PLAIN}")


def progress(done: int, total: int) -> None:
    """Redraw a bar, where there is a terminal to draw on."""
    if IS_TERMINAL:
        filled = 30 * done // total
        end = "" if done < total else "\r\033[K"
        print(f"\r  [{'#' * filled}{'.' * (30 - filled)}] {done}/{total}", end=end, flush=True)


@contextmanager
def timed(what: str, sizes: dict[str, int]) -> Iterator[None]:
    """Say how long the block took, and how many files and bytes that is in a second."""
    start = time.perf_counter()
    yield
    seconds = time.perf_counter() - start
    rate, volume = len(sizes) / seconds, sum(sizes.values()) / 2**20 / seconds
    print(f"  {what:<34} {GREEN}{seconds * 1000:7.1f} ms{PLAIN} {DIM}{rate:8,.0f} files/s {volume:7.1f} MiB/s{PLAIN}")


def first_steps(store: ObjectStore) -> None:
    title(f"First steps, in {type(store).__name__}")
    result = obs.put(store, "greetings/hello.txt", b"hello world!")
    show("put", result)
    show("get", obs.get(store, "greetings/hello.txt").bytes())
    show("head", f"{obs.head(store, 'greetings/hello.txt')['size']} bytes")
    show("get_range(start=6, length=5)", obs.get_range(store, "greetings/hello.txt", start=6, length=5))
    show("get_ranges", obs.get_ranges(store, "greetings/hello.txt", starts=[0, 6], lengths=[5, 5]))
    obs.copy(store, "greetings/hello.txt", "greetings/copy.txt")
    obs.rename(store, "greetings/copy.txt", "farewells/bye.txt")
    show("list, after copy and rename", [meta["path"] for meta in obs.list(store).collect()])
    show("list_with_delimiter", obs.list_with_delimiter(store)["common_prefixes"])
    show("the same, below a prefix", PrefixStore(store, "farewells").list().collect()[0]["path"])


def conditions(store: ObjectStore) -> None:
    title("Nothing is overwritten by accident")
    try:
        obs.put(store, "greetings/hello.txt", b"again", mode="create")
    except FileExistsError as error:
        show("put(mode='create')", type(error).__name__)
    seen = obs.head(store, "greetings/hello.txt")
    obs.put(store, "greetings/hello.txt", b"changed", mode={"e_tag": seen["e_tag"]})
    show("put(mode={'e_tag': ...})", "replaced what we had seen")
    try:
        obs.put(store, "greetings/hello.txt", b"too late", mode={"e_tag": seen["e_tag"]})
    except obs.exceptions.PreconditionError as error:
        show("the same once more", type(error).__name__)


def streams_and_files(store: ObjectStore) -> None:
    title("Streams and files")
    obs.put(store, "numbers.txt", (f"{n}\n".encode() for n in range(100_000)))
    chunks = [len(chunk) for chunk in obs.get(store, "numbers.txt").stream(min_chunk_size=200_000)]
    show("put an iterator, get in chunks of", chunks)
    with obs.open_writer(store, "log.txt") as file:
        file.write(b"one\ntwo\nthree\n")
    with obs.open_reader(store, "log.txt") as file:
        show("lines of an object", [line.decode().strip() for line in file])


def signed_urls() -> None:
    title("Signed URLs, with made-up keys and no request")
    store = S3Store("bucket", region="eu-west-1", access_key_id="AKIDEXAMPLE", secret_access_key="made-up")
    url = obs.sign(store, "GET", "reports/2026.csv", timedelta(minutes=10))
    show("sign", url.partition("X-Amz-Signature")[0][:76] + "...")
    show("explain()['region']", store.explain()["region"])


def source_files() -> dict[str, int]:
    """Return the standard library's modules, and their sizes."""
    root = Path(sysconfig.get_path("stdlib"))
    files = [file for folder in ("", "asyncio", "email", "json", "xml") for file in (root / folder).glob("*.py")]
    return {file.relative_to(root).as_posix(): file.stat().st_size for file in files}


def move_one_by_one(store: ObjectStore, root: Path, sizes: dict[str, int]) -> None:
    with timed("upload, one after the other", sizes):
        for done, name in enumerate(sizes, 1):
            obs.put(store, name, root / name)
            progress(done, len(sizes))
    with timed("download, and compare all bytes", sizes):
        for done, meta in enumerate(obs.list(store).collect(), 1):
            assert obs.get(store, meta["path"]).bytes() == (root / meta["path"]).read_bytes()
            progress(done, len(sizes))


async def move_side_by_side(store: ObjectStore, root: Path, sizes: dict[str, int]) -> None:
    places = asyncio.Semaphore(SIDE_BY_SIDE)

    async def upload(name: str) -> None:
        async with places:
            await obs.put_async(store, name, root / name)

    async def compare(name: str) -> None:
        async with places:
            result = await obs.get_async(store, name)
            assert await result.bytes_async() == (root / name).read_bytes()

    for what, job in (("upload, side by side (async)", upload), ("download, side by side (async)", compare)):
        with timed(what, sizes):
            for done, task in enumerate(asyncio.as_completed([job(name) for name in sizes]), 1):
                await task
                progress(done, len(sizes))


def move_a_directory(store: ObjectStore) -> None:
    root, sizes = Path(sysconfig.get_path("stdlib")), source_files()
    total = sum(sizes.values()) / 2**20
    title(f"{len(sizes)} files of the standard library, {total:.1f} MiB, in {type(store).__name__}")
    move_one_by_one(store, root, sizes)
    obs.delete(store, list(sizes))
    asyncio.run(move_side_by_side(store, root, sizes))
    assert {meta["path"]: meta["size"] for meta in obs.list(store).collect()} == sizes
    print(f"  {GREEN}every byte is the same{PLAIN}")


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        memory, local = MemoryStore(), LocalStore(directory)
        first_steps(memory)
        conditions(memory)
        streams_and_files(local)
        signed_urls()
        move_a_directory(MemoryStore())
        move_a_directory(LocalStore(Path(directory, "files"), mkdir=True))
    print(f"\n{DIM}Nothing here has a network's latency. Where there is one, side by side is what pays.{PLAIN}")
    print(f"{BOLD}Next:{PLAIN} README.md, docs/getting-started.md, and `python3 tasks.py test`.")


if __name__ == "__main__":
    main()
