"""Credentials of real boto3 sessions, at a real server."""

import json
import pickle
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import boto3
import pytest

from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.auth.boto3 import Boto3CredentialProvider, StsCredentialProvider
from obstore.exceptions import UnauthenticatedError
from obstore.store import S3Store
from tests.s3.home import Home
from tests.servers import S3Server
from tests.servers.boto import client

ANYONE = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.fixture
def home(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("PROFILE", "ACCESS_KEY_ID", "DEFAULT_REGION", "CONFIG_FILE", "SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    return Home(tmp_path)


@pytest.fixture
def bucket(ministack: S3Server) -> Iterator[str]:
    with client("s3", ministack.endpoint, (ministack.access_key_id, ministack.secret_access_key)) as s3:
        name = f"b{uuid4().hex}"
        s3.create_bucket(Bucket=name)
        yield name


def session_of(server: S3Server) -> boto3.Session:
    return boto3.Session(server.access_key_id, server.secret_access_key, region_name="us-east-1")


def store_of(server: S3Server, bucket: str, provider: Any) -> S3Store:
    return S3Store(bucket, endpoint=server.endpoint, client_options={"allow_http": True}, credential_provider=provider)


def moves_bytes(store: S3Store, colour: Colour) -> bool:
    async def put_and_get(view: StoreView) -> bool:
        await view.put("k", b"hello")
        return await view.body("k") == b"hello"

    return drive(colour, put_and_get(StoreView(store, colour)))


def test_a_session_signs(home: Home, ministack: S3Server, bucket: str, colour: Colour) -> None:
    provider = Boto3CredentialProvider(session_of(ministack))
    store = store_of(ministack, bucket, provider)

    assert moves_bytes(store, colour)
    assert store.config["region"] == "us-east-1"
    assert ministack.secret_access_key not in repr(provider) + repr(store)


def test_a_botocore_session_signs(home: Home, ministack: S3Server, bucket: str) -> None:
    provider = Boto3CredentialProvider(session_of(ministack)._session)

    assert provider.config == {}
    assert moves_bytes(store_of(ministack, bucket, provider), "sync")


def test_a_pickled_store_still_signs(home: Home, ministack: S3Server, bucket: str) -> None:
    store = store_of(ministack, bucket, Boto3CredentialProvider(session_of(ministack)))
    copy = pickle.loads(pickle.dumps(store))

    assert copy == store
    assert moves_bytes(copy, "sync")


def test_a_pickle_of_a_profile_holds_no_keys(home: Home, ministack: S3Server) -> None:
    home.credentials(f"""
        [work]
        aws_access_key_id = {ministack.access_key_id}
        aws_secret_access_key = {ministack.secret_access_key}
    """)
    data = pickle.dumps(Boto3CredentialProvider(boto3.Session(profile_name="work")))

    assert ministack.secret_access_key.encode() not in data
    assert pickle.loads(data)()["secret_access_key"] == ministack.secret_access_key


def test_a_session_without_credentials_is_refused(home: Home) -> None:
    with pytest.raises(ValueError, match=r"no credentials.*skip_signature"):
        Boto3CredentialProvider()


@pytest.fixture
def role(ministack: S3Server) -> str:
    """A role of the real service's that may do everything."""
    name = f"role-{uuid4().hex}"
    with client("iam", ministack.endpoint, (ministack.access_key_id, ministack.secret_access_key)) as iam:
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(ANYONE))
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy(EVERYTHING))
    arn: str = made["Role"]["Arn"]
    return arn


def policy(statement: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_role_is_assumed(
    home: Home, ministack: S3Server, bucket: str, role: str, colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", ministack.endpoint)
    provider = StsCredentialProvider(session_of(ministack), RoleArn=role, RoleSessionName="me")

    credential = provider()

    assert credential["access_key_id"] != ministack.access_key_id
    assert credential["expires_at"] is not None
    assert moves_bytes(store_of(ministack, bucket, pickle.loads(pickle.dumps(provider))), colour)


def test_a_role_that_may_not_be_assumed_is_an_error_of_the_operation(
    home: Home, ministack: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", ministack.endpoint)
    wrong = boto3.Session("AKIAUNKNOWN", "secret", region_name="us-east-1")
    arn = "arn:aws:iam::000000000000:role/x"
    store = store_of(ministack, "b", StsCredentialProvider(wrong, RoleArn=arn, RoleSessionName="x"))

    with pytest.raises(UnauthenticatedError, match="External AWS credential provider"):
        store.get("k")
