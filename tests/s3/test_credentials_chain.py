"""Which source is chosen, and what is said when there is none."""

import time
from typing import Any

import pytest

from obstore.exceptions import UnauthenticatedError
from obstore.store import S3Store
from tests.s3.home import SECRET, Colour, Home, credential_of

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": SECRET}
IDENTITY = {"AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/env"}
CONTAINER = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://localhost:1/credentials"}
PROFILE = {"AWS_PROFILE": "work"}
PROFILES = f"""
    [profile work]
    aws_access_key_id = AKIDPROFILE
    aws_secret_access_key = {SECRET}
    [profile assuming]
    role_arn = arn:aws:iam::1:role/profile
    source_profile = work
"""


def chosen(**arguments: Any) -> str:
    return S3Store("b", **arguments).explain()["credentials"].value


@pytest.mark.parametrize(
    ("environment", "arguments", "expected"),
    [
        ([KEYS, IDENTITY, PROFILE, CONTAINER], {}, "key pair AKIDENV, from environment variable AWS_ACCESS_KEY_ID"),
        ([IDENTITY, PROFILE, CONTAINER], {}, "web identity of role arn:aws:iam::1:role/env"),
        ([PROFILE, CONTAINER], {}, "key pair AKIDPROFILE, from profile 'work' in ~/.aws/config"),
        ([CONTAINER], {}, "container credentials at http://localhost:1/credentials"),
        ([KEYS, IDENTITY], {"profile": "work"}, "key pair AKIDPROFILE"),
        ([KEYS], {"web_identity_token_file": "/t", "role_arn": "arn:x"}, "web identity of role arn:x"),
        ([KEYS], {"container_credentials_full_uri": "http://localhost:2/"}, "container credentials at http://local"),
        ([KEYS], {"access_key_id": "AKIDARG", "secret_access_key": "s"}, "key pair AKIDARG, from keyword arguments"),
        ([IDENTITY, {"AWS_PROFILE": "assuming"}], {}, "role arn:aws:iam::1:role/profile, assumed with key pair"),
        ([KEYS], {"role_arn": "arn:y"}, "role arn:y, assumed with key pair AKIDENV"),
        ([{"AWS_ROLE_ARN": "arn:z"}, PROFILE], {}, "key pair AKIDPROFILE"),
        ([], {}, "none"),
    ],
)
def test_sources_have_an_order(
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    environment: list[dict[str, str]],
    arguments: dict[str, str],
    expected: str,
) -> None:
    home.config(PROFILES)
    for variables in environment:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    assert chosen(**arguments).startswith(expected)


def test_the_error_lists_everything_that_was_tried(home: Home, colour: Colour) -> None:
    with pytest.raises(UnauthenticatedError) as caught:
        credential_of(colour, S3Store("b"))

    assert caught.value.args[0] == (
        "no credentials for S3: access_key_id and secret_access_key are neither passed nor in the environment;"
        " web identity: no web_identity_token_file and no role_arn;"
        " profile: there is neither ~/.aws/config nor ~/.aws/credentials;"
        " container: no AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI;"
        " instance metadata: disabled by environment variable AWS_EC2_METADATA_DISABLED;"
        " nothing else is left"
    )
    assert caught.value.hint == "for a public bucket pass skip_signature=True"


def test_a_source_that_is_configured_and_fails_is_the_end(home: Home, colour: Colour) -> None:
    home.config("[default]\ncredential_process = /nowhere/at-all\n")

    with pytest.raises(UnauthenticatedError, match=r"credential_process at-all of profile 'default'") as caught:
        credential_of(colour, S3Store("b", container_credentials_full_uri=""))

    assert "container" not in str(caught.value)


def test_a_profile_without_credentials_is_passed_over(home: Home, colour: Colour) -> None:
    home.config("[default]\nregion = eu-west-1\n")

    with pytest.raises(
        UnauthenticatedError, match=r"profile 'default' in ~/.aws/config or .*: no credentials; container"
    ):
        credential_of(colour, S3Store("b"))


def test_an_operation_without_credentials_fails_at_once_with_that_error(home: Home) -> None:
    started = time.monotonic()
    with pytest.raises(UnauthenticatedError, match="skip_signature"):
        S3Store("b").head("key")

    assert time.monotonic() - started < 1.0
