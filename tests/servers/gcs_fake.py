"""A fake of Google Cloud Storage, written from its documentation: the XML API, and of the JSON API some.

Objects have generations, and requests their preconditions; listings have pages, uploads
parts or sessions, copies a limit. Tokens and signed URLs are verified. What the service leaves vague is refused.
"""

import hashlib
import json
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, quote, unquote
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import google_crc32c

from tests.servers.fake_http import Answer, Call, serving
from tests.servers.google_identity import Identities

MIN_PART = 5 << 20
QUANTUM = 256 << 10
MAX_BATCH = 100
PUBLIC = "public-bucket"
REQUESTER_PAYS = "paying-bucket"

_KEPT = ("content-type", "content-encoding", "content-language", "content-disposition", "cache-control")
_KEPT_STARTS = ("x-goog-meta-", "x-goog-storage-class", "x-goog-encryption-kms-key-name")


class RefusedError(Exception):
    """An error of the service."""

    def __init__(self, status: int, code: str, details: str = "") -> None:
        super().__init__(status, code, details)
        self.status, self.code, self.details = status, code, details


@dataclass(frozen=True, slots=True)
class Version:
    """One generation of an object."""

    data: bytes = field(repr=False)
    headers: dict[str, str]
    generation: int
    modified: datetime
    etag: str
    crc32c: str


