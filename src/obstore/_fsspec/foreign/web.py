"""The arguments of fsspec's own file system for HTTP."""

from __future__ import annotations

from collections.abc import Mapping

from obstore._fsspec.foreign.fates import Fate, Ignored, Made, OfFileSystem, Read, Within


def _headers(_: str, value: Mapping[str, str], made: Made) -> None:
    known = made.client_options.get("default_headers", {})
    made.client_options["default_headers"] = {**value, **known}


HEADERS = Read(_headers, "`client_options`: `default_headers`")

_CLIENT: Mapping[str, Fate] = {
    "headers": HEADERS,
    "trust_env": Ignored("proxies of the environment are always heeded"),
}

ARGUMENTS: Mapping[str, Fate] = {
    "block_size": OfFileSystem("default_block_size"),
    "cache_options": Ignored("files are read ahead, and not cached"),
    "cache_type": Ignored("files are read ahead, and not cached"),
    "encoded": Ignored("paths are always encoded"),
    "get_client": Ignored("the HTTP client is another one"),
    "headers": HEADERS,
    "same_scheme": Ignored("listings are those of WebDAV and of index pages"),
    "simple_links": Ignored("listings are those of WebDAV and of index pages"),
    "size_policy": Ignored("the server says the size, or the object is read"),
    "client_kwargs": Within(_CLIENT, "`headers`"),
}
"""What `HTTPFileSystem` takes."""
