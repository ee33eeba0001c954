"""Google Cloud Storage: a service account with and without OAuth, a token, nobody; and its XML API."""

import json
from typing import Any

from tests.wire_comparison.scenario import Reply, Scenario, Step, step
from tests.wire_comparison.scenarios import common

_OPEN = json.dumps(
    {"gcs_base_url": "{url}", "disable_oauth": True, "client_email": "", "private_key": "", "private_key_id": ""}
)
# The placeholder stands within JSON already.
_ACCOUNT = json.dumps(
    {"gcs_base_url": "{url}", "client_email": "me@example", "private_key": "{private_key}", "private_key_id": "k1"}
)

_PUT = step("put", "k", b"hello")
_PAGE = (
    b'<ListBucketResult xmlns="http://doc.s3.amazonaws.com/2006-03-01"><Contents><Key>a b</Key>'
    b"<LastModified>2024-05-06T07:08:09.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>1</Size></Contents>"
    b"<NextContinuationToken>tok/+= 1</NextContinuationToken><IsTruncated>true</IsTruncated></ListBucketResult>"
)


def _gcs(name: str, *steps: Step, script: tuple[Reply, ...] = (), client: Any = None, **settings: Any) -> Scenario:
    store = {"bucket": "b.k_t-1", **({"service_account_key": _OPEN} if not settings else {}), **settings}
    return Scenario(f"gcs-{name}", "GCSStore", store, steps, client or {}, script)


SCENARIOS = (
    *[_gcs(f"key-{number}", *common.touch(key)) for number, key in enumerate(common.ODD_KEYS)],
    _gcs("disable-oauth", *common.EVERYTHING),
    _gcs("account", *common.EVERYTHING, service_account_key=_ACCOUNT),
    _gcs("bearer", *common.EVERYTHING, bearer_token="tok", base_url="{url}"),
    _gcs("anonymous", *common.EVERYTHING, skip_signature=True, base_url="{url}"),
    _gcs("prefix", *common.EVERYTHING, service_account_key=_OPEN, prefix="pre fix/ü"),
    _gcs("default-headers", *common.EVERYTHING, client={"default_headers": {"x-goog-meta-team": "a"}}),
    _gcs("default-content-type", _PUT, common.PARTS, client={"default_content_type": "text/x-default"}),
    _gcs("attributes", step("put", "k", b"1", attributes=common.ATTRIBUTES | common.STORAGE_CLASS)),
    _gcs("attributes-parts", common.parts(attributes=common.ATTRIBUTES)),
    _gcs("tags", step("put", "k", b"1", tags=common.TAGS)),
    _gcs("empty", step("put", "k", b"")),
    _gcs("writer", common.WRITER),
    _gcs("create", step("put", "k", b"1", mode="create")),
    _gcs("create-parts", common.parts(mode="create")),
    _gcs("update", step("put", "k", b"1", mode={"version": "17"})),
    *[_gcs(f"get-{name}", call) for name, call in common.GET_OPTIONS.items()],
    *[_gcs(name, call) for name, call in common.LISTS.items()],
    _gcs("pages", step("list", "p", offset="p/a"), script=(Reply(200, _PAGE),)),
    _gcs("delete-many", step("delete", ["a", "b"])),
    _gcs("copy-create", step("copy", "a", "b", overwrite=False)),
    _gcs("rename", step("rename", "a b", "c")),
    _gcs("retry", _PUT, script=(Reply(503), Reply(429))),
    *[
        _gcs(
            f"sign-{method}",
            call,
            service_account_key=_ACCOUNT,
        )
        for method, call in common.SIGNS.items()
    ],
    _gcs("sign-odd", step("sign", "GET", "a+b?c#d%e", common.HOUR), service_account_key=_ACCOUNT),
    *[_gcs(name, call, script=(Reply(status),)) for name, (call, status) in common.FAILURES.items()],
    _gcs("get-bare", step("get", "k"), script=(Reply(200, b"x"),)),
    _gcs("get-odd-date", step("get", "k"), script=(Reply(200, b"x", {"ETag": "e", "Last-Modified": "yesterday"}),)),
    _gcs("put-without-e-tag", _PUT, script=(Reply(200),)),
    _gcs("range-ignored", common.RANGE, script=(Reply(200, b"0123456789"),)),
    _gcs("metadata-unicode", step("put", "k", b"1", attributes={"note": "höhe"})),
    _gcs("list-broken", step("list"), script=(Reply(200, b"<ListBucketResult><Contents>"),)),
)
