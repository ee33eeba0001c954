"""Which credentials a store uses, and what it says where there are none."""

import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from obstore._gcs.account import TokenSource
from obstore._gcs.config import KEYS
from obstore._gcs.credentials import choose_source
from obstore._gcs.keyfile import well_known_path
from obstore._transfer.config import merge
from obstore.exceptions import GenericError, UnauthenticatedError
from tests.gcs.conftest import Run
from tests.gcs.files import Fields, authorized_user, impersonated
from tests.servers.gcs_fake import GcsFake
from tests.servers.google_identity import EMAIL, MACHINE

Write = Callable[[object], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a value, or text, to a new file and return its path."""

    def write(value: object) -> str:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        return str(path)

    return write


def choose(provider: Callable[[], Any] | None = None, /, **settings: object) -> TokenSource:
    return choose_source(merge(KEYS.explicit(("arguments", settings)), KEYS.environment()), provider)


def bearer(fake: GcsFake, token: str) -> str | None:
    return fake.identities.bearer_of({"authorization": f"Bearer {token}"})


# Service accounts


def test_a_service_account_signs_its_own_token(fake: GcsFake, run: Run, write: Write) -> None:
    path = write(fake.identities.key_file())
    sources = [choose(service_account=path), choose(service_account_key=json.dumps(fake.identities.key_file()))]

    for source in sources:
        token = run(source.get())
        assert bearer(fake, token.value) == EMAIL
        assert "=" not in token.value
        assert run(source.get()) is source.peek() is token


def test_a_service_account_needs_no_type(fake: GcsFake, run: Run) -> None:
    fields = fake.identities.key_file()
    del fields["type"]

    assert bearer(fake, run(choose(service_account_key=json.dumps(fields)).get()).value) == EMAIL


def test_a_home_directory_is_found(fake: GcsFake, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(write(fake.identities.key_file()))
    monkeypatch.setenv("HOME", str(path.parent))
    monkeypatch.setenv("USERPROFILE", str(path.parent))

    assert EMAIL in choose(service_account=f"~/{path.name}").description


def test_path_and_key_together_are_refused() -> None:
    with pytest.raises(GenericError, match="Both service account path and key were provided"):
        choose(service_account="a", service_account_key="{}")


@pytest.mark.parametrize("name", ["service_account", "application_credentials"])
def test_a_file_that_cannot_be_opened_is_named(name: str) -> None:
    with pytest.raises(GenericError, match=r"'does/not/exist.json', from arguments \(source: OpenCredentials\)"):
        choose(**{name: "does/not/exist.json"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-----BEGIN PRIVATE KEY-----", "is not JSON"),
        ("[]", "is not a JSON object"),
        ("{}", "has no 'client_email'|has no 'private_key_id'"),
        ('{"type": 1}', "something other than text as 'type'"),
        ('{"type": "authorised_user"}', "unknown type 'authorised_user' Hint: did you mean 'authorized_user'"),
    ],
)
def test_a_file_that_is_no_key_is_described(write: Write, text: str, message: str) -> None:
    for settings in ({"service_account": write(text)}, {"service_account_key": text}):
        with pytest.raises(GenericError, match=message):
            choose(**settings)


def test_a_key_that_is_not_rsas_is_refused_without_showing_it(fake: GcsFake) -> None:
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for pem, message in ((key.decode(), "not an RSA key but a EC"), ("SECRET", "not an unencrypted key in PEM")):
        with pytest.raises(GenericError, match=message) as caught:
            choose(service_account_key=json.dumps(fake.identities.key_file(private_key=pem)))
        assert "SECRET" not in str(caught.value)


def test_an_unknown_type_of_application_credentials_is_named(write: Write) -> None:
    path = write({"type": "gdch_service_account"})
    with pytest.raises(GenericError, match="unknown type 'gdch_service_account'"):
        choose(application_credentials=path)


def test_what_is_not_needed_is_not_read(write: Write) -> None:
    bad = write({"type": "unheard_of"})

    assert choose(bearer_token="t", application_credentials=bad).description == "a bearer_token"
    assert choose(lambda: None, application_credentials=bad).description == "a credential_provider"


# Which of several


def test_what_is_passed_counts_before_the_environment(
    fake: GcsFake, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(fake.identities.key_file())
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT_KEY", "broken")
    monkeypatch.setenv("GOOGLE_BEARER_TOKEN", "t")

    assert EMAIL in choose(service_account=path).description
    assert choose().description == "a bearer_token"


def test_variables_name_files_too(fake: GcsFake, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", write(fake.identities.key_file()))

    assert EMAIL in choose().description
    assert choose(skip_signature=True).description == "no credentials"


def test_a_bearer_token_is_sent_as_it_is(run: Run) -> None:
    assert run(choose(bearer_token=" token\n").get()).value == "token"
    with pytest.raises(GenericError, match="bearer_token, from arguments, has characters"):
        choose(bearer_token="two words")


# Providers


def test_a_provider_may_be_sync_or_async(run: Run) -> None:
    expires_at = datetime.now(UTC) + timedelta(hours=1)

    async def provide() -> dict[str, object]:
        return {"token": "t", "expires_at": expires_at}

    for provider in (provide, lambda: {"token": "t", "expires_at": expires_at}):
        token = run(choose(provider).get())
        assert (token.value, token.expires_at) == ("t", expires_at.timestamp())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"expires_at": None}, "KeyError: 'token'"),
        ({"token": 5, "expires_at": None}, "TypeError: token must be a str"),
        ({"token": "t"}, "KeyError: 'expires_at'"),
        ({"token": "t", "expires_at": datetime(2030, 1, 1)}, "TypeError: expires_at must be"),
        (
            {"token": "t", "expires_at": datetime(2001, 1, 1, tzinfo=UTC)},
            "ValueError: the credential expired at 2001-01-01 .*: the provider must return a new one",
        ),
    ],
)
def test_what_a_provider_must_not_return(run: Run, value: object, message: str) -> None:
    with pytest.raises(UnauthenticatedError, match=f"External GCP credential provider: {message}"):
        run(choose(lambda: value).get())


def test_a_providers_token_is_renewed_four_minutes_early_or_when_it_says() -> None:
    def provide() -> None: ...

    assert choose(provide).account.min_ttl == 240
    provide.refresh_threshold = timedelta(seconds=5)  # type: ignore[attr-defined]
    assert choose(provide).account.min_ttl == 5


def test_a_threshold_that_is_no_time_is_refused() -> None:
    def provide() -> None: ...

    provide.refresh_threshold = 5  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="refresh_threshold"):
        choose(provide)


# People


def test_a_person_is_known_by_a_refresh_token(fake: GcsFake, run: Run, write: Write) -> None:
    source = choose(application_credentials=write(authorized_user(fake.url)))

    assert bearer(fake, run(source.get()).value) == "person"


def test_a_revoked_refresh_token_says_so(fake: GcsFake, run: Run, write: Write) -> None:
    source = choose(application_credentials=write(authorized_user(fake.url, refresh_token="revoked")))
    with pytest.raises(UnauthenticatedError, match=r"/oauth2/token: 400 invalid_grant: Token has been expired"):
        run(source.get())


def test_a_workforce_user_is_known_by_a_refresh_token(fake: GcsFake, run: Run, write: Write) -> None:
    fields = {**authorized_user(fake.url), "type": "external_account_authorized_user"}
    source = choose(application_credentials=write({**fields, "token_url": f"{fake.url}/v1/token"}))

    assert bearer(fake, run(source.get()).value) == "workforce"


def test_a_person_cannot_sign(fake: GcsFake, run: Run, write: Write) -> None:
    source = choose(application_credentials=write(authorized_user(fake.url)))
    with pytest.raises(UnauthenticatedError, match="URLs cannot be signed with a person's login"):
        run(source.signatory())


# Impersonation


def test_a_service_account_is_impersonated(fake: GcsFake, run: Run, write: Write) -> None:
    delegates = ["first@p.iam.gserviceaccount.com"]
    fields = impersonated(fake.url, "other@p.iam", authorized_user(fake.url), delegates=delegates)
    source = choose(application_credentials=write(fields))
    token = run(source.get())

    assert bearer(fake, token.value) == "other@p.iam"
    assert token.expires_at is not None
    assert 3500 < token.expires_at - datetime.now(UTC).timestamp() <= 3600


def test_an_impersonated_account_signs_at_google(fake: GcsFake, run: Run, write: Write) -> None:
    fields = impersonated(fake.url, EMAIL, authorized_user(fake.url))
    signatory = run(choose(application_credentials=write(fields)).signatory())

    assert signatory.email == EMAIL
    assert fake.identities.has_signed(b"data", run(signatory.sign(b"data")))


def test_who_may_not_impersonate_is_told(fake: GcsFake, run: Run, write: Write) -> None:
    fields = impersonated(fake.url, EMAIL, authorized_user(fake.url))
    fields["service_account_impersonation_url"] = fields["service_account_impersonation_url"].replace("/v1/", "/v2/")
    with pytest.raises(UnauthenticatedError, match="no token from"):
        run(choose(application_credentials=write(fields)).get())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"service_account_impersonation_url": "https://example.com"}, "is not a service_account_impersonation_url"),
        ({"source_credentials": "text"}, "has no object 'source_credentials'"),
        ({"source_credentials": {"type": "other"}}, "unknown type 'other'"),
        ({"delegates": "one"}, "must be a list"),
    ],
)
def test_an_impersonation_that_makes_no_sense_is_refused(write: Write, change: Fields, message: str) -> None:
    fields = impersonated("http://x", EMAIL, authorized_user("http://x")) | change
    with pytest.raises(GenericError, match=message):
        choose(application_credentials=write(fields))


# What the machine knows


def test_the_file_of_gcloud_is_used(fake: GcsFake, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    (tmp_path / "application_default_credentials.json").write_text(json.dumps(authorized_user(fake.url)))
    source = choose()

    assert bearer(fake, run(source.get()).value) == "person"
    assert "a person's login" in source.description


def test_the_file_of_gcloud_is_in_the_usual_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOUDSDK_CONFIG")
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setattr("sys.platform", "linux")
    assert well_known_path() == "/home/me/.config/gcloud/application_default_credentials.json"

    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("APPDATA", "/appdata")
    assert well_known_path() == "/appdata/gcloud/application_default_credentials.json"


def test_a_broken_file_of_gcloud_is_not_passed_over(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    (tmp_path / "application_default_credentials.json").write_text("{")
    with pytest.raises(GenericError, match="is not JSON"):
        run(choose().get())


def on_machine(fake: GcsFake, monkeypatch: pytest.MonkeyPatch) -> TokenSource:
    monkeypatch.delenv("NO_GCE_CHECK")
    monkeypatch.setenv("GCE_METADATA_HOST", fake.url.removeprefix("http://"))
    return choose()


def test_the_machine_has_a_token(fake: GcsFake, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    source = on_machine(fake, monkeypatch)

    assert bearer(fake, run(source.get()).value) == MACHINE
    assert source.description == "the service account of this machine"


def test_the_machine_signs_at_google_under_its_own_name(
    fake: GcsFake, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    signatory = run(on_machine(fake, monkeypatch).signatory())

    assert signatory.email == MACHINE
    assert MACHINE in repr(signatory)


def test_a_second_address_is_tried(fake: GcsFake, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    source = on_machine(fake, monkeypatch)
    monkeypatch.setenv("GCE_METADATA_IP", fake.url.removeprefix("http://"))
    monkeypatch.setenv("GCE_METADATA_HOST", "127.0.0.1:9")

    assert bearer(fake, run(source.get()).value) == MACHINE


def test_what_else_answers_there_is_not_believed(fake: GcsFake, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    source = on_machine(fake, monkeypatch)
    fake.identities.is_on_google = False
    with pytest.raises(UnauthenticatedError, match=r"what answers there is not a metadata server \(200\)"):
        run(source.get())


def test_without_credentials_it_is_said_what_was_tried(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_GCE_CHECK")
    monkeypatch.setenv("GCE_METADATA_HOST", "127.0.0.1:9")
    with pytest.raises(UnauthenticatedError) as caught:
        run(choose().get())
    message = str(caught.value)

    for tried in (
        "credential_provider",
        "bearer_token, service_account, service_account_key, application_credentials",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "nowhere/application_default_credentials.json",
        "127.0.0.1:9: cannot connect",
        "skip_signature=True",
    ):
        assert tried in message
    assert str(pickle.loads(pickle.dumps(caught.value))) == message


def test_there_need_be_no_metadata_server(run: Run) -> None:
    with pytest.raises(UnauthenticatedError, match="no metadata server, by NO_GCE_CHECK"):
        run(choose().get())


# Secrets


def test_nothing_shows_a_secret(fake: GcsFake, run: Run) -> None:
    source = choose(service_account_key=json.dumps(fake.identities.key_file()))
    token = run(source.get())
    shown = repr((source, source.account, token, run(source.signatory())))

    assert token.value not in shown
    assert "PRIVATE KEY" not in shown
