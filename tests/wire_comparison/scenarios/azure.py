"""Azure Blob Storage: a shared key, a shared access signature, a token; and a customer's key."""

from typing import Any

from tests.wire_comparison.scenario import Reply, Scenario, Settings, Step, step
from tests.wire_comparison.scenarios import common

_STORE = {"container_name": "cont", "account_name": "acct", "endpoint": "{url}"}
_KEY: Settings = {
    "account_key": "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
}
_SAS: Settings = {"sas_token": "?sv=2023-11-03&sp=rwdl&sig=a%2Bb%2Fc%3D"}
_TOKEN: Settings = {"bearer_token": "tok"}
_CPK: Settings = {"encryption_key": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="}

_CREATE = step("put", "k", b"1", mode="create")
_PUT = step("put", "k", b"hello")
_PAGE = (
    b'<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs><Blob><Name>p/a b</Name><Properties>'
    b"<Last-Modified>Mon, 06 May 2024 07:08:09 GMT</Last-Modified><Etag>0x1</Etag><Content-Length>1</Content-Length>"
    b"<Content-Type>text/plain</Content-Type></Properties></Blob></Blobs><NextMarker>m/+= 1</NextMarker>"
    b"</EnumerationResults>"
)


def _azure(name: str, *steps: Step, script: tuple[Reply, ...] = (), client: Any = None, **settings: Any) -> Scenario:
    return Scenario(f"azure-{name}", "AzureStore", {**_STORE, **(settings or _KEY)}, steps, client or {}, script)


SCENARIOS = (
    *[_azure(f"key-{number}", *common.touch(key)) for number, key in enumerate(common.ODD_KEYS)],
    _azure("shared-key", *common.EVERYTHING),
    _azure("sas", *common.EVERYTHING, **_SAS),
    _azure("bearer", *common.EVERYTHING, **_TOKEN),
    _azure("anonymous", *common.EVERYTHING, skip_signature=True),
    _azure("cpk", *common.EVERYTHING, **_KEY, **_CPK),
    _azure("cpk-sas", *common.EVERYTHING, **_SAS, **_CPK),
    _azure("cpk-bearer", *common.EVERYTHING, **_TOKEN, **_CPK),
    _azure("prefix", *common.EVERYTHING, prefix="pre fix/ü", **_KEY),
    _azure("endpoint-slash", _PUT, endpoint="{url}/", **_KEY),
    _azure("endpoint-path", _PUT, step("list"), endpoint="{url}/some/path", **_KEY),
    _azure("default-headers", *common.EVERYTHING, client={"default_headers": {"x-other": "a"}}),
    _azure("default-content-type", _PUT, common.PARTS, client={"default_content_type": "text/x-default"}),
    _azure("attributes", step("put", "k", b"1", attributes=common.ATTRIBUTES | common.STORAGE_CLASS)),
    _azure("attributes-parts", common.parts(attributes=common.ATTRIBUTES)),
    _azure("tags", step("put", "k", b"1", tags=common.TAGS)),
    _azure("tags-parts", common.parts(tags=common.TAGS)),
    _azure("tags-disabled", step("put", "k", b"1", tags=common.TAGS), disable_tagging=True, **_KEY),
    _azure("empty", step("put", "k", b"")),
    _azure("writer", common.WRITER),
    _azure("writer-empty", step("write", "k")),
    _azure("create", _CREATE),
    _azure("create-parts", common.parts(mode="create")),
    _azure("update", step("put", "k", b"1", mode={"e_tag": '"e1"'})),
    *[_azure(f"get-{name}", call) for name, call in common.GET_OPTIONS.items()],
    *[_azure(name, call) for name, call in common.LISTS.items()],
    _azure("pages", step("list", "p", offset="p/a"), script=(Reply(200, _PAGE),)),
    _azure("delete-one", step("delete", "k")),
    _azure("delete-many", step("delete", [f"k{n}" for n in range(257)])),
    _azure("copy-create", step("copy", "a", "b", overwrite=False)),
    _azure("rename", step("rename", "a b", "c")),
    _azure("retry", _PUT, script=(Reply(503), Reply(429))),
    *[_azure(f"sign-{method}", call) for method, call in common.SIGNS.items()],
    _azure("sign-odd", step("sign", "GET", "a+b?c#d%e", common.HOUR)),
    _azure("sign-bearer", step("sign", "GET", ["k", "l"], common.HOUR), **_TOKEN),
    _azure("sign-sas", step("sign", "GET", "k", common.HOUR), **_SAS),
    *[_azure(name, call, script=(Reply(status),)) for name, (call, status) in common.FAILURES.items()],
    _azure("get-bare", step("get", "k"), script=(Reply(200, b"x"),)),
    _azure("get-odd-date", step("get", "k"), script=(Reply(200, b"x", {"ETag": "e", "Last-Modified": "yesterday"}),)),
    _azure("put-without-e-tag", _PUT, script=(Reply(200),)),
    _azure("range-ignored", common.RANGE, script=(Reply(200, b"0123456789"),)),
    _azure("list-broken", step("list"), script=(Reply(200, b"<ListBucketResult><Contents>"),)),
)
