"""Custom providers, and credentials that are simply given."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from obstore.exceptions import GenericError, UnauthenticatedError
from obstore.store import S3Store
from tests.s3.home import SECRET, STATIC, Colour, Home, credential_of, drive

GIVEN: dict[str, Any] = {"access_key_id": "AKIDBASE", "secret_access_key": SECRET}


def test_a_provider_may_be_a_function(home: Home, colour: Colour) -> None:
    def provide() -> dict[str, Any]:
        return {**GIVEN, "token": "t", "expires_at": None}

    credential = credential_of(colour, S3Store("b", credential_provider=provide))

    assert credential == ("AKIDBASE", SECRET, "t", None)


def test_a_provider_may_be_async_in_async_calls(home: Home) -> None:
    async def provide() -> dict[str, Any]:
        return {**GIVEN, "expires_at": None}

    store = S3Store("b", credential_provider=provide)

    assert credential_of("async", store) == STATIC
    assert store.explain()["credentials"].value.startswith("credential_provider test_a_provider")


def test_a_provider_is_asked_again_before_its_credentials_expire(home: Home, colour: Colour) -> None:
    calls = []

    def provide() -> dict[str, Any]:
        calls.append(1)
        return {**GIVEN, "expires_at": datetime.now(UTC) + timedelta(hours=1)}

    store = S3Store("b", credential_provider=provide)
    for _ in range(2):
        credential_of(colour, store)
    store._credentials._fresh_until = 0.0  # type: ignore[attr-defined]
    credential_of(colour, store)

    assert len(calls) == 2


@pytest.mark.parametrize(
    ("returned", "why"),
    [
        ({"access_key_id": "a"}, "KeyError"),
        ({**GIVEN, "access_key_id": 1, "expires_at": None}, "access_key_id must be a str"),
        ({**GIVEN, "expires_at": datetime(2030, 1, 1)}, "time zone"),
        ({**GIVEN, "expires_at": datetime(2001, 1, 1, tzinfo=UTC)}, "expired at 2001-01-01 .* must return a new one"),
        (None, "TypeError"),
    ],
)
def test_what_a_provider_gets_wrong_is_said(home: Home, colour: Colour, returned: Any, why: str) -> None:
    store = S3Store("b", credential_provider=lambda: returned)

    with pytest.raises(UnauthenticatedError, match=why) as caught:
        credential_of(colour, store)

    assert SECRET not in str(caught.value)


def test_a_passed_pair_does_not_take_the_environments_token(
    home: Home, monkeypatch: pytest.MonkeyPatch, colour: Colour
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "other")

    assert credential_of(colour, S3Store("b", **GIVEN)) == STATIC
    assert credential_of(colour, S3Store("b", **GIVEN, session_token="mine")).token == "mine"


def test_the_environments_pair_comes_with_its_token(
    home: Home, monkeypatch: pytest.MonkeyPatch, colour: Colour
) -> None:
    for name, value in {**GIVEN, "session_token": "its"}.items():
        monkeypatch.setenv(f"AWS_{name.upper()}", value)

    assert credential_of(colour, S3Store("b")) == STATIC._replace(token="its")


def test_half_a_pair_is_refused_and_says_where_the_other_half_is(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")

    with pytest.raises(GenericError, match="Missing SecretAccessKey") as caught:
        S3Store("b")

    assert "environment variable AWS_ACCESS_KEY_ID" in str(caught.value)


def test_half_a_pair_is_no_matter_to_an_anonymous_store(
    home: Home, monkeypatch: pytest.MonkeyPatch, colour: Colour
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    store = S3Store("b", skip_signature=True)

    with pytest.raises(UnauthenticatedError, match="skip_signature is set"):
        drive(colour, store._credentials.get)
