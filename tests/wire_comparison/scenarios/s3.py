"""S3: path and virtual style, encryption, checksums, conditions, uploads, listings, deletions, copies, URLs."""

from typing import Any

from tests.wire_comparison.scenario import Reply, Scenario, Settings, Step, step
from tests.wire_comparison.scenarios import common

_STORE = {
    "bucket": "bkt",
    "endpoint": "{url}",
    "region": "eu-west-3",
    "access_key_id": "AKIDEXAMPLE",
    "secret_access_key": "secret",
}
_SSE_C: Settings = {
    "server_side_encryption": "sse-c",
    "sse_customer_key_base64": "MTIzNDU2Nzg5MGFiY2RlZjEyMzQ1Njc4OTBhYmNkZWY=",
}
_KMS: Settings = {"server_side_encryption": "aws:kms", "sse_kms_key_id": "key-1", "sse_bucket_key_enabled": True}

_PUT = step("put", "k", b"hello")
_COPY = step("copy", "from/a b", "to/ü")

_PAGE = (
    b'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Contents><Key>a b</Key>'
    b"<LastModified>2024-05-06T07:08:09.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>1</Size></Contents>"
    b"<NextContinuationToken>tok/+= 1</NextContinuationToken><IsTruncated>true</IsTruncated></ListBucketResult>"
)
_DENIED = b"<DeleteResult><Error><Key>k</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>"
_DELETE = step("delete", ["k", "l"])
_SLOW_DOWN = Reply(503, b"<Error><Code>SlowDown</Code></Error>")


def _s3(name: str, *steps: Step, script: tuple[Reply, ...] = (), client: Any = None, **settings: Any) -> Scenario:
    return Scenario(f"s3-{name}", "S3Store", {**_STORE, **settings}, steps, client or {}, script)


def _failing(name: str, call: Step, status: int) -> Scenario:
    return _s3(name, call, script=(Reply(status),))


_UPDATE = step("put", "k", b"hello", mode={"e_tag": '"e1"'})
_CREATE = step("put", "k", b"hello", mode="create")


def _page_of(*keys: str) -> Reply:
    entries = "".join(
        f"<Contents><Key>{key}</Key><LastModified>2024-05-06T07:08:09Z</LastModified><Size>0</Size></Contents>"
        for key in keys
    )
    return Reply(200, f"<ListBucketResult>{entries}</ListBucketResult>".encode())


_BEGUN = Reply(200, b"<InitiateMultipartUploadResult><UploadId>u 1</UploadId></InitiateMultipartUploadResult>")
_PART = Reply(200, headers={"ETag": '"e1"'})
_ERROR = Reply(200, b"<Error><Code>InternalError</Code></Error>")

# Replies that are unusual, or wrong: what is made of them.
_REPLIES = (
    *[_failing(name, *failure) for name, failure in common.FAILURES.items()],
    _s3("list-marker", step("list", "p"), script=(_page_of("p/", "p/a"),)),
    *[_s3(f"list-odd-{n}", step("list"), script=(_page_of(key, "z"),)) for n, key in enumerate(("/x", "a//b", "./c"))],
    _s3("list-broken", step("list"), script=(Reply(200, b"<ListBucketResult><Contents>"),)),
    _s3("list-empty", step("list"), script=(Reply(200, b"<ListBucketResult/>"),)),
    _s3("complete-error", common.PARTS, script=(_BEGUN, _PART, _PART, _ERROR)),
    _s3("begun-without-id", common.PARTS, script=(Reply(200, b"<InitiateMultipartUploadResult/>"),)),
    _s3("delete-empty-result", _DELETE, script=(Reply(200, b"<DeleteResult/>"),)),
    _s3("delete-error", _DELETE, script=(_ERROR,)),
    _s3("delete-nothing", step("delete", [])),
    _s3("delete-twice", step("delete", ["k", "k"])),
    _s3("get-bare", step("get", "k"), script=(Reply(200, b"x"),)),
    _s3("get-odd-date", step("get", "k"), script=(Reply(200, b"x", {"Last-Modified": "yesterday"}),)),
    _s3("put-without-e-tag", _PUT, script=(Reply(200),)),
    _s3("range-ignored", common.RANGE, script=(Reply(200, b"0123456789"),)),
    _s3("range-other", common.RANGE, script=(Reply(206, b"012", {"Content-Range": "bytes 0-2/10"}),)),
    _s3("range-unsized", common.RANGE, script=(Reply(206, b"234", {"Content-Range": "bytes 2-4/*"}),)),
    _s3("range-416", common.RANGE, script=(Reply(416),)),
    _s3("metadata-unicode", step("put", "k", b"1", attributes={"note": "höhe"})),
)

