"""What to do about a request that S3 refused, or that never arrived. Pure."""

from __future__ import annotations

from obstore._http.client import Failure
from obstore._http.redirect import REDIRECTS
from obstore._s3.config import S3Settings
from obstore._s3.region import region_in
from obstore._transfer.failures import Refusal, redirected_to

_WRONG_KEYS = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken"})


def hint_for(failure: Failure, refusal: Refusal, settings: S3Settings, credentials: str) -> str | None:
    """Return the remedy, where there is one; `credentials` says where those come from."""
    response = failure.response
    if response is None:
        return _hint_for_host(str(failure.__cause__), settings)
    region = region_in(failure)
    if region is not None and region != settings.region:
        return _hint_for_region(region, settings)
    if response.status in REDIRECTS:
        return _hint_for_redirect(failure, settings)
    return _hint_for_rights(response.status, refusal.code, settings, credentials)


def _hint_for_host(cause: str, settings: S3Settings) -> str | None:
    if "cannot resolve host" not in cause:
        return None
    if settings.has_regional_host:
        return (
            f"is there a region {settings.region!r}? It comes from {settings.region_source}; "
            "left out, the bucket's own is found"
        )
    name = settings.origin.host.partition(".")[0]
    if name == settings.bucket:
        return f"is {name} a bucket there? Otherwise addressing_style='path' keeps it out of the host name"
    return f"the endpoint comes from {settings.endpoint_source}"


def _hint_for_region(region: str, settings: S3Settings) -> str:
    where = f"the bucket is in {region!r}"
    if settings.endpoint_source is not None:
        return f"{where}, and the endpoint, from {settings.endpoint_source}, is elsewhere: leave it out, or correct it"
    return f"{where}, and the region is {settings.region!r}, from {settings.region_source}"


def _hint_for_redirect(failure: Failure, settings: S3Settings) -> str:
    if settings.endpoint_source is not None and redirected_to(failure) is not None:
        return f"if the bucket is there, correct the endpoint, which comes from {settings.endpoint_source}"
    return f"is {settings.region!r}, from {settings.region_source}, the bucket's region?"


def _hint_for_rights(status: int, code: str | None, settings: S3Settings, credentials: str) -> str | None:
    if code in _WRONG_KEYS:
        return f"look at the credentials: {credentials}"
    if status not in {401, 403} or code == "RequestTimeTooSkewed":
        return None
    if not settings.signs:
        return "requests are not signed (skip_signature), and this is not public: leave skip_signature out"
    return f"signed with: {credentials}"
