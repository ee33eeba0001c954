"""What people get wrong most often: the error names the setting, where it came from, and what to do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from obstore._testing.colour import drive
from obstore._testing.view import StoreView
from obstore.exceptions import BaseError, UnauthenticatedError
from obstore.store import S3Store
from tests.s3.home import SECRET, Colour, Home, in_future

SSO = """
[profile work]
sso_session = corp
sso_account_id = 1
sso_role_name = r
[sso-session corp]
sso_start_url = https://sso.example
sso_region = eu-west-1
"""


def a_profile(text: str) -> Callable[[Home], S3Store]:
    def make(home: Home) -> S3Store:
        home.config(text)
        return S3Store("b", profile="work", region="eu-west-1")

    return make


def an_ended_login(home: Home) -> S3Store:
    home.sso_token("corp", accessToken=SECRET, expiresAt=in_future(hours=-1))
    return a_profile(SSO)(home)


def settings(**given: Any) -> Callable[[Home], S3Store]:
    return lambda home: S3Store(**{"bucket": "b", **given})


MISTAKES = {
    "plain http": (
        settings(endpoint="http://localhost:9000"),
        r"http://localhost:9000 is not encrypted, and allow_http is off Hint: client_options={'allow_http': True}",
    ),
    "no scheme": (
        settings(endpoint="localhost:9000"),
        r"the endpoint 'localhost:9000', from keyword arguments, .* Hint: write it with its scheme",
    ),
    "a URL for a bucket": (
        settings(bucket="s3://b/p"),
        r"'s3://b/p', from bucket, is not a bucket's name Hint: a URL goes to S3Store.from_url",
    ),
    "a folder in the bucket": (settings(bucket="b/p"), r"'b/p', from bucket, .* a folder within the bucket to prefix="),
    "a zone for a region": (
        settings(region="eu-west-1 (Ireland)"),
        r"'eu-west-1 \(Ireland\)', from keyword arguments, is not the name of a region Hint: .* leave it out",
    ),
    "half a key": (
        settings(access_key_id="AKID"),
        r"Missing SecretAccessKey Hint: access_key_id comes from keyword arguments: give both, or neither",
    ),
    "a malformed profile": (
        a_profile("[profile work]\nregion = x\nthis is no value\n"),
        r"~/.aws/config, line 3: neither a section's title nor a value Hint: write it as name = value",
    ),
    "a profile that is not there": (
        a_profile("[profile home]\nregion = x\n"),
        r"there is no profile 'work', which keyword arguments names, in ~/.aws/config .* Hint: they have: home",
    ),
    "an SSO session that is not there": (
        a_profile("[profile work]\nsso_session = corp\n[sso-session other]\nsso_region = x\n"),
        r"there is no \[sso-session corp\], which profile 'work' in ~/.aws/config names Hint: ~/.aws/config has: other",
    ),
    "services that are not there": (
        a_profile("[profile work]\nservices = s\n"),
        r"there is no \[services s\] for profile 'work' in ~/.aws/config Hint: add that section to ~/.aws/config",
    ),
    "a role with a device": (
        a_profile("[profile work]\nrole_arn = r\nmfa_serial = m\nsource_profile = work\n"),
        r"mfa_serial needs a code, .* profile 'work' in ~/.aws/config Hint: .*get-session-token.*credential_provider",
    ),
    "copies told wrongly": (
        settings(copy_if_not_exists="yes"),
        r'parse "yes" as S3CopyIfNotExists, from keyword arguments Hint: use multipart',
    ),
    "encryption told wrongly": (
        settings(server_side_encryption="aes"),
        r'"aes" is not a valid server_side_encryption, from keyword arguments Hint: use AES256',
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_explained_when_the_store_is_made(home: Home, mistake: str) -> None:
    make, message = MISTAKES[mistake]

    with pytest.raises(BaseError, match=message):
        make(home)


@pytest.mark.parametrize(
    ("make", "hint"),
    [
        (an_ended_login, "aws sso login --profile work"),
        (a_profile(SSO), "aws sso login --profile work"),
        (settings(), "for a public bucket pass skip_signature=True"),
    ],
)
def test_what_only_a_request_shows_is_explained_then(
    home: Home, colour: Colour, make: Callable[[Home], S3Store], hint: str
) -> None:
    view = StoreView(make(home), colour)

    with pytest.raises(UnauthenticatedError) as caught:
        drive(colour, view.body("k"))
    assert hint in str(caught.value.hint)
    assert "skip_signature=True" in str(caught.value.hint)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("value", [3600, "3600", "1h", "60 min", timedelta(hours=1)])
def test_a_duration_may_be_given_in_any_of_its_forms(value: Any) -> None:
    store = S3Store(
        "b", access_key_id="AKID", secret_access_key="s", role_arn="arn:r", role_duration_seconds=value, region="x"
    )

    assert "role arn:r" in store.explain()["credentials"].value
    assert store == S3Store(config=store.config)


def test_a_number_may_be_one(home: Home) -> None:
    store = S3Store("b", metadata_service_num_attempts=3, metadata_service_timeout=0.5, max_connections=8, timeout=5)

    facts = {fact.name: fact.value for fact in store.explain()}
    assert facts["metadata_service_num_attempts"] == "3"
    assert facts["metadata_service_timeout"] == "0.5"
    assert facts["max_connections"] == "8"
