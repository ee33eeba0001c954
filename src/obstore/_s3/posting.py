"""Forms with which a browser uploads an object: "POST object" and its policy, in the S3 API reference.

The policy is a JSON document that says until when a form may be used, and what may be in it; its
text in base64 is what is signed. Every field of the form but the file and the signature itself must be
allowed by a condition.
"""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from obstore._s3.credential import Credential
from obstore._s3.sigv4 import Signer

Condition = Mapping[str, str] | Sequence[Any]
"""`{"field": "value"}`, `["eq" or "starts-with", "$field", "value"]`, or `["content-length-range", 0, 100]`."""

_FILE_NAME = "${filename}"


class PresignedPost(TypedDict):
    """Where to post a form, and its fields; the file follows them, as the field `file`.

    >>> from datetime import timedelta
    >>> from obstore.store import S3Store
    >>> store = S3Store("bucket", access_key_id="AK", secret_access_key="SK")
    >>> form: PresignedPost = store.presign_post("k", timedelta(hours=1))
    >>> form["url"], form["fields"]["key"]
    ('https://s3.us-east-1.amazonaws.com/bucket', 'k')
    """

    url: str
    fields: dict[str, str]


def make_fields(
    signer: Signer,
    credential: Credential,
    bucket: str,
    key: str,
    expires_in: int,
    now: float,
    fields: Mapping[str, str],
    conditions: Sequence[Condition],
) -> dict[str, str]:
    """Return the fields of a form, signed."""
    signed = {**fields, "key": key, **signer.policy_fields(credential, now)}
    policy = {"expiration": _format_time(now + expires_in), "conditions": [*_fixed(bucket, signed), *conditions]}
    text = b64encode(json.dumps(policy).encode()).decode()
    return {**signed, "policy": text, "x-amz-signature": signer.sign_policy(text, credential, now)}


def _fixed(bucket: str, fields: Mapping[str, str]) -> list[Condition]:
    """Allow each field as it is. A key that ends in the file's name may begin as it does."""
    conditions: list[Condition] = [{"bucket": bucket}]
    for name, value in fields.items():
        if name == "key" and value.endswith(_FILE_NAME):
            conditions.append(["starts-with", "$key", value.removesuffix(_FILE_NAME)])
        else:
            conditions.append({name: value})
    return conditions


def _format_time(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
