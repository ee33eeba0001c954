"""URLs of stores: taking them apart the way browsers do, and telling which store they mean.

The rules are those of https://url.spec.whatwg.org, as far as they matter for a URL that
names a bucket or a directory. (`urllib.parse` follows an older standard: it keeps a
backslash and does not look at the host.)
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from obstore._core.errors import GenericError, InvalidPathError
from obstore._core.path import decode_percent, parse_path

Scheme = Literal["s3", "gcs", "azure", "http", "local", "memory"]

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_ENDS = "".join(map(chr, range(33)))  # control characters and space
_BAD_HOST = re.compile(r"[\x00-\x20\x7f#%/:<>?@\[\\\]^`{|}]")
_DOTS = re.compile(r"(?:\.|%2e){1,2}", re.IGNORECASE)
_SECRET = re.compile(r"//[^/@]*:[^/@]*@")
_SIGNATURE = re.compile(r"(?:\A|&)(?:X-(?:Amz|Goog)-)?Signature=", re.IGNORECASE)

DEFAULT_PORTS = {"http": 80, "https": 443}

_SPECIAL = {**DEFAULT_PORTS, "file": None}
_WITH_HOST: dict[str, Scheme] = {
    "s3": "s3",
    "s3a": "s3",
    "gs": "gcs",
    "gcs": "gcs",
    "az": "azure",
    "adl": "azure",
    "azure": "azure",
    "abfs": "azure",
    "abfss": "azure",
    "http": "http",
}
_WITHOUT_HOST: dict[str, Scheme] = {"file": "local", "memory": "memory"}
_AZURE_HOSTS = (
    "dfs.core.windows.net",
    "blob.core.windows.net",
    "dfs.fabric.microsoft.com",
    "blob.fabric.microsoft.com",
)
_S3_HOSTS = ("amazonaws.com", "amazonaws.com.cn")
# https://cloud.google.com/storage/docs/request-endpoints: the API, and what the console shows for downloads.
GCS_HOST = "storage.googleapis.com"
GCS_PATH_STYLE_HOSTS = frozenset({GCS_HOST, "storage.cloud.google.com"})


class Url(NamedTuple):
    """The parts of a URL. `path` and `query` are still percent-encoded; the fragment is gone."""

    scheme: str
    userinfo: str
    host: str
    port: int | None
    path: str
    query: str


def split_url(url: str) -> Url:
    """Take a URL apart.

    The scheme is in lower case; the host only for `http`, `https` and `file`, because
    elsewhere it is the name of a bucket. A port that is the scheme's own is left out.

    >>> split_url("S3://Bucket/a%20b?x=1")
    Url(scheme='s3', userinfo='', host='Bucket', port=None, path='/a%20b', query='x=1')

    Raises:
        ValueError: It has no scheme, or its host or port cannot be one.
    """
    if not isinstance(url, str):
        raise TypeError(f"url must be a str, not {type(url).__name__}")
    url = re.sub(r"[\t\n\r]", "", url.strip(_ENDS))
    found = _SCHEME.match(url)
    if found is None:
        raise ValueError("relative URL without a base: it must begin with a scheme, such as s3:// or file:///")
    scheme = found[1].lower()
    rest, _, query = url[found.end() :].partition("#")[0].partition("?")
    authority, path = _split_authority(scheme, rest)
    userinfo, _, place = authority.rpartition("@")
    if authority and place[:1] in ("", ":"):
        raise ValueError("empty host in URL")
    host, port = _split_host(scheme, place)
    return Url(scheme, userinfo, host, None if port == _SPECIAL.get(scheme) else port, path, query)


def _split_authority(scheme: str, rest: str) -> tuple[str, str]:
    if scheme in _SPECIAL:
        rest = rest.replace("\\", "/")
        if scheme != "file":
            rest = "//" + rest.lstrip("/")
        elif not rest.startswith("//"):
            rest = "//" + (rest if rest.startswith("/") else "/" + rest)
    if not rest.startswith("//"):
        return "", rest
    authority, slash, path = rest[2:].partition("/")
    # "file:////tmp" is a slip that everybody's parser forgives.
    return authority, slash + (path.lstrip("/") if scheme == "file" else path)


def _split_host(scheme: str, place: str) -> tuple[str, int | None]:
    if place.startswith("["):
        host, bracket, port = place.partition("]")
        if not bracket or not re.fullmatch(r"\[[0-9A-Fa-f:.]+", host) or not (port + ":").startswith(":"):
            raise ValueError(f"invalid IPv6 address in URL: {place!r}")
        return host.lower() + "]", _port(port[1:])
    host, _, port = place.partition(":")
    return _host(scheme, host), _port(port)


def _host(scheme: str, host: str) -> str:
    if scheme in _SPECIAL:
        host = decode_percent(host).lower()
        if not host.isascii():
            host = host.encode("idna").decode()  # UnicodeError is a ValueError
        if scheme == "file" and host == "localhost":
            return ""
        if scheme != "file" and not host:
            raise ValueError("empty host in URL")
    if _BAD_HOST.search(host.replace("%", "") if scheme not in _SPECIAL else host):
        raise ValueError(f"invalid domain character in the host {host!r} of the URL")
    return host


def _port(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"0*[0-9]{1,5}", text, re.ASCII) or int(text) > 65535:
        raise ValueError(f"invalid port number in URL: {text!r}")
    return int(text)


def parse_scheme(url: str) -> Scheme:
    """Tell which kind of store a URL means.

    >>> parse_scheme("gs://bucket/path"), parse_scheme("https://b.s3.amazonaws.com/path")
    ('gcs', 's3')

    Raises:
        GenericError: No store is recognised, or the path has an empty segment.
        ValueError: It is not a URL.
    """
    scheme, path = recognise(url, split_url(url))
    url_path_to_prefix(path)
    return scheme


def recognise(url: str, parts: Url) -> tuple[Scheme, str]:
    """Return which kind of store a URL, taken apart, means, and the path inside it as it is written.

    Raises:
        GenericError: No store is recognised.
    """
    scheme, path = _recognise(parts)
    if scheme is None:
        raise GenericError(f'Generic URL error: Unable to recognise URL "{shown_url(url)}"', store="URL")
    return scheme, path


def shown_url(url: str) -> str:
    """Return a URL as errors may show it: without its query, which may be a signature, and its password.

    >>> shown_url("https://user:secret@host/path?sig=secret")
    'https://***@host/path'
    """
    return _SECRET.sub("//***@", url.partition("?")[0])


def is_signed(query: str) -> bool:
    """Tell whether a query is that of a signed URL of S3's or Google's: it is a credential, for this URL only.

    >>> is_signed("X-Amz-Date=20260101T000000Z&X-Amz-Signature=abc"), is_signed("versionId=1")
    (True, False)
    """
    return _SIGNATURE.search(query) is not None


def _recognise(url: Url) -> tuple[Scheme | None, str]:
    """Return the store, and the path inside it."""
    if url.scheme == "https":
        return ("http", url.path) if is_signed(url.query) else _recognise_host(url.host, url.path)
    return (_WITH_HOST if url.host else _WITHOUT_HOST).get(url.scheme), url.path


def _recognise_host(host: str, path: str) -> tuple[Scheme, str]:
    below_first = path[1:].partition("/")[2]
    if host.endswith(_AZURE_HOSTS):
        return "azure", below_first
    if host.endswith(_S3_HOSTS):
        return "s3", below_first if host.startswith("s3") else path
    if host.endswith("r2.cloudflarestorage.com"):
        return "s3", below_first
    if host in GCS_PATH_STYLE_HOSTS:
        return "gcs", below_first
    if host.endswith("." + GCS_HOST):
        return "gcs", path
    return "http", path


def url_path_to_prefix(path: str) -> str:
    """Turn the path of a URL into a store's: `..` resolved, percent-encoding undone.

    >>> url_path_to_prefix("/a/../b%20c/")
    'b c'

    Raises:
        GenericError: It is not a path that a store can hold.
    """
    try:
        return parse_path(decode_percent(collapse_dots(path)))
    except InvalidPathError as error:
        cause = str(error).removeprefix("Could not parse path: ")
        raise GenericError(f"Generic URL error: {cause}", store="URL") from error


def collapse_dots(path: str) -> str:
    """Resolve the segments `.` and `..` of a URL's path, which may be percent-encoded.

    >>> collapse_dots("/a/./b/%2e%2E/c")
    '/a/c'
    """
    kept: list[str] = []
    segments = path.removeprefix("/").split("/")
    for segment in segments:
        if not _DOTS.fullmatch(segment):
            kept.append(segment)
        elif kept and len(segment.lower().replace("%2e", ".")) == 2:
            kept.pop()
    if _DOTS.fullmatch(segments[-1]):
        kept.append("")
    return "/" + "/".join(kept)