@dataclass
class GcsFake:
    """The service. `identities` says whose requests are heard; `page_size` how long a listing's page is."""

    identities: Identities = field(default_factory=Identities)
    page_size: int = 1000
    calls: list[Call] = field(default_factory=list)
    faults: list[int] = field(default_factory=list)
    """Statuses to refuse the next requests for objects with."""

    copy_limit: int = 5 << 40
    """Bytes that a copy may have to be done in one request, and that one request of a rewrite copies."""

    persists_at_most: int = 5 << 40
    """Bytes of a piece of a resumable upload that are kept, whatever is sent."""

    has_json_api: bool = True
    damages: bool = False
    """Whether bytes are changed on their way to a reader."""

    url: str = ""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[str, dict[str, Version]] = {PUBLIC: {}, REQUESTER_PAYS: {}}
        self._versions: dict[tuple[str, str, int], Version] = {}
        self._uploads: dict[str, _Upload] = {}
        self._sessions: dict[str, _Session] = {}
        self._generation = int(time.time() * 1e6)

    def make_bucket(self, name: str) -> str:
        """Make an empty bucket."""
        self._buckets[name] = {}
        return name

    def reset(self) -> None:
        """Forget what has been recorded, and what has been planned."""
        self.calls.clear()
        self.faults.clear()
        self.copy_limit = self.persists_at_most = 5 << 40
        self.has_json_api = True
        self.damages = False
        self._sessions.clear()
        self.identities.lifetime = 3600
        self.identities.is_on_google = True

    def answer(self, call: Call) -> Answer:
        """Answer a request to any of the services."""
        answer = self.identities.answer(call)
        if answer is not None:
            return answer
        self.calls.append(call)
        try:
            if self.faults:
                raise RefusedError(self.faults.pop(0), "InjectedFault")
            with self._lock:
                answer = self._answer(call)
        except RefusedError as error:
            answer = _refusal(error)
        return Answer(answer.status, answer.body, {**answer.headers, "X-GUploader-UploadID": "upload-id-of-request"})

    def _answer(self, call: Call) -> Answer:
        if call.path.startswith(("/storage/v1/", "/batch/storage/v1")):
            return self._answer_json(call)
        bucket, _, key = (unquote(part) for part in call.path.removeprefix("/").partition("/"))
        self._check_access(call, bucket)
        if bucket not in self._buckets:
            raise RefusedError(404, "NoSuchBucket", bucket)
        if not key:
            return self._list(bucket, call.query)
        operation = f"{call.method} {_resource_of(call)}"
        answer: Answer = getattr(self, _OPERATIONS[operation])(call, bucket, key)
        return answer

    # Access

    def _check_access(self, call: Call, bucket: str) -> None:
        if "X-Goog-Signature" in call.query:
            self._check_signature(call)
        elif "authorization" in call.headers:
            if self.identities.bearer_of(call.headers) is None:
                raise RefusedError(401, "AuthenticationRequired", "Invalid token")
        elif bucket != PUBLIC:
            raise RefusedError(401, "AuthenticationRequired", "Anonymous caller")
        payer = call.headers.get("x-goog-user-project") or call.query.get("userProject")
        if bucket == REQUESTER_PAYS and not payer:
            raise RefusedError(400, "UserProjectMissing", "Bucket is requester pays")

    def _check_signature(self, call: Call) -> None:
        pairs = parse_qsl(call.raw_query, keep_blank_values=True)
        given = dict(pairs)
        date, scope = given["X-Goog-Date"], given["X-Goog-Credential"].partition("/")[2]
        names = given["X-Goog-SignedHeaders"].split(";")
        unsigned = sorted(
            (quote(name, safe="~"), quote(value, safe="~")) for name, value in pairs if name != "X-Goog-Signature"
        )
        canonical = "\n".join(
            [
                call.method,
                call.path,
                "&".join(f"{name}={value}" for name, value in unsigned),
                *(f"{name}:{' '.join(call.headers[name].split())}" for name in names),
                "",
                ";".join(names),
                "UNSIGNED-PAYLOAD",
            ]
        )
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"GOOG4-RSA-SHA256\n{date}\n{scope}\n{digest}"
        if not self.identities.has_signed(text.encode(), bytes.fromhex(given["X-Goog-Signature"])):
            raise RefusedError(403, "SignatureDoesNotMatch", text)
        signed_at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if (datetime.now(UTC) - signed_at).total_seconds() > int(given["X-Goog-Expires"]):
            raise RefusedError(400, "ExpiredToken", "The provided token has expired")

    # Objects

    def _get_object(self, call: Call, bucket: str, key: str) -> Answer:
        version = self._find(bucket, key, call.query.get("generation"))
        _check_conditions(call.headers, version)
        headers = _headers_of(version)
        if "content-encoding" in headers and "gzip" not in call.headers.get("accept-encoding", ""):
            raise RefusedError(500, "Transcoded", "the real service would now decompress")
        start, stop = _range(call.headers.get("range"), len(version.data))
        if (start, stop) != (0, len(version.data)) or "range" in call.headers:
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(version.data)}"
        data = version.data[start:stop]
        if self.damages:
            data = data[:-1] + bytes([data[-1] ^ 1])
        return Answer(206 if "range" in call.headers else 200, data, headers)

    def _find(self, bucket: str, key: str, generation: str | None) -> Version:
        if generation is None:
            version = self._buckets[bucket].get(key)
        else:
            version = self._versions.get((bucket, key, int(generation)))
        if version is None:
            raise RefusedError(404, "NoSuchKey", f"No such object: {bucket}/{key}")
        return version

    def _put_object(self, call: Call, bucket: str, key: str) -> Answer:
        self._check_generation(call, bucket, key)
        source = call.headers.get("x-goog-copy-source")
        if source is None:
            etag = f'"{hashlib.md5(call.body).hexdigest()}"'
            return Answer(200, b"", _headers_of(self._store(bucket, key, call.body, _kept(call.headers), etag)))
        source_bucket, _, source_key = (unquote(part) for part in source.removeprefix("/").partition("/"))
        found = self._find(source_bucket, source_key, None)
        if len(found.data) > self.copy_limit:
            text = "Copy spanning locations and/or storage classes could not complete within 30 seconds."
            raise RefusedError(413, "EntityTooLarge", f"{text} Please use the Rewrite method")
        version = self._store(bucket, key, found.data, found.headers, found.etag)
        body = f"<CopyObjectResult><ETag>{version.etag}</ETag></CopyObjectResult>"
        return Answer(200, body.encode(), {"x-goog-generation": str(version.generation)})

    def _check_generation(self, call: Call, bucket: str, key: str) -> None:
        wanted = call.headers.get("x-goog-if-generation-match")
        current = self._buckets[bucket].get(key)
        if wanted is not None and int(wanted) != (current.generation if current else 0):
            raise RefusedError(412, "PreconditionFailed", "Generation does not match")

    def _store(self, bucket: str, key: str, data: bytes, headers: dict[str, str], etag: str) -> Version:
        self._generation += 1
        now = datetime.now(UTC).replace(microsecond=0)
        version = Version(data, headers, self._generation, now, etag, _crc32c(data))
        self._buckets[bucket][key] = self._versions[bucket, key, version.generation] = version
        return version

    def _delete_object(self, call: Call, bucket: str, key: str) -> Answer:
        self._find(bucket, key, None)
        del self._buckets[bucket][key]
        return Answer(204)

    # Uploads in parts

    def _begin_upload(self, call: Call, bucket: str, key: str) -> Answer:
        if "uploads" not in call.query:
            return self._complete_upload(call, bucket, key)
        self._refuse_preconditions(call)
        upload_id = f"upload {len(self._uploads)}/+"
        self._uploads[upload_id] = _Upload(bucket, key, _kept(call.headers))
        body = f"<InitiateMultipartUploadResult><UploadId>{upload_id}</UploadId></InitiateMultipartUploadResult>"
        return Answer(200, body.encode())

    def _refuse_preconditions(self, call: Call) -> None:
        if any(name.startswith("x-goog-if-") for name in call.headers):
            raise RefusedError(400, "InvalidArgument", "Preconditions are not supported in multipart uploads")

    def _find_upload(self, call: Call, bucket: str, key: str) -> "_Upload":
        upload = self._uploads.get(call.query["uploadId"])
        if upload is None or (upload.bucket, upload.key) != (bucket, key):
            raise RefusedError(404, "NoSuchUpload")
        return upload

    def _put_part(self, call: Call, bucket: str, key: str) -> Answer:
        upload = self._find_upload(call, bucket, key)
        etag = f'"{hashlib.md5(call.body).hexdigest()}"'
        upload.parts[int(call.query["partNumber"])] = (etag, call.body)
        return Answer(200, b"", {"ETag": etag})

    def _complete_upload(self, call: Call, bucket: str, key: str) -> Answer:
        self._refuse_preconditions(call)
        upload = self._find_upload(call, bucket, key)
        if b"&quot;" in call.body:
            raise RefusedError(400, "MalformedCompleteMultipartUploadRequest", "quotes must not be escaped")
        listed = [(int(_text(part, "PartNumber")), _text(part, "ETag")) for part in ET.fromstring(call.body)]
        if not listed or listed != sorted(listed):
            raise RefusedError(400, "InvalidPartOrder")
        if any(upload.parts.get(number, ("",))[0] != etag for number, etag in listed):
            raise RefusedError(400, "InvalidPart")
        bodies = [upload.parts[number][1] for number, _ in listed]
        if any(len(body) < MIN_PART for body in bodies[:-1]):
            raise RefusedError(400, "EntityTooSmall")
        del self._uploads[call.query["uploadId"]]
        version = self._store(bucket, key, b"".join(bodies), upload.headers, f'"-{len(bodies)}-{self._generation}"')
        body = f"<CompleteMultipartUploadResult><ETag>{version.etag}</ETag></CompleteMultipartUploadResult>"
        return Answer(200, body.encode(), {"x-goog-generation": str(version.generation)})

    def _abort_upload(self, call: Call, bucket: str, key: str) -> Answer:
        self._find_upload(call, bucket, key)
        del self._uploads[call.query["uploadId"]]
        return Answer(204)

    @property
    def unfinished_uploads(self) -> int:
        """The number of uploads that are neither completed nor aborted."""
        return len(self._uploads)

    # Resumable uploads

    def _begin_session(self, call: Call, bucket: str, key: str) -> Answer:
        if call.headers.get("x-goog-resumable") != "start" or call.body:
            raise RefusedError(400, "InvalidArgument", "not the beginning of a resumable upload")
        self._check_generation(call, bucket, key)
        name = f"session/{len(self._sessions)}+"
        self._sessions[name] = _Session(call, bucket, key)
        return Answer(201, b"", {"Location": f"{self.url}{call.path}?upload_id={quote(name, safe='')}"})

    def _put_piece(self, call: Call, bucket: str, key: str) -> Answer:
        session = self._find_session(call, bucket, key)
        if session.version is not None:
            return Answer(200, b"", _headers_of(session.version))
        extent, _, total = call.headers["content-range"].removeprefix("bytes ").partition("/")
        start = int(extent.partition("-")[0]) if extent != "*" else len(session.data)
        if start > len(session.data) or (extent != "*") != bool(call.body):
            raise RefusedError(400, "InvalidArgument", "there is a gap before this piece")
        if total == "*" and len(call.body) % QUANTUM:
            raise RefusedError(400, "InvalidArgument", "a piece must have a multiple of 256 KiB")
        session.data[start:] = call.body[: self.persists_at_most]
        if total == "*" or len(session.data) < int(total):
            ranges = {"Range": f"bytes=0-{len(session.data) - 1}"} if session.data else {}
            return Answer(308, b"", ranges)
        self._check_generation(session.call, bucket, key)
        etag = f'"{hashlib.md5(session.data).hexdigest()}"'
        session.version = self._store(bucket, key, bytes(session.data), _kept(session.call.headers), etag)
        return Answer(200, b"", _headers_of(session.version))

    def _find_session(self, call: Call, bucket: str, key: str) -> "_Session":
        session = self._sessions.get(call.query["upload_id"])
        if session is None or (session.bucket, session.key) != (bucket, key):
            raise RefusedError(404, "NoSuchUpload")
        return session

    def _cancel_session(self, call: Call, bucket: str, key: str) -> Answer:
        self._find_session(call, bucket, key)
        del self._sessions[call.query["upload_id"]]
        return Answer(499)

    @property
    def open_sessions(self) -> int:
        """The number of resumable uploads that are neither completed nor cancelled."""
        return sum(session.version is None for session in self._sessions.values())

    # The JSON API

    def _answer_json(self, call: Call) -> Answer:
        if not self.has_json_api:
            raise RefusedError(404, "NoSuchBucket", "storage")
        try:
            self._check_access(call, "")
            if call.path.startswith("/batch/"):
                return self._answer_batch(call)
            return self._answer_json_object(call)
        except RefusedError as error:
            reason = {404: "notFound", 412: "conditionNotMet"}.get(error.status, error.code)
            document = {"error": {"code": error.status, "message": error.details, "errors": [{"reason": reason}]}}
            return Answer(error.status, json.dumps(document).encode(), {"Content-Type": "application/json"})

    def _answer_json_object(self, call: Call) -> Answer:
        source, _, target = call.path.removeprefix("/storage/v1").partition("/rewriteTo")
        bucket, key = _json_object(source)
        if bucket not in self._buckets:
            raise RefusedError(404, "NoSuchBucket", "The specified bucket does not exist.")
        if call.method == "DELETE" and not target:
            return self._delete_object(call, bucket, key)
        if call.method != "POST" or not target:
            raise RefusedError(501, "NotImplemented", call.path)
        return self._rewrite(call, self._find(bucket, key, None), *_json_object(target))

    def _rewrite(self, call: Call, found: Version, bucket: str, key: str) -> Answer:
        wanted, current = call.query.get("ifGenerationMatch"), self._buckets[bucket].get(key)
        if wanted is not None and int(wanted) != (current.generation if current else 0):
            raise RefusedError(412, "PreconditionFailed", "At least one of the pre-conditions did not hold.")
        done = int(call.query.get("rewriteToken", "token 0").removeprefix("token ")) + self.copy_limit
        reply: dict[str, object] = {"kind": "storage#rewriteResponse", "done": done >= len(found.data)}
        if reply["done"]:
            self._store(bucket, key, found.data, found.headers, found.etag)
        else:
            reply["rewriteToken"] = f"token {done}"
        return Answer(200, json.dumps(reply).encode(), {"Content-Type": "application/json"})

    def _answer_batch(self, call: Call) -> Answer:
        message = message_from_bytes(b"Content-Type: " + call.headers["content-type"].encode() + b"\n\n" + call.body)
        parts = message.get_payload()
        assert isinstance(parts, list)
        if len(parts) > MAX_BATCH:
            raise RefusedError(400, "InvalidArgument", "not a batch of at most 100 calls")
        replies = [self._answer_part(call, part) for part in parts]
        body = "".join([*replies, "--batch_reply--\r\n"]).encode()
        return Answer(200, body, {"Content-Type": "multipart/mixed; boundary=batch_reply"})

    def _answer_part(self, call: Call, part: Any) -> str:
        head, _, _ = str(part.get_payload()).partition("\r\n\r\n")
        method, path, _ = head.split("\r\n")[0].split(" ")
        inner = Call(method, path, {}, "", call.headers, b"")
        answer = Answer(self.faults.pop(0)) if self.faults else self._answer_json(inner)
        lines = [
            "--batch_reply",
            "Content-Type: application/http",
            f"Content-ID: response-{part['Content-ID']}",
            "",
            f"HTTP/1.1 {answer.status} Whatever",
            f"Content-Length: {len(answer.body)}",
            "",
            answer.body.decode(),
            "",
        ]
        return "\r\n".join(lines)

    # Listing

    def _list(self, bucket: str, query: dict[str, str]) -> Answer:
        assert query.get("list-type") == "2"
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter")
        offset, after = query.get("start-after", ""), unquote(query.get("continuation-token", ""))
        size = min(int(query.get("max-keys", self.page_size)), self.page_size)
        entries: dict[str, str] = {}
        for key, version in sorted(self._buckets[bucket].items(), key=lambda item: item[0].encode()):
            if key.startswith(prefix) and key.encode() > offset.encode():
                name, entry = _entry(key, version, prefix, delimiter, encode="encoding-type" in query)
                if name.encode() > after.encode():
                    entries.setdefault(name, entry)
        names = list(entries)
        token = f"<NextContinuationToken>{quote(names[size - 1])}</NextContinuationToken>" if names[size:] else ""
        body = "".join(entries[name] for name in names[:size])
        token += "<EncodingType>url</EncodingType>" if "encoding-type" in query else ""
        text = f"<IsTruncated>{str(bool(token)).lower()}</IsTruncated>{token}{body}"
        namespace = "http://doc.s3.amazonaws.com/2006-03-01"
        return Answer(200, f"<ListBucketResult xmlns='{namespace}'>{text}</ListBucketResult>".encode())


