"""What a request says once everything is removed that no two runs have in common.

Clock, signatures, boundaries and random identifiers are replaced by their names in angle brackets; queries and
tags are sorted and XML is made canonical: none of the orders and spellings that go so means anything.
"""

import json
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree import ElementTree as ET

from tests.servers.fake_http import Call

LONGEST_BODY = 4096
"""Beyond so many bytes a body is shown by its digest."""

_DATA = 1 << 20
"""A body of so many bytes is an object's content, with nothing in it to be replaced."""

_REPLACED = (
    (r"\b\d{8}T\d{6}Z\b", "<time>"),
    (r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<time>"),
    (r"(?<=/)20\d{6}(?=/)", "<day>"),
    (r"Signature=[0-9a-f]{64,}", "Signature=<signature>"),
    (r"(?<=SharedKey acct:)[A-Za-z0-9+/]{43}=", "<signature>"),
    (r"\bbatch_[A-Za-z0-9+/]{22}", "<boundary>"),
    (r"(?<=<Uncommitted>)[A-Za-z0-9+/]{43}=", "<block>"),
    (r"(?i)(?<=\ndate: )\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "<date>"),
)
_RANDOM_PARAMETERS = {"X-Amz-Signature", "X-Goog-Signature", "blockid"}
_TAG_HEADERS = {"x-amz-tagging", "x-ms-tags"}
# Added on the way out, after signing, by both packages.
_NEVER_SIGNED = {"accept", "authorization", "content-length", "user-agent"}


@dataclass(frozen=True)
class Normal:
    """A request. `line` tells which one it is: method and decoded target, however the path is spelt."""

    line: str
    path: str
    headers: dict[str, str]
    body: str
    content: bytes


def normal_call(call: Call, url: str) -> Normal:
    path = re.sub("//+", "/", unquote(call.path)).rstrip("/")
    target = f"{path or '/'}?{_query(call.raw_query)}".rstrip("?")
    headers = {name: _header(name, value, call, url) for name, value in call.headers.items()}
    return Normal(f"{call.method} {target}", call.path, headers, _body(call.body), call.body)


def normal_outcome(outcome: str, url: str) -> str:
    """Return how a step ended; of a signed URL, its parts."""
    return re.sub(rf'{re.escape(url)}([^"?]*)\?([^"]*)', lambda found: f"{found[1]}?{_query(found[2])}", outcome)


def _query(query: str) -> str:
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    return "&".join(f"{name}={_parameter(name, value)}" for name, value in pairs)


def _parameter(name: str, value: str) -> str:
    # The signature that a scenario's own SAS has is shorter.
    if name in _RANDOM_PARAMETERS or (name == "sig" and re.fullmatch(r"[A-Za-z0-9+/]{43}=", value)):
        return "<random>"
    return _replaced(value)


def _header(name: str, value: str, call: Call, url: str) -> str:
    value = value.replace(urlsplit(url).netloc, "<server>")
    if name == "date":
        return "<date>"
    if name in _TAG_HEADERS:
        return "&".join(sorted(value.split("&")))
    if name == "authorization":
        return _authorization(value, call)
    if name.endswith("-copy-source") and "?" in value:
        source, _, query = value.partition("?")
        return f"{source}?{_query(query)}"
    return _replaced(value)


def _authorization(value: str, call: Call) -> str:
    """Return the claims of a JWT; of a signature, which headers it leaves out."""
    if value.startswith("Bearer ") and value.count(".") == 2:
        return f"Bearer {_claims(value.removeprefix('Bearer '))}"
    return re.sub(r"SignedHeaders=([^,]*)", lambda found: f"unsigned: {_unsigned(found[1], call)}", _replaced(value))


def _unsigned(signed: str, call: Call) -> str:
    return " ".join(sorted(call.headers.keys() - _NEVER_SIGNED - set(signed.split(";")))) or "none"


def _claims(token: str) -> str:
    head, claims = (json.loads(urlsafe_b64decode(f"{part}==")) for part in token.split(".")[:2])
    told = {name: value for name, value in claims.items() if name not in {"iat", "exp"}}
    return json.dumps([head, told], sort_keys=True)


def _body(body: bytes) -> str:
    text = body.decode("latin-1") if len(body) >= _DATA else _replaced(_canonical(body))
    return text if len(text) <= LONGEST_BODY else f"<{len(text)} bytes, SHA-256 {sha256(text.encode()).hexdigest()}>"


def _canonical(body: bytes) -> str:
    if not body.startswith(b"<"):
        return body.decode("latin-1")
    return ET.canonicalize(body, strip_text=True)


def _replaced(text: str) -> str:
    for pattern, name in _REPLACED:
        text = re.sub(pattern, name, text)
    return text
