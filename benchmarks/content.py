"""The objects of the benchmark bucket, reproducible in every process from their size alone."""

from __future__ import annotations

import functools
import random
from pathlib import Path

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30

PAGES = 100
PAGE_KEYS = 1000

# Key and size of what can be read; "g1" is a hole of 1 GiB besides.
OBJECTS = {
    "k1": KIB,
    "k16": 16 * KIB,
    "k256": 256 * KIB,
    "m4": 4 * MIB,
    "m64": 64 * MIB,
    "m256": 256 * MIB,
}
# Listings of so many keys, each in a bucket of its own; "bkt" has as many as the longest.
LISTINGS = (10, 100, 1000, 10_000, PAGES * PAGE_KEYS)

ENTRY = (
    "<Contents><Key>{key}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>"
    "<ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><Size>{size}</Size>"
    "<StorageClass>STANDARD</StorageClass></Contents>"
)
PAGE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bkt</Name><Prefix></Prefix>'
    "<KeyCount>{count}</KeyCount><MaxKeys>{count}</MaxKeys>{more}{entries}</ListBucketResult>"
)
MORE = "<IsTruncated>true</IsTruncated><NextContinuationToken>t{page}</NextContinuationToken>"
LAST = "<IsTruncated>false</IsTruncated>"


@functools.cache
def data(size: int) -> bytes:
    """Return the `size` bytes that every object of that size holds.

    Random, so that neither a part out of place nor a stale buffer can pass for the right answer.
    """
    source = random.Random(size)
    # In blocks: randbytes goes through one integer, and those end at 2 Gibit.
    return b"".join(source.randbytes(min(MIB, size - start)) for start in range(0, size, MIB))


def listed_key(n: int) -> str:
    return f"table/year={2000 + n // 5000}/part-{n:06}.parquet"


def listed_keys(count: int) -> list[str]:
    """Return the keys of a listing of `count`: they are the last ones, or the first of the last page."""
    first = PAGES * PAGE_KEYS - max(count, PAGE_KEYS)
    return [listed_key(first + n) for n in range(count)]


def list_page(page: int, count: int = PAGE_KEYS) -> str:
    keys = range(page * PAGE_KEYS, page * PAGE_KEYS + count)
    entries = "".join(ENTRY.format(key=listed_key(n), size=n) for n in keys)
    more = MORE.format(page=page + 1) if page + 1 < PAGES else LAST
    return PAGE.format(count=count, more=more, entries=entries)


def first_page(count: int) -> str:
    """Return where a listing of `count` keys begins: all of them end with the same pages."""
    if count < PAGE_KEYS:
        return list_page(PAGES - 1, count)
    return list_page(PAGES - count // PAGE_KEYS)


def fill(root: Path) -> None:
    """Write the bucket and the listing pages under the server's document root."""
    bucket = root / "bkt"
    (bucket / "put").mkdir(parents=True)
    for key, size in OBJECTS.items():
        (bucket / key).write_bytes(data(size))
    with (bucket / "g1").open("wb") as file:
        # A hole: the rows that read it measure memory, and only its length matters.
        file.truncate(GIB)
    data.cache_clear()
    pages = root / "pages"
    pages.mkdir()
    for page in range(PAGES):
        (pages / f"{page}.xml").write_text(list_page(page))
    (pages / "first-bkt.xml").write_text(list_page(0))
    for count in LISTINGS:
        (pages / f"first-keys{count}.xml").write_text(first_page(count))
