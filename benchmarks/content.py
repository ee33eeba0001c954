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


def list_page(page: int) -> str:
    keys = range(page * PAGE_KEYS, (page + 1) * PAGE_KEYS)
    entries = "".join(ENTRY.format(key=listed_key(n), size=n) for n in keys)
    more = MORE.format(page=page + 1) if page + 1 < PAGES else LAST
    return PAGE.format(count=PAGE_KEYS, more=more, entries=entries)


def fill(root: Path) -> None:
    """Write the bucket and the listing pages under the server's document root."""
    bucket = root / "bkt"
    (bucket / "put").mkdir(parents=True)
    (bucket / "k1").write_bytes(data(KIB))
    (bucket / "m64").write_bytes(data(64 * MIB))
    with (bucket / "g1").open("wb") as file:
        # A hole: the rows that read it measure memory, and only its length matters.
        file.truncate(GIB)
    (root / "pages").mkdir()
    for page in range(PAGES):
        (root / "pages" / f"{page}.xml").write_text(list_page(page))