_OPERATIONS = {
    "GET object": "_get_object",
    "HEAD object": "_get_object",
    "PUT object": "_put_object",
    "DELETE object": "_delete_object",
    "POST upload": "_begin_upload",
    "PUT upload": "_put_part",
    "DELETE upload": "_abort_upload",
    "POST session": "_begin_session",
    "PUT session": "_put_piece",
    "DELETE session": "_cancel_session",
}


def _resource_of(call: Call) -> str:
    if {"uploads", "uploadId"} & call.query.keys():
        return "upload"
    return "session" if "upload_id" in call.query or "x-goog-resumable" in call.headers else "object"


def _json_object(path: str) -> tuple[str, str]:
    _, b, bucket, o, key = path.split("/")
    assert (b, o) == ("b", "o")
    return unquote(bucket), unquote(key)


@dataclass
class _Upload:
    bucket: str
    key: str
    headers: dict[str, str]
    parts: dict[int, tuple[str, bytes]] = field(default_factory=dict)


@dataclass
class _Session:
    call: Call
    bucket: str
    key: str
    data: bytearray = field(default_factory=bytearray)
    version: Version | None = None


def _text(element: ET.Element, name: str) -> str:
    return next(child.text or "" for child in element if child.tag.rpartition("}")[2] == name)


