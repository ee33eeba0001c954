"""Amazon's endpoints of several regions, as far as they send one another's requests away.

One TLS server has the names and the certificate of all of them. It refuses as S3 does, in the words of
"Error responses" in the API reference: a bucket of another region gets 301 (a new one 307), a signature for
another region 400, and neither says it in a body where the method is HEAD.
"""

import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import trustme

from tests.servers.fake_http import Answer, Call, serving

REGIONS = ("us-east-1", "eu-west-1", "ap-south-1", "cn-north-1")
NEW = "new-bucket"
"""A bucket whose name the global DNS does not know yet: 307 instead of 301."""


def _domain(region: str) -> str:
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"


HOSTS = [f"{start}s3.{region}.{_domain(region)}" for region in REGIONS for start in ("", "*.")]


@dataclass
class Regions:
    """The endpoints: where each bucket is, and what was asked.

    `tells` is False for a service that leaves `x-amz-bucket-region` out, and `is_curt` for one that says
    nothing of a region unless asked for the bucket itself. What `lies` is sent as the region.
    """

    authority: trustme.CA
    buckets: Mapping[str, str]
    tells: bool = True
    is_curt: bool = False
    lies: str | None = None
    calls: list[Call] = field(default_factory=list)

    def options(self) -> dict[str, Any]:
        """The client options with which a store trusts them."""
        return {"client_options": {"root_certificate": self.authority.cert_pem.bytes().decode()}}

    def places(self) -> list[tuple[str, str | None]]:
        """Every request's host, and the region that its signature was for."""
        return [(call.headers["host"], _scope(call)) for call in self.calls]

    def __call__(self, call: Call) -> Answer:
        self.calls.append(call)
        host = re.fullmatch(r"(?:(.+)\.)?s3\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?", call.headers["host"])
        assert host is not None, call.headers["host"]
        bucket = host[1] or call.path.split("/")[1]
        if self.is_curt and call.path != f"/{bucket}" and self.buckets[bucket] != host[2]:
            return Answer(400)
        home = self.buckets.get(bucket)
        if home is None:
            return _refuse(404, "NoSuchBucket", host[2])
        scope = _scope(call)
        # Which of the two is looked at first depends on the server that one gets.
        if scope is not None and scope != host[2]:
            return self._refuse_scope(call, host[2])
        if home != host[2]:
            return self._send_away(bucket, home)
        return Answer(200, b"hello", {"ETag": '"t"', "Last-Modified": "Sun, 22 Nov 2026 06:53:57 GMT"})

    def _send_away(self, bucket: str, home: str) -> Answer:
        told = self.lies or home
        endpoint = f"{bucket}.s3.{told}.{_domain(told)}"
        status, code = (307, "TemporaryRedirect") if bucket == NEW else (301, "PermanentRedirect")
        answer = _refuse(status, code, told if self.tells else None, f"<Endpoint>{endpoint}</Endpoint>")
        if status == 307:
            answer.headers["Location"] = f"https://{endpoint}/"
        return answer

    def _refuse_scope(self, call: Call, wanted: str) -> Answer:
        is_bucket = call.path.count("/") == 1
        region = wanted if self.tells or is_bucket else None
        return _refuse(400, "AuthorizationHeaderMalformed", region, f"<Region>{wanted}</Region>")


def _scope(call: Call) -> str | None:
    found = re.search(r"Credential=[^/]+/\d+/([^/]+)/s3/aws4_request", call.headers.get("authorization", ""))
    return found[1] if found else None


def _refuse(status: int, code: str, region: str | None, more: str = "") -> Answer:
    body = f"<Error><Code>{code}</Code><Message>m</Message>{more}<RequestId>r</RequestId></Error>".encode()
    return Answer(status, body, {"x-amz-bucket-region": region} if region else {})


@contextmanager
def regions(patch: pytest.MonkeyPatch, **buckets: str) -> Iterator[Regions]:
    """Serve the endpoints, under their names, to this process."""
    found = Regions(trustme.CA(), {name.replace("_", "-"): region for name, region in buckets.items()})
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.authority.issue_cert(*HOSTS).configure_cert(tls)
    with serving(found, tls) as url:
        _resolve(patch, int(url.rpartition(":")[2]))
        yield found


def _resolve(patch: pytest.MonkeyPatch, port: int) -> None:
    known = re.compile(rf"(?:.+\.)?s3\.(?:{'|'.join(REGIONS)})\.amazonaws\.com(?:\.cn)?")

    def resolving(host: Any, *args: Any, **options: Any) -> Any:
        if known.fullmatch(str(host)) is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))]

    patch.setattr(socket, "getaddrinfo", resolving)