SCENARIOS = (
    *[_s3(f"key-{number}", *common.touch(key)) for number, key in enumerate(common.ODD_KEYS)],
    _s3("everything", *common.EVERYTHING),
    _s3("prefix", *common.EVERYTHING, prefix="pre fix/ü"),
    _s3("virtual", *common.EVERYTHING, virtual_hosted_style_request=True),
    _s3("endpoint-slash", _PUT, step("list"), endpoint="{url}/"),
    _s3("endpoint-path", _PUT, step("list"), endpoint="{url}/some/path"),
    _s3("session-token", *common.EVERYTHING, session_token="tok/+=en"),
    _s3("unsigned-payload", *common.EVERYTHING, unsigned_payload=True),
    _s3("skip-signature", *common.EVERYTHING, skip_signature=True),
    _s3("request-payer", *common.EVERYTHING, request_payer=True),
    _s3("sse-aes256", *common.EVERYTHING, server_side_encryption="AES256"),
    _s3("sse-kms", *common.EVERYTHING, **_KMS),
    _s3("sse-dsse", *common.EVERYTHING, server_side_encryption="aws:kms:dsse"),
    _s3("sse-c", *common.EVERYTHING, **_SSE_C),
    _s3("checksum-sha256", _PUT, common.PARTS, checksum_algorithm="SHA256"),
    _s3("checksum-crc64nvme", _PUT, common.PARTS, checksum_algorithm="CRC64NVME"),
    _s3("default-headers", *common.EVERYTHING, client={"default_headers": {"x-amz-meta-team": "a  b", "X-Other": "1"}}),
    _s3("default-content-type", _PUT, common.PARTS, client={"default_content_type": "text/x-default"}),
    _s3("user-agent", _PUT, client={"user_agent": "mine/1"}),
    _s3("attributes", step("put", "k", b"1", attributes=common.ATTRIBUTES | common.STORAGE_CLASS)),
    _s3("attributes-parts", common.parts(attributes=common.ATTRIBUTES)),
    _s3("tags", step("put", "k", b"1", tags=common.TAGS)),
    _s3("tags-parts", common.parts(tags=common.TAGS)),
    _s3("tags-disabled", step("put", "k", b"1", tags=common.TAGS), disable_tagging=True),
    _s3("empty", step("put", "k", b"")),
    _s3("writer-small", step("write", "k", b"a", b"b")),
    _s3("writer", common.WRITER),
    _s3("writer-empty", step("write", "k")),
    _s3("iterator", step("put", "k", (b"a", b"b"))),
    _s3("reader", step("read", "k", 4, 4)),
    _s3("create", _CREATE),
    _s3("create-parts", common.parts(mode="create")),
    _s3("update", _UPDATE),
    _s3("conditional-put-disabled", _CREATE, conditional_put="disabled"),
    *[_failing(f"update-{status}", _UPDATE, status) for status in (404, 409, 412)],
    _s3(
        "part-refused",
        common.PARTS,
        script=(_BEGUN, Reply(403)),
    ),
    _s3("retry", _PUT, script=(_SLOW_DOWN, _SLOW_DOWN)),
    _s3("retry-exhausted", _PUT, script=(_SLOW_DOWN,) * 3),
    _s3("retry-copy", _COPY, script=(Reply(200, b"<Error><Code>InternalError</Code></Error>"),)),
    _s3("redirect", step("get", "k"), script=(Reply(307, headers={"Location": "/bkt/moved"}),)),
    _s3("redirect-put", _PUT, script=(Reply(307, headers={"Location": "/bkt/moved"}),)),
    _s3("redirect-delete", _DELETE, script=(Reply(307, headers={"Location": "/bkt/?delete"}),)),
    *[_s3(f"get-{name}", call) for name, call in common.GET_OPTIONS.items()],
    _s3("get-ranges", step("get_ranges", "k", starts=[8, 0], ends=[12, 4])),
    _s3("get-range-length", step("get_range", "k", start=3, length=4)),
    *[_s3(name, call) for name, call in common.LISTS.items()],
    _s3("pages", step("list", "p"), script=(Reply(200, _PAGE),)),
    _s3("pages-offset", step("list", "p", offset="p/a"), script=(Reply(200, _PAGE),)),
    _s3("pages-delimiter", step("list_with_delimiter", "p"), script=(Reply(200, _PAGE),)),
    _s3("list-prefixed", step("list", "p", offset="p/a"), prefix="base"),
    _s3("delete-one", step("delete", "k")),
    _s3("delete-many", step("delete", [f"k{n}" for n in range(1001)])),
    _s3("delete-single", step("delete", ["a", "b"]), disable_bulk_delete=True),
    _s3("delete-denied", _DELETE, script=(Reply(200, _DENIED),)),
    _s3("copy-no-mode", step("copy", "a", "b", overwrite=False)),
    _s3("copy-header", step("copy", "a", "b", overwrite=False), copy_if_not_exists="header: cf-copy : *"),
    _s3(
        "copy-header-exists",
        step("copy", "a", "b", overwrite=False),
        copy_if_not_exists="header:cf-copy:*",
        script=(Reply(412),),
    ),
    _s3(
        "copy-status",
        step("copy", "a", "b", overwrite=False),
        copy_if_not_exists="header-with-status:x-c:y:409",
        script=(Reply(409),),
    ),
    _s3("copy-multipart", step("copy", "a b", "c", overwrite=False), copy_if_not_exists="multipart"),
    _s3("copy-multipart-kms", step("copy", "a b", "c", overwrite=False), copy_if_not_exists="multipart", **_KMS),
    _s3("copy-multipart-sse-c", step("copy", "a b", "c", overwrite=False), copy_if_not_exists="multipart", **_SSE_C),
    _s3("rename", step("rename", "a b", "c")),
    *[_s3(f"sign-{method}", call) for method, call in common.SIGNS.items()],
    _s3("sign-odd", *[step("sign", "GET", key, common.HOUR) for key in common.ODD_KEYS]),
    _s3("sign-token", step("sign", "GET", "k", common.HOUR), session_token="tok/+="),
    _s3("sign-payer", step("sign", "GET", "k", common.HOUR), request_payer=True),
    _s3("sign-skip-signature", step("sign", "GET", "k", common.HOUR), skip_signature=True),
    *_REPLIES,
)
