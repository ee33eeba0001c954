"""boto3 clients: the oracle that prepares the test servers and checks them.

boto3 has no types of its own, so this is the one module that imports it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config

_PLAIN: dict[str, Any] = {
    "proxies": {},
    "retries": {"total_max_attempts": 1},
    "s3": {"addressing_style": "path"},
    # Not every server here knows the checksums that boto3 adds unasked.
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}


@contextmanager
def client(
    service: str,
    endpoint: str,
    key: tuple[str, str] | None,
    *,
    region: str = "us-east-1",
    ca_file: Path | None = None,
) -> Iterator[Any]:
    """A client with the key id and secret, or an anonymous one; its connections end with the block."""
    key_id, secret = key or (None, None)
    opened = _session().client(
        service,
        endpoint_url=endpoint,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        region_name=region,
        verify=str(ca_file) if ca_file else None,
        config=Config(**_PLAIN) if key else Config(**_PLAIN, signature_version=UNSIGNED),
    )
    try:
        yield opened
    finally:
        opened.close()


@cache
def _session() -> Any:
    """One for all clients: it holds the parsed service models, 50 ms against 5."""
    return boto3.session.Session()
