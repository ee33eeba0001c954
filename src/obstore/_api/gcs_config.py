"""The shapes of the settings of a `GCSStore`, for type checkers and readers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeAlias, TypedDict


class GCSConfig(TypedDict, total=False):
    """Settings of a `GCSStore`. Each is also read from the environment, as `GOOGLE_` and its name.

    Of the credentials the first of `bearer_token`, `service_account`, `service_account_key`
    and `application_credentials` counts; what is passed counts before the environment.

    >>> config: GCSConfig = {"skip_signature": True, "user_project": "project"}
    >>> GCSStore("bucket", config=config)
    GCSStore(bucket="bucket")
    """

    application_credentials: str
    """Path of a credentials file of any type: a service account's, a user's, one of workload
    identity federation, of impersonation."""

    base_url: str
    """Where the buckets are, e.g. an emulator. `STORAGE_EMULATOR_HOST` says it too."""

    bearer_token: str
    """An access token, which is not renewed."""

    bucket: str

    kms_key_name: str
    """The Cloud KMS key to encrypt new objects with, by its full resource name."""

    service_account: str
    """Path of a service account's key file."""

    service_account_key: str
    """The text of a service account's key file, which is JSON."""

    skip_signature: bool
    """Whether to send no credentials, which is all that a public bucket needs."""

    user_project: str
    """The project that pays, for buckets whose requester does."""


class GCSCredential(TypedDict):
    """What a credential provider returns for GCS. `expires_at` has a time zone; None is never.

    >>> def provide() -> GCSCredential:
    ...     return {"token": "a token", "expires_at": None}
    >>> GCSStore("bucket", credential_provider=provide)
    GCSStore(bucket="bucket")
    """

    token: str
    expires_at: datetime | None


GCSCredentialProvider: TypeAlias = "Callable[[], GCSCredential | Awaitable[GCSCredential]]"
"""What `credential_provider=` takes: called when credentials are needed, and again before they expire."""
