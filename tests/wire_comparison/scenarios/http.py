"""HTTP and WebDAV."""

from typing import Any

from tests.wire_comparison.scenario import Reply, Scenario, Step, step
from tests.wire_comparison.scenarios import common


def _http(name: str, *steps: Step, script: tuple[Reply, ...] = (), client: Any = None, url: str = "{url}") -> Scenario:
    return Scenario(f"http-{name}", "HTTPStore", {"url": url}, steps, client or {}, script)


_PUT = step("put", "d/e/k", b"hello")
_COPY = step("copy", "from/a b", "to/ü")
_CREATE = step("copy", "a", "b", overwrite=False)
_EVERYTHING = (_PUT, step("get", "k"), step("head", "k"), step("list"), step("delete", ["k"]), _COPY)

SCENARIOS = (
    *[_http(f"key-{number}", *common.touch(key)) for number, key in enumerate(common.ODD_KEYS)],
    _http("everything", *_EVERYTHING),
    _http("base", *_EVERYTHING, url="{url}/dav/a%20b"),
    _http("base-slash", *_EVERYTHING, url="{url}/dav/"),
    _http("default-headers", *_EVERYTHING, client={"default_headers": {"x-other": "a", "authorization": "Basic eA=="}}),
    _http("default-content-type", _PUT, client={"default_content_type": "text/x-default"}),
    _http("attributes", step("put", "k", b"1", attributes=common.ATTRIBUTES)),
    _http("empty", step("put", "k", b"")),
    _http("create", step("put", "k", b"1", mode="create")),
    _http("put-parents", _PUT, script=(Reply(409), Reply(409), Reply(201), Reply(201))),
    _http("put-no-parents", _PUT, script=(Reply(404), Reply(405))),
    *[_http(f"get-{name}", call) for name, call in common.GET_OPTIONS.items()],
    *[_http(name, call) for name, call in common.LISTS.items()],
    _http("copy-create", _CREATE),
    _http("copy-create-412", _CREATE, script=(Reply(412),)),
    _http("copy-parents", _COPY, script=(Reply(409),)),
    _http("rename", step("rename", "a b", "c")),
    _http("retry", _PUT, script=(Reply(503),)),
    *[_http(name, call, script=(Reply(status),)) for name, (call, status) in common.FAILURES.items()],
    _http("get-bare", step("get", "k"), script=(Reply(200, b"x"),)),
    _http("get-odd-date", step("get", "k"), script=(Reply(200, b"x", {"ETag": "e", "Last-Modified": "yesterday"}),)),
    _http("put-without-e-tag", _PUT, script=(Reply(200),)),
    _http("range-ignored", common.RANGE, script=(Reply(200, b"0123456789"),)),
    _http("metadata-unicode", step("put", "k", b"1", attributes={"note": "höhe"})),
)
