"""A bucket in memory that speaks as much S3 as the store under test does, and counts what it has carried out."""

import re
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import md5
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from tests.socket.listener import Received, reply

_NAME = {
    ("GET", frozenset()): "GetObject",
    ("HEAD", frozenset()): "HeadObject",
    ("PUT", frozenset()): "PutObject",
    ("DELETE", frozenset()): "DeleteObject",
    ("POST", frozenset({"uploads"})): "CreateMultipartUpload",
    ("PUT", frozenset({"partNumber", "uploadId"})): "UploadPart",
    ("POST", frozenset({"uploadId"})): "CompleteMultipartUpload",
    ("DELETE", frozenset({"uploadId"})): "AbortMultipartUpload",
    ("POST", frozenset({"delete"})): "DeleteObjects",
}


def name_of(request: Received) -> str:
    """Return the name of a request in the S3 API reference."""
    query = dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True))
    if "list-type" in query:
        return "ListObjectsV2"
    name = _NAME[request.method, frozenset(query)]
    return name.replace("PutObject", "CopyObject") if "x-amz-copy-source" in request.headers else name


class Stored(NamedTuple):
    """An object. Its tag is the MD5 of the content, or of those of its parts, as at Amazon."""

    content: bytes
    etag: str


def stored(content: bytes) -> Stored:
    """Make an object that is put in one piece."""
    return Stored(content, f'"{md5(content).hexdigest()}"')


class Bucket:
    """The objects, and the uploads that are under way. `done` counts requests that were carried out and succeeded."""

    def __init__(self, **objects: bytes) -> None:
        self.objects = {key: stored(content) for key, content in objects.items()}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.age = 0
        """How old, in seconds, the objects say they are."""
        self.done: Counter[str] = Counter()
        self._lock = threading.Lock()

    def answer(self, request: Received) -> bytes:
        """Carry a request out, and return the reply."""
        path, _, query = request.target.partition("?")
        key = unquote(path.removeprefix("/bucket").removeprefix("/"))
        name = name_of(request)
        with self._lock:
            answer: bytes = getattr(self, f"_{name}")(key, dict(parse_qsl(query, keep_blank_values=True)), request)
            self.done[name] += answer.startswith(b"HTTP/1.1 2")
        return answer

    def _GetObject(self, key: str, query: dict[str, str], request: Received) -> bytes:
        found = self.objects.get(key)
        if found is None:
            return refusal("404 Not Found", "NoSuchKey")
        if request.headers.get("if-match", found.etag) != found.etag:
            return refusal("412 Precondition Failed", "PreconditionFailed")
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
        if wanted is None:
            now = datetime.now(UTC)
            date, modified = (format_datetime(at, usegmt=True) for at in (now, now - timedelta(seconds=self.age)))
            return reply(found.content, etag=found.etag, date=date, last_modified=modified)
        size = len(found.content)
        start, stop = int(wanted[1]), min(int(wanted[2]) + 1 if wanted[2] else size, size)
        if start >= size:
            return refusal("416 Range Not Satisfiable", "InvalidRange")
        shown = f"bytes {start}-{stop - 1}/{size}"
        return reply(found.content[start:stop], status="206 Partial Content", etag=found.etag, content_range=shown)

    def _HeadObject(self, key: str, query: dict[str, str], request: Received) -> bytes:
        whole = self._GetObject(key, query, request)
        return whole[: whole.index(b"\r\n\r\n") + 4]

    def _PutObject(self, key: str, query: dict[str, str], request: Received) -> bytes:
        if (conflict := self._conflict(key, request)) is not None:
            return conflict
        self.objects[key] = stored(request.body)
        return reply(etag=self.objects[key].etag)

    def _conflict(self, key: str, request: Received) -> bytes | None:
        found = self.objects.get(key)
        tag = found.etag if found is not None else None
        unwanted = request.headers.get("if-none-match") == "*" and found is not None
        return (
            refusal("412 Precondition Failed", "PreconditionFailed")
            if unwanted or request.headers.get("if-match", tag) != tag
            else None
        )

    def _CopyObject(self, key: str, query: dict[str, str], request: Received) -> bytes:
        source = self.objects.get(unquote(request.headers["x-amz-copy-source"].partition("/")[2]))
        if source is None:
            return refusal("404 Not Found", "NoSuchKey")
        if (conflict := self._conflict(key, request)) is not None:
            return conflict
        self.objects[key] = stored(source.content)
        return document("CopyObjectResult", f"<ETag>{self.objects[key].etag}</ETag>")

    def _DeleteObject(self, key: str, query: dict[str, str], request: Received) -> bytes:
        self.objects.pop(key, None)
        return b"HTTP/1.1 204 No Content\r\n\r\n"

    def _DeleteObjects(self, key: str, query: dict[str, str], request: Received) -> bytes:
        for name in re.findall(r"<Key>(.*?)</Key>", request.body.decode()):
            self.objects.pop(name, None)
        return document("DeleteResult", "")

    def _CreateMultipartUpload(self, key: str, query: dict[str, str], request: Received) -> bytes:
        upload_id = f"upload{self.done['CreateMultipartUpload']}"
        self.uploads[upload_id] = {}
        return document("InitiateMultipartUploadResult", f"<UploadId>{upload_id}</UploadId>")

    def _UploadPart(self, key: str, query: dict[str, str], request: Received) -> bytes:
        parts = self.uploads.get(query["uploadId"])
        if parts is None:
            return refusal("404 Not Found", "NoSuchUpload")
        parts[int(query["partNumber"])] = request.body
        return reply(etag=stored(request.body).etag)

    def _CompleteMultipartUpload(self, key: str, query: dict[str, str], request: Received) -> bytes:
        if (conflict := self._conflict(key, request)) is not None:
            return conflict
        parts = self.uploads.pop(query["uploadId"], None)
        if parts is None:
            return refusal("404 Not Found", "NoSuchUpload")
        named = re.findall(r"<ETag>(.*?)</ETag><PartNumber>(\d+)</PartNumber>", request.body.decode())
        assert [stored(parts[int(number)]).etag for _, number in named] == [etag for etag, _ in named]
        digests = b"".join(md5(parts[int(number)]).digest() for _, number in named)
        etag = f'"{md5(digests).hexdigest()}-{len(named)}"'
        self.objects[key] = Stored(b"".join(parts[int(number)] for _, number in named), etag)
        return document("CompleteMultipartUploadResult", f"<ETag>{etag}</ETag>")

    def _AbortMultipartUpload(self, key: str, query: dict[str, str], request: Received) -> bytes:
        self.uploads.pop(query["uploadId"], None)
        return b"HTTP/1.1 204 No Content\r\n\r\n"

    def _ListObjectsV2(self, key: str, query: dict[str, str], request: Received) -> bytes:
        entries = "".join(
            f"<Contents><Key>{name}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f"<ETag>{found.etag}</ETag><Size>{len(found.content)}</Size></Contents>"
            for name, found in sorted(self.objects.items())
            if name.startswith(query.get("prefix", ""))
        )
        return document("ListBucketResult", f"<IsTruncated>false</IsTruncated>{entries}")


def document(name: str, content: str) -> bytes:
    """Write a reply that is XML."""
    return reply(f"<{name}>{content}</{name}>".encode())


def refusal(status: str, code: str, **headers: Any) -> bytes:
    """Write a reply that says no."""
    return reply(f"<Error><Code>{code}</Code><Message>because</Message></Error>".encode(), status=status, **headers)
