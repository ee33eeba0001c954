"""What the services answer: enough for a client to go on, and the same to both packages."""

import re
from collections.abc import Callable
from typing import NamedTuple

from tests.servers.fake_http import Answer, Call

CONTENT = b"0123456789abcdef"

_DATE = "Mon, 06 May 2024 07:08:09 GMT"
_TAGGED = {"ETag": '"e1"', "Last-Modified": _DATE}
_XML = {"Content-Type": "application/xml"}


class Page(NamedTuple):
    """A listing: the parameter that says where it begins, an entry, and all of them."""

    offset: str
    entry: str
    document: str

    def answer(self, call: Call) -> Answer:
        """List three keys below the prefix that was asked for, without those before the offset."""
        prefix = call.query.get("prefix", "")
        keys = [f"{prefix}k{number}" for number in range(3)]
        entries = "".join(self.entry.format(key=key) for key in keys if key > call.query.get(self.offset, ""))
        return Answer(200, self.document.format(entries=entries, prefix=prefix).encode(), _XML)


_S3_PAGE = Page(
    "start-after",
    "<Contents><Key>{key}</Key><LastModified>2024-05-06T07:08:09.000Z</LastModified><ETag>&quot;e1&quot;</ETag>"
    "<Size>1</Size></Contents>",
    '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{entries}'
    "<CommonPrefixes><Prefix>{prefix}d/</Prefix></CommonPrefixes></ListBucketResult>",
)
_AZURE_PAGE = Page(
    "startFrom",
    "<Blob><Name>{key}</Name><Properties><Last-Modified>" + _DATE + "</Last-Modified><Etag>0x1</Etag>"
    "<Content-Length>1</Content-Length><Content-Type>text/plain</Content-Type></Properties></Blob>",
    "<EnumerationResults><Blobs>{entries}<BlobPrefix><Name>{prefix}d/</Name></BlobPrefix></Blobs><NextMarker/>"
    "</EnumerationResults>",
)
_DELEGATION = (
    b"<UserDelegationKey><SignedOid>oid</SignedOid><SignedTid>tid</SignedTid><SignedStart>2026-01-01T00:00:00Z"
    b"</SignedStart><SignedExpiry>2099-01-01T00:00:00Z</SignedExpiry><SignedService>b</SignedService>"
    b"<SignedVersion>2023-11-03</SignedVersion><Value>c2VjcmV0</Value></UserDelegationKey>"
)
_NO_TAGS = b"<Tagging><TagSet/></Tagging>"
_PROPERTIES = (
    "<D:response><D:href>{0}</D:href><D:propstat><D:prop><D:getlastmodified>" + _DATE + "</D:getlastmodified>"
    "{1}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
)
_DIRECTORY = "<D:resourcetype><D:collection/></D:resourcetype>"
_FILE = '<D:resourcetype/><D:getcontentlength>1</D:getcontentlength><D:getetag>"e1"</D:getetag>'


def read(call: Call) -> Answer:
    """GET and HEAD of an object, ranges included."""
    extent = re.fullmatch(r"bytes=(\d*)-(\d*)", call.headers.get("range", ""))
    if extent is None:
        return Answer(200, CONTENT, {**_TAGGED, "Content-Type": "text/plain"})
    first, last = extent.groups()
    start = int(first) if first else len(CONTENT) - int(last)
    end = min(int(last) + 1, len(CONTENT)) if first and last else len(CONTENT)
    return Answer(206, CONTENT[start:end], {**_TAGGED, "Content-Range": f"bytes {start}-{end - 1}/{len(CONTENT)}"})


def answer_s3(call: Call) -> Answer:
    """S3, and Google's XML API, which is its protocol."""
    if "tagging" in call.query:
        return Answer(200, _NO_TAGS, _XML)
    if call.method in {"GET", "HEAD"}:
        return _S3_PAGE.answer(call) if "list-type" in call.query else read(call)
    if call.method == "DELETE":
        return Answer(204)
    if call.method == "PUT":
        is_copy = any(name.endswith("-copy-source") for name in call.headers)
        body = b"<CopyObjectResult><ETag>&quot;e1&quot;</ETag></CopyObjectResult>" if is_copy else b""
        return Answer(200, body, {**_TAGGED, "x-goog-generation": "1"})
    return Answer(200, _posted(call), {**_TAGGED, **_XML, "x-goog-generation": "1"})


def _posted(call: Call) -> bytes:
    if "uploads" in call.query:
        return b"<InitiateMultipartUploadResult><UploadId>u 1/+</UploadId></InitiateMultipartUploadResult>"
    if "uploadId" in call.query:
        return b"<CompleteMultipartUploadResult><ETag>&quot;e1-2&quot;</ETag></CompleteMultipartUploadResult>"
    return b"<DeleteResult><Deleted><Key>k</Key></Deleted></DeleteResult>"


def answer_gcs(call: Call) -> Answer:
    if call.headers.get("x-goog-resumable") == "start":
        return Answer(201, headers={"Location": f"http://{call.headers['host']}{call.path}?upload_id=u1"})
    answer = answer_s3(call)
    return Answer(answer.status, answer.body, {**answer.headers, "x-goog-generation": "1"})


def answer_azure(call: Call) -> Answer:
    if call.method in {"GET", "HEAD"}:
        return _AZURE_PAGE.answer(call) if call.query.get("comp") == "list" else read(call)
    if call.query.get("comp") == "batch":
        parts = re.findall(rb"(?m)^Content-ID: (\d+)\r$", call.body)
        body = b"".join(b"--r\r\nContent-ID: %b\r\n\r\nHTTP/1.1 202 Accepted\r\n\r\n\r\n" % part for part in parts)
        return Answer(202, body + b"--r--\r\n", {"Content-Type": "multipart/mixed; boundary=r"})
    if call.query.get("comp") == "userdelegationkey":
        return Answer(200, _DELEGATION, _XML)
    return Answer(202 if call.method == "DELETE" else 201, b"", _TAGGED)


def answer_http(call: Call) -> Answer:
    if call.method in {"GET", "HEAD"}:
        return read(call)
    if call.method != "PROPFIND":
        return Answer(204 if call.method == "DELETE" else 201, b"", {"ETag": '"e1"'})
    base = call.path.rstrip("/")
    entries = [(f"{base}/", _DIRECTORY), (f"{base}/k%201", _FILE)]
    if not base.endswith("/d"):
        entries.append((f"{base}/d/", _DIRECTORY))
    if call.headers.get("depth") == "infinity":
        entries.append((f"{base}/d/k%202", _FILE))
    responses = "".join(_PROPERTIES.format(*entry) for entry in entries)
    return Answer(207, f'<D:multistatus xmlns:D="DAV:">{responses}</D:multistatus>'.encode(), _XML)


ANSWERS: dict[str, Callable[[Call], Answer]] = {
    "s3": answer_s3,
    "gcs": answer_gcs,
    "azure": answer_azure,
    "http": answer_http,
}