def _kept(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name in _KEPT or name.startswith(_KEPT_STARTS)}


def _headers_of(version: Version) -> dict[str, str]:
    return {
        **version.headers,
        "ETag": version.etag,
        "Last-Modified": format_datetime(version.modified, usegmt=True),
        "x-goog-generation": str(version.generation),
        "x-goog-metageneration": "1",
        "x-goog-hash": f"crc32c={version.crc32c},md5={b64encode(hashlib.md5(version.data).digest()).decode()}",
    }


def _crc32c(data: bytes) -> str:
    return b64encode(google_crc32c.value(data).to_bytes(4, "big")).decode()


def _entry(key: str, version: Version, prefix: str, delimiter: str | None, *, encode: bool) -> tuple[str, str]:
    shown = quote if encode else escape
    if delimiter and delimiter in key[len(prefix) :]:
        common = key[: key.index(delimiter, len(prefix)) + 1]
        return common, f"<CommonPrefixes><Prefix>{shown(common)}</Prefix></CommonPrefixes>"
    modified = version.modified.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return key, (
        f"<Contents><Key>{shown(key)}</Key><Generation>{version.generation}</Generation>"
        f"<MetaGeneration>1</MetaGeneration><LastModified>{modified}</LastModified>"
        f"<ETag>{escape(version.etag)}</ETag><Size>{len(version.data)}</Size></Contents>"
    )


