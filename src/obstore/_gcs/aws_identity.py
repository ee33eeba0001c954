"""Subject tokens on AWS: a signed request that has not been sent.

Google sends it: whoever could sign `GetCallerIdentity` is who AWS then says they are
(cloud.google.com/iam/docs/workload-identity-federation-with-other-clouds). Credentials
and region come from the environment, else from the instance's metadata service.
"""

from __future__ import annotations

import hmac
import os
import time
from hashlib import sha256
from typing import Any, NamedTuple

from obstore._core.errors import GenericError, TransportError, UnauthenticatedError
from obstore._core.path import encode_query_value
from obstore._core.url import split_url
from obstore._gcs.account import Document
from obstore._gcs.subject import SubjectToken
from obstore._http.message import Header
from obstore._transfer.canonical import canonical_request, derive_key
from obstore._transfer.fetch import Reply, fetch
from obstore._transfer.oauth import read_json

_ALGORITHM = "AWS4-HMAC-SHA256"
_DEFAULT_VERIFICATION = "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"


class AwsKeys(NamedTuple):
    """A key pair of AWS."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None

    def __repr__(self) -> str:
        return f"AwsKeys({self.access_key_id!r}, secret=***)"


class AwsIdentity(SubjectToken):
    """The role that this program has on AWS."""

    def __init__(self, source: Document, document: Document) -> None:
        environment_id = source.text("environment_id")
        if environment_id != "aws1":
            raise GenericError(
                f"Generic GCS error: {source.source} is of environment {environment_id!r}; aws1 is known", store="GCS"
            )
        self._audience = document.text("audience")
        self._region_url = source.maybe_text("region_url")
        self._keys_url = source.maybe_text("url")
        self._session_url = source.maybe_text("imdsv2_session_token_url")
        self._verification_url = source.maybe_text("regional_cred_verification_url") or _DEFAULT_VERIFICATION

    async def fetch(self) -> str:
        region, keys = _region_in_environment(), _keys_in_environment()
        if region is None or keys is None:
            session = await self._open_session()
            region = region or await self._fetch_region(session)
            keys = keys or await self._fetch_keys(session)
        url = self._verification_url.replace("{region}", region)
        return sign_identity(url, self._audience, region, keys, time.time())

    async def _open_session(self) -> list[Header]:
        if self._session_url is None:
            return []
        reply = await _ask("PUT", self._session_url, [("x-aws-ec2-metadata-token-ttl-seconds", "300")])
        return [("x-aws-ec2-metadata-token", reply.body.decode())]

    async def _fetch_region(self, session: list[Header]) -> str:
        url = _needed(self._region_url, "region_url", "AWS_REGION")
        zone = (await _ask("GET", url, session)).body.decode().strip()
        return zone[:-1]  # "us-east-2b" is a zone of "us-east-2"

    async def _fetch_keys(self, session: list[Header]) -> AwsKeys:
        url = _needed(self._keys_url, "url", "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        role = (await _ask("GET", url, session)).body.decode().strip()
        found = read_json(await _ask("GET", f"{url}/{role}", session), url, "GCS")
        return _read_keys(found, url)


def _read_keys(found: dict[str, Any], url: str) -> AwsKeys:
    try:
        return AwsKeys(found["AccessKeyId"], found["SecretAccessKey"], found.get("Token"))
    except KeyError as error:
        raise UnauthenticatedError(f"no AWS credentials from {url}: the reply has no {error}", store="GCS") from error


def _region_in_environment() -> str | None:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")


def _keys_in_environment() -> AwsKeys | None:
    key_id, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    return AwsKeys(key_id, secret, os.environ.get("AWS_SESSION_TOKEN")) if key_id and secret else None


def _needed(url: str | None, name: str, variable: str) -> str:
    if url is None:
        raise UnauthenticatedError(
            f"neither {variable} in the environment nor {name} in the credentials file", store="GCS"
        )
    return url


async def _ask(method: str, url: str, headers: list[Header]) -> Reply:
    try:
        reply = await fetch(method, url, headers, connect_timeout=2.0, timeout=5.0, retries=2)
    except (TransportError, ValueError) as error:
        raise UnauthenticatedError(f"no AWS metadata from {url}: {error}", store="GCS") from error
    if reply.status != 200:
        raise UnauthenticatedError(f"no AWS metadata from {url}: {reply.status}", store="GCS")
    return reply


def sign_identity(url: str, audience: str, region: str, keys: AwsKeys, now: float) -> str:
    """Sign a request to `GetCallerIdentity` for `audience` and write it as a subject token."""
    import json

    parts = split_url(url)
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    headers = [("host", parts.host), ("x-amz-date", date), ("x-goog-cloud-target-resource", audience)]
    if keys.session_token is not None:
        headers.append(("x-amz-security-token", keys.session_token))
    headers.sort()
    query = "&".join(sorted(parts.query.split("&")))
    canonical = canonical_request("POST", parts.path or "/", query, headers, _names(headers), sha256(b"").hexdigest())
    headers.append(("authorization", _authorization(canonical, headers, region, keys, date)))
    request = {"url": url, "method": "POST", "headers": [{"key": name, "value": value} for name, value in headers]}
    return encode_query_value(json.dumps(request, separators=(",", ":")))


def _names(headers: list[Header]) -> str:
    return ";".join([name for name, _ in headers])


def _authorization(canonical: str, headers: list[Header], region: str, keys: AwsKeys, date: str) -> str:
    scope = f"{date[:8]}/{region}/sts/aws4_request"
    text = f"{_ALGORITHM}\n{date}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    key = derive_key(keys.secret_access_key, date[:8], region, "sts")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = f"{keys.access_key_id}/{scope}"
    return f"{_ALGORITHM} Credential={credential}, SignedHeaders={_names(headers)}, Signature={signature}"
