"""What type checkers refuse: mypy warns of each mark here that hides no error. Checked, and never run."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import obstore
from obstore.store import MemoryStore, S3Store


def check_wrong_arguments(store: MemoryStore, cloud: S3Store) -> None:
    obstore.get("s3://bucket", Path("a"))  # type: ignore[arg-type]
    store.get(b"a")  # type: ignore[arg-type]
    store.get("a", options={"ranges": (0, 1)})  # type: ignore[arg-type]
    store.get_range("a", 0, 5)  # type: ignore[call-arg]
    store.put("a", 5)  # type: ignore[arg-type]
    store.put("a", b"", mode="creat")  # type: ignore[arg-type]
    store.head("a")["etag"]  # type: ignore[typeddict-item]
    store.list_with_delimiter("a", True)  # type: ignore[call-arg]
    cloud.sign("FETCH", "a", timedelta(1))  # type: ignore[call-overload]
    cloud.sign("GET", "a", 60)  # type: ignore[call-overload]


async def check_wrong_awaits(store: MemoryStore) -> None:
    await store.get("a")  # type: ignore[misc]
    for _ in await store.get_async("a").stream():  # type: ignore[attr-defined]
        pass
