"""Which region a bucket is in, as a refusal tells. Pure.

S3 says it with every refusal in `x-amz-bucket-region`, and in the body: `AuthorizationHeaderMalformed` has the
`Region` that it wants in a signature, `PermanentRedirect` and `TemporaryRedirect` the `Endpoint` to go to ("Error
responses" in the API reference). MinIO and others that speak its protocol say the first in the second way.
"""

from __future__ import annotations

import re

from obstore._core.xml import find_text, parse_xml
from obstore._http.client import Failure
from obstore._s3.config import S3Settings
from obstore._s3.endpoint import domain_of

_HEADER = "x-amz-bucket-region"
_ENDPOINT = re.compile(r"(?:.+\.)?s3[.-](?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")
_HOST_LABEL = re.compile(r"[a-z][a-z0-9-]{1,62}")
_SCOPE = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def region_in(failure: Failure) -> str | None:
    """Return the bucket's region, if the refusal names one."""
    response = failure.response
    if response is None or not 300 <= response.status < 500:
        return None
    return response.headers.get(_HEADER) or _region_in_body(failure.body)


def _region_in_body(body: bytes) -> str | None:
    if b"<Region>" not in body and b"<Endpoint>" not in body:
        return None
    try:
        root = parse_xml(body)
    except ValueError:
        return None
    found = _ENDPOINT.fullmatch(find_text(root, "Endpoint") or "")
    return find_text(root, "Region") or (found["region"] if found is not None else None)


def hides_region(failure: Failure) -> bool:
    """Tell whether a refusal may be for the region, and only has no body to say so: the reply to a HEAD."""
    return failure.request.method == "HEAD" and failure.response is not None and failure.response.status in {301, 400}


def moved_to(settings: S3Settings, region: str | None) -> S3Settings | None:
    """Return the settings for the region that a refusal named; None if it is not to be believed.

    A host is made only from what can be one label of a name, and only in the domain that requests go to
    already: signatures go to nobody else. A custom endpoint stays what it is, and only
    signatures change.
    """
    if region is None or region == settings.region:
        return None
    if settings.has_regional_host:
        is_ours = domain_of(region) == domain_of(settings.region)
        return settings.in_region(region) if is_ours and _HOST_LABEL.fullmatch(region) else None
    return settings._replace(region=region) if settings.signs and _SCOPE.fullmatch(region) else None