def _check_conditions(headers: dict[str, str], version: Version) -> None:
    """RFC 9110, section 13.2.2."""
    if "if-match" in headers:
        if not _has_tag(headers["if-match"], version):
            raise RefusedError(412, "PreconditionFailed")
    elif "if-unmodified-since" in headers and version.modified > parsedate_to_datetime(headers["if-unmodified-since"]):
        raise RefusedError(412, "PreconditionFailed")
    if "if-none-match" in headers:
        if _has_tag(headers["if-none-match"], version):
            raise RefusedError(304, "NotModified")
    elif "if-modified-since" in headers and version.modified <= parsedate_to_datetime(headers["if-modified-since"]):
        raise RefusedError(304, "NotModified")


def _has_tag(tags: str, version: Version) -> bool:
    return tags == "*" or version.etag in [tag.strip() for tag in tags.split(",")]


def _range(text: str | None, size: int) -> tuple[int, int]:
    if text is None:
        return 0, size
    first, _, last = text.removeprefix("bytes=").partition("-")
    if not first:
        return max(0, size - int(last)), size
    if int(first) >= size:
        raise RefusedError(416, "InvalidRange")
    return int(first), min(int(last) + 1, size) if last else size


def _refusal(error: RefusedError) -> Answer:
    text = f"<Code>{error.code}</Code><Message>{error.code}.</Message><Details>{escape(error.details)}</Details>"
    body = f"<?xml version='1.0' encoding='UTF-8'?><Error>{text}</Error>"
    return Answer(error.status, body.encode(), {"Content-Type": "application/xml; charset=UTF-8"})


@contextmanager
def gcs_fake(page_size: int = 1000) -> Iterator[GcsFake]:
    """Run the fake."""
    fake = GcsFake(page_size=page_size)
    with serving(fake.answer) as url:
        fake.url = url
        yield fake
