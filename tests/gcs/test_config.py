import json

import pytest

from obstore._gcs.config import IMPLIED, KEYS, GCSSettings, encode_strictly, read_settings
from obstore._gcs.credentials import choose_source
from obstore._http.message import Origin
from obstore._transfer.config import Setting, merge
from obstore.exceptions import GenericError, UnknownConfigurationKeyError


def read(from_file: str | None = None, /, **settings: object) -> GCSSettings:
    explicit = KEYS.explicit(("arguments", settings))
    return read_settings(merge(explicit, KEYS.environment()), from_file)


@pytest.mark.parametrize(
    ("name", "spellings"),
    [
        ("service_account", "google_service_account service_account google_service_account_path service_account_path"),
        ("service_account_key", "google_service_account_key service_account_key"),
        ("bucket", "google_bucket bucket google_bucket_name bucket_name"),
        ("base_url", "google_base_url base_url"),
        ("application_credentials", "google_application_credentials application_credentials"),
        ("bearer_token", "google_bearer_token bearer_token"),
        ("skip_signature", "google_skip_signature skip_signature"),
        ("user_project", "google_user_project user_project"),
        ("kms_key_name", "google_kms_key_name kms_key_name"),
    ],
)
def test_every_spelling_is_known(name: str, spellings: str) -> None:
    for spelling in spellings.split():
        assert KEYS.name_of(spelling) == KEYS.name_of(spelling.upper()) == name


def test_an_unknown_key_is_refused_by_name() -> None:
    with pytest.raises(UnknownConfigurationKeyError, match="'region' is not valid for store 'GCS'"):
        KEYS.name_of("region")


def test_the_same_setting_twice_is_refused_under_its_long_name() -> None:
    with pytest.raises(GenericError, match="Duplicate key google_bucket provided"):
        KEYS.explicit(("config=", {"google_bucket": "a", "GOOGLE_BUCKET": "a"}))


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_BUCKET_NAME", "b")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "not ours")
    monkeypatch.setenv("SERVICE_ACCOUNT", "path")

    assert KEYS.environment() == {
        "bucket": Setting("b", "environment variable GOOGLE_BUCKET_NAME"),
        "service_account": Setting("path", "environment variable SERVICE_ACCOUNT"),
    }


def test_googles_own_variable_counts_before_the_short_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_ACCOUNT", "short")
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", "long")

    assert KEYS.environment()["service_account"].value == "long"


def test_the_service_is_google_by_default() -> None:
    settings = read(bucket="b")

    assert settings.origin == Origin("https", "storage.googleapis.com", 443)
    assert (settings.base_path, settings.signs, settings.user_project) == ("", True, None)


def test_an_explicit_base_url_counts_before_the_credentials() -> None:
    assert read("http://from.file", bucket="b", base_url="http://explicit").origin.host == "explicit"
    assert read("http://from.file", bucket="b").origin.host == "from.file"


@pytest.mark.parametrize("value", ["http://localhost:4443", "localhost:4443"])
def test_an_emulator_is_found_in_the_environment(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", value)

    assert read(bucket="b").origin == Origin("http", "localhost", 4443)
    assert read(bucket="b", base_url="https://other").origin.host == "other"


def test_an_emulator_wants_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "localhost:4443")

    assert choose_source(KEYS.environment(), None).description == "no credentials"


def test_a_base_url_may_have_a_path_and_an_ipv6_host() -> None:
    settings = read(bucket="b", base_url="http://[::1]:80/some/path/")

    assert settings.origin == Origin("http", "::1", 80)
    assert settings.base_path == "/some/path"


@pytest.mark.parametrize("base_url", ["localhost:4443", "ftp://host", "http://"])
def test_a_base_url_that_is_none_is_named_with_its_source(base_url: str) -> None:
    with pytest.raises(GenericError, match=r"base_url .*, from arguments, is not"):
        read(bucket="b", base_url=base_url)


@pytest.mark.parametrize(("bucket", "message"), [("", "Missing bucket name"), ("gs://b", "is not a bucket's name")])
def test_a_bucket_is_needed(bucket: str, message: str) -> None:
    with pytest.raises(GenericError, match=message):
        read(bucket=bucket)


def test_a_switch_that_is_none_is_named() -> None:
    with pytest.raises(GenericError, match='failed to parse "maybe" as boolean, for skip_signature'):
        read(bucket="b", skip_signature="maybe")


def test_paths_are_encoded_down_to_letters_and_digits() -> None:
    assert encode_strictly("b.k_t-1") == "b%2Ek%5Ft%2D1"
    assert encode_strictly("a b/c~é") == "a%20b%2Fc%7E%C3%A9"


def test_plain_http_is_allowed_by_default() -> None:
    assert IMPLIED["allow_http"].value == "true"


def test_an_emulators_key_file_says_where_it_is() -> None:
    fields = {"gcs_base_url": "http://localhost:4443", "disable_oauth": True, "client_email": "", "private_key": ""}
    source = choose_source(KEYS.explicit(("arguments", {"service_account_key": json.dumps(fields)})), None)

    assert source.base_url == "http://localhost:4443"
    assert source.description == "no credentials"
