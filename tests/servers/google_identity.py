"""A fake of Google's identity services: token endpoint, STS, IAM credentials, metadata server.

Written from the public documentation of each. It believes nothing: signatures are
verified with the public key, AWS identities by recomputing their signature.
"""

import base64
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.servers.fake_http import Answer, Call

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
AUDIENCE = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q"
EMAIL = "robot@project.iam.gserviceaccount.com"
MACHINE = "machine@project.iam.gserviceaccount.com"

USER = {"client_id": "a client", "client_secret": "s&cret", "refresh_token": "1//refresh"}
SUBJECT = "subject.token.jwt"
AWS_KEYS = {"AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "aws secret", "Token": "aws session"}


@dataclass
class Identities:
    """Who there is, and which tokens they have been given."""

    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    lifetime: int = 3600
    is_on_google: bool = True
    tokens: dict[str, str] = field(default_factory=dict)
    """The bearer of each token."""

    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def pem(self) -> str:
        """The key of the service account, as its file has it."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def key_file(self, **more: object) -> dict[str, object]:
        """The fields of the service account's key file."""
        fields = {"type": "service_account", "client_email": EMAIL, "private_key": self.pem, "private_key_id": "k1"}
        return {**fields, **more}

    def issue(self, bearer: str) -> str:
        """Make a token."""
        token = f"ya29.{next(self._numbers)}"
        self.tokens[token] = bearer
        return token

    def bearer_of(self, headers: dict[str, str]) -> str | None:
        """Return who a request's token belongs to, or None if it is not valid."""
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind != "Bearer":
            return None
        return self.tokens.get(token) or self._bearer_of_jwt(token)

    def _bearer_of_jwt(self, token: str) -> str | None:
        signed, _, signature = token.rpartition(".")
        if not self.has_signed(signed.encode(), _unbase64url(signature)):
            return None
        header, claims = (json.loads(_unbase64url(part)) for part in signed.split("."))
        assert header == {"typ": "JWT", "alg": "RS256", "kid": "k1"}
        assert claims["iss"] == claims["sub"] == EMAIL
        assert claims["scope"] == SCOPE
        assert claims["iat"] - 5 <= time.time() < claims["exp"] <= claims["iat"] + 3600
        return EMAIL

    def has_signed(self, data: bytes, signature: bytes) -> bool:
        """Tell whether a signature is the service account's."""
        try:
            self.key.public_key().verify(signature, data, padding.PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True

    def answer(self, call: Call) -> Answer | None:
        """Answer a call to one of the services; None if it is for another."""
        for prefix, service in self._services().items():
            if call.path.startswith(prefix):
                return service(call)
        return None

    def _services(self) -> dict[str, Callable[[Call], Answer]]:
        return {
            "/oauth2/token": self._refresh,
            "/v1/token": self._exchange,
            "/v1/projects/-/serviceAccounts/": self._iam,
            "/computeMetadata/v1/": self._metadata,
            "/idp/": _subject,
            "/latest/": _aws,
        }

    def _granted(self, bearer: str) -> Answer:
        return _json({"access_token": self.issue(bearer), "expires_in": self.lifetime, "token_type": "Bearer"})

    def _refresh(self, call: Call) -> Answer:
        if call.form == {"grant_type": "refresh_token", **USER}:
            return self._granted("person")
        return _json({"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, 400)

    def _exchange(self, call: Call) -> Answer:
        form = call.form
        if form.get("grant_type") == "refresh_token":
            authorization = base64.b64encode(f"{USER['client_id']}:{USER['client_secret']}".encode()).decode()
            assert call.headers["authorization"] == f"Basic {authorization}"
            return self._granted("workforce")
        assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:token-exchange"
        assert form["requested_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
        assert (form["audience"], form["scope"]) == (AUDIENCE, SCOPE)
        if form["subject_token_type"] == "urn:ietf:params:aws:token-type:aws4_request":
            problem = _problem_of_aws_token(form["subject_token"])
        else:
            problem = None if form["subject_token"] == SUBJECT else "the subject token is not known"
        if problem is None:
            return self._granted("federated")
        return _json({"error": "invalid_grant", "error_description": problem}, 400)

    def _iam(self, call: Call) -> Answer:
        if self.bearer_of(call.headers) is None:
            return _json({"error": {"code": 401, "message": "no token", "status": "UNAUTHENTICATED"}}, 401)
        email, _, verb = unquote(call.path).rpartition("/")[2].partition(":")
        body = json.loads(call.body)
        if verb == "signBlob":
            signature = self.key.sign(base64.b64decode(body["payload"]), padding.PKCS1v15(), SHA256())
            return _json({"keyId": "k1", "signedBlob": base64.b64encode(signature).decode()})
        assert verb == "generateAccessToken"
        assert body["scope"] == [SCOPE]
        seconds = int(body["lifetime"].removesuffix("s"))
        expires_at = datetime.now(UTC) + timedelta(seconds=seconds)
        return _json({"accessToken": self.issue(email), "expireTime": expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")})

    def _metadata(self, call: Call) -> Answer:
        if not self.is_on_google:
            return Answer(200, b"<html>Log in to the hotel's network</html>")
        flavor = {"Metadata-Flavor": "Google"}
        if call.headers.get("metadata-flavor") != "Google":
            return Answer(403, b"Missing Metadata-Flavor:Google header.", flavor)
        path = call.path.removeprefix("/computeMetadata/v1/instance/service-accounts/default/")
        if path == "email":
            return Answer(200, MACHINE.encode(), flavor)
        assert path == "token"
        return Answer(200, self._granted(MACHINE).body, flavor)


def _subject(call: Call) -> Answer:
    """An identity provider that gives subject tokens to whoever knows the way."""
    if call.headers.get("x-idp-secret") != "open sesame":
        return Answer(403, b"who are you?")
    return Answer(200, SUBJECT.encode()) if call.path == "/idp/text" else _json({"value": SUBJECT})


def _aws(call: Call) -> Answer:
    """The metadata service of an instance of EC2, version 2."""
    if call.path == "/latest/api/token" and call.method == "PUT":
        assert int(call.headers["x-aws-ec2-metadata-token-ttl-seconds"]) > 0
        return Answer(200, b"imds session")
    if call.headers.get("x-aws-ec2-metadata-token") != "imds session":
        return Answer(401)
    if call.path == "/latest/meta-data/placement/availability-zone":
        return Answer(200, b"us-east-2b")
    if call.path == "/latest/meta-data/iam/security-credentials":
        return Answer(200, b"a-role")
    assert call.path == "/latest/meta-data/iam/security-credentials/a-role"
    return _json(AWS_KEYS)


def _problem_of_aws_token(token: str) -> str | None:
    request = json.loads(unquote(token))
    headers = {each["key"].lower(): each["value"] for each in request["headers"]}
    authorization = headers.pop("authorization")
    url = urlsplit(request["url"])
    if request["method"] != "POST" or headers["host"] != url.netloc or not url.netloc.startswith("sts."):
        return "not a request to AWS STS"
    if headers["x-goog-cloud-target-resource"] != AUDIENCE:
        return "not for us"
    expected = _aws_signature(url.query, headers, authorization)
    return None if authorization.endswith(f"Signature={expected}") else "the signature does not match"


def _aws_signature(query: str, headers: dict[str, str], authorization: str) -> str:
    """Compute the signature that a `GetCallerIdentity` must have, by the AWS documentation."""
    scope = authorization.partition("Credential=")[2].partition(",")[0].partition("/")[2]
    day, region, service, _ = scope.split("/")
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"POST\n/\n{query}\n{lines}\n{names}\n{hashlib.sha256(b'').hexdigest()}"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{AWS_KEYS['SecretAccessKey']}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{digest}"
    return hmac.digest(key, text.encode(), "sha256").hex()


def _json(value: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value).encode(), {"Content-Type": "application/json"})


def _unbase64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
