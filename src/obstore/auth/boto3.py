"""Credentials from boto3 and botocore sessions.

Stores find AWS credentials by themselves, profiles and SSO included. These providers
are for programs that have a session already, or sources that only botocore knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypedDict

from obstore.auth._sdk import load_sdk

boto3 = load_sdk("boto3", "boto3")

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Credential


class _Origin(TypedDict, total=False):
    """What a session can be made again from."""

    profile_name: str | None
    region_name: str | None
    aws_access_key_id: str
    aws_secret_access_key: str
    aws_session_token: str | None


class _SessionProvider:
    """A provider that asks a session. Sessions do not pickle; what they were made of does.

    An unpickled provider has the same profile and region, and the same keys where the
    session was given keys; everything else is found anew in the process it comes to.
    """

    config: S3Config
    _session: Any

    def __init__(self, session: Any = None) -> None:
        self._session = session if session is not None else boto3.Session()
        # A botocore session may have a region too, which is not taken: the reference package does not, either.
        region = getattr(self._session, "region_name", None)
        self.config = {"region": region} if region is not None else {}

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.__getstate__() == other.__getstate__()

    __hash__ = None  # type: ignore[assignment]

    def __getstate__(self) -> dict[str, Any]:
        state = {name: value for name, value in self.__dict__.items() if name not in ("_session", "credentials")}
        return {**state, "_origin": _origin_of(self._session)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        session = boto3.Session(**state.pop("_origin"))
        self.__dict__.update(state, _session=session)


def _origin_of(session: Any) -> _Origin:
    """Tell what a boto3 or botocore session was made of."""
    core = getattr(session, "_session", session)
    origin: _Origin = {"profile_name": core.profile, "region_name": core.get_config_variable("region")}
    credentials = session.get_credentials()
    if credentials is not None and credentials.method == "explicit":
        origin["aws_access_key_id"] = credentials.access_key
        origin["aws_secret_access_key"] = credentials.secret_key
        origin["aws_session_token"] = credentials.token
    return origin


class Boto3CredentialProvider(_SessionProvider):
    """The credentials of a boto3 session, or of a botocore one.

    >>> import boto3
    >>> from obstore.store import S3Store
    >>> session = boto3.Session(aws_access_key_id="AK", aws_secret_access_key="SK", region_name="eu-west-1")
    >>> store = S3Store("bucket", credential_provider=Boto3CredentialProvider(session))
    >>> store.config["region"]
    'eu-west-1'

    Args:
        session: By default a new `boto3.Session()`. Its region becomes the store's, unless that has one.
        ttl: After how long the session is asked again. It renews what expires by itself.

    Raises:
        ValueError: The session has no credentials.
    """

    def __init__(self, session: Any = None, *, ttl: timedelta = timedelta(minutes=30)) -> None:
        super().__init__(session)
        self.ttl = ttl
        self.credentials = self._find_credentials()

    def _find_credentials(self) -> Any:
        credentials = self._session.get_credentials()
        if credentials is None:
            raise ValueError(
                "the boto3 session has no credentials: configure them for boto3 (aws configure, AWS_PROFILE, ...), "
                "or use skip_signature=True for a public bucket"
            )
        return credentials

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.credentials = self._find_credentials()

    def __repr__(self) -> str:
        return f"<Boto3CredentialProvider {self.credentials.method}>"

    def __call__(self) -> S3Credential:
        """Return the session's credentials as they are now."""
        frozen = self.credentials.get_frozen_credentials()
        return {
            "access_key_id": frozen.access_key,
            "secret_access_key": frozen.secret_key,
            "token": frozen.token,
            "expires_at": datetime.now(UTC) + self.ttl,
        }


class StsCredentialProvider(_SessionProvider):
    """Temporary credentials of a role, from STS.

    >>> import boto3
    >>> session = boto3.Session(aws_access_key_id="AK", aws_secret_access_key="SK")
    >>> role = "arn:aws:iam::123456789012:role/reader"
    >>> StsCredentialProvider(session, RoleArn=role, RoleSessionName="me")
    <StsCredentialProvider arn:aws:iam::123456789012:role/reader>

    Args:
        session: Who assumes the role. By default a new `boto3.Session()`.
        kwargs: Passed to the `assume_role` of boto3's STS client.
    """

    def __init__(self, session: Any = None, **kwargs: Any) -> None:
        super().__init__(session)
        self.kwargs = kwargs

    def __repr__(self) -> str:
        return f"<StsCredentialProvider {self.kwargs.get('RoleArn')}>"

    def __call__(self) -> S3Credential:
        """Assume the role.

        Raises:
            ValueError: STS says when the credentials expire, but not in which time zone.
        """
        client = getattr(self._session, "client", None) or self._session.create_client
        found: Mapping[str, Any] = client("sts").assume_role(**self.kwargs)["Credentials"]
        if found["Expiration"].tzinfo is None:
            raise ValueError("the Expiration that STS gave has no time zone")
        return {
            "access_key_id": found["AccessKeyId"],
            "secret_access_key": found["SecretAccessKey"],
            "token": found["SessionToken"],
            "expires_at": found["Expiration"].astimezone(UTC),
        }
