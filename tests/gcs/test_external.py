"""Workload identity federation: tokens of other providers, exchanged for Google's."""

import json
import sys
import time
from pathlib import Path
from urllib.parse import unquote

import pytest

from obstore._gcs.account import Account, Document
from obstore._gcs.aws_identity import AwsKeys, sign_identity
from obstore._gcs.executable import ALLOWANCE
from obstore._gcs.keyfile import read_account
from obstore.exceptions import GenericError, UnauthenticatedError
from tests.gcs.conftest import Run
from tests.gcs.files import Fields, aws, external, impersonation_url
from tests.servers.gcs_fake import GcsFake
from tests.servers.google_identity import AUDIENCE, AWS_KEYS, EMAIL, SUBJECT

AWS_TYPE = {"subject_token_type": "urn:ietf:params:aws:token-type:aws4_request"}
JSON_FORMAT = {"type": "json", "subject_token_field_name": "value"}


def account(fields: Fields) -> Account:
    return read_account(Document(fields, "the test's file"))


def bearer(fake: GcsFake, run: Run, fields: Fields) -> str | None:
    token = run(account(fields).fetch())
    return fake.identities.bearer_of({"authorization": f"Bearer {token.value}"})


# Files and URLs


def test_a_token_in_a_file_is_exchanged(fake: GcsFake, run: Run, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{SUBJECT}\n")

    assert bearer(fake, run, external(fake.url, {"file": str(tmp_path / "token")})) == "federated"


def test_a_token_in_a_field_of_a_file_is_exchanged(fake: GcsFake, run: Run, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(json.dumps({"value": SUBJECT}))

    assert (
        bearer(fake, run, external(fake.url, {"file": str(tmp_path / "token"), "format": JSON_FORMAT})) == "federated"
    )


def test_a_token_at_a_url_is_exchanged(fake: GcsFake, run: Run) -> None:
    headers = {"X-IdP-Secret": "open sesame"}

    for path, form in (("text", {"type": "text"}), ("json", JSON_FORMAT)):
        source = {"url": f"{fake.url}/idp/{path}", "headers": headers, "format": form}
        assert bearer(fake, run, external(fake.url, source)) == "federated"


def test_the_token_is_read_anew_each_time(fake: GcsFake, run: Run, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("old")
    federated = account(external(fake.url, {"file": str(tmp_path / "token")}))
    with pytest.raises(UnauthenticatedError, match="400 invalid_grant: the subject token is not known"):
        run(federated.fetch())
    (tmp_path / "token").write_text(SUBJECT)

    assert run(federated.fetch()).value


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"file": "/does/not/exist"}, "no subject token in /does/not/exist: .*No such file"),
        ({"file": __file__, "format": JSON_FORMAT}, "JSONDecodeError in reading it"),
        ({"url": "http://127.0.0.1:9/token?secret=1"}, "no subject token in http://127.0.0.1:9/token: cannot connect"),
    ],
)
def test_without_a_subject_token_it_is_said_why(fake: GcsFake, run: Run, source: Fields, message: str) -> None:
    with pytest.raises(UnauthenticatedError, match=message):
        run(account(external(fake.url, source)).fetch())


def test_a_provider_that_refuses_is_quoted(fake: GcsFake, run: Run) -> None:
    with pytest.raises(UnauthenticatedError, match="403 who are you"):
        run(account(external(fake.url, {"url": f"{fake.url}/idp/text"})).fetch())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"credential_source": {}}, "has none of environment_id, file, url, executable"),
        ({"credential_source": None}, "has no object 'credential_source'"),
        ({"audience": None}, "has no 'audience'"),
        ({"credential_source": {"environment_id": "aws2"}}, "environment 'aws2'; aws1 is known"),
        ({"credential_source": {"file": "f", "format": {"type": "json"}}}, "has no 'subject_token_field_name'"),
        (
            {
                "service_account_impersonation_url": impersonation_url("http://x", EMAIL),
                "service_account_impersonation": {"token_lifetime_seconds": "1h"},
            },
            "token_lifetime_seconds",
        ),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(change: Fields, message: str) -> None:
    with pytest.raises(GenericError, match=message):
        account(external("http://x", {"file": "f"}) | change)


# Beyond the exchange


def test_a_service_account_is_impersonated_with_the_exchanged_token(fake: GcsFake, run: Run, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(SUBJECT)
    fields = external(
        fake.url,
        {"file": str(tmp_path / "token")},
        service_account_impersonation_url=impersonation_url(fake.url, EMAIL),
        service_account_impersonation={"token_lifetime_seconds": 600},
    )
    token = run(account(fields).fetch())

    assert fake.identities.tokens[token.value] == EMAIL
    assert token.expires_at is not None
    assert 500 < token.expires_at - time.time() <= 600
    signatory = run(account(fields).signatory())
    assert fake.identities.has_signed(b"x", run(signatory.sign(b"x")))


def test_a_federated_identity_alone_cannot_sign(fake: GcsFake, run: Run) -> None:
    with pytest.raises(UnauthenticatedError, match="URLs cannot be signed with the workload identity"):
        run(account(external(fake.url, {"file": "f"})).signatory())


# AWS


def test_an_instance_of_ec2_is_believed(fake: GcsFake, run: Run) -> None:
    assert bearer(fake, run, external(fake.url, aws(fake.url), **AWS_TYPE)) == "federated"


def test_the_environment_of_aws_is_believed(fake: GcsFake, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", AWS_KEYS["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", AWS_KEYS["SecretAccessKey"])

    assert bearer(fake, run, external(fake.url, {"environment_id": "aws1"}, **AWS_TYPE)) == "federated"


def test_a_wrong_secret_is_not_believed(fake: GcsFake, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", AWS_KEYS["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(UnauthenticatedError, match="the signature does not match"):
        bearer(fake, run, external(fake.url, aws(fake.url), **AWS_TYPE))


def test_without_aws_it_is_said_what_is_missing(fake: GcsFake, run: Run) -> None:
    with pytest.raises(UnauthenticatedError, match="neither AWS_REGION in the environment nor region_url"):
        bearer(fake, run, external(fake.url, {"environment_id": "aws1"}, **AWS_TYPE))
    with pytest.raises(UnauthenticatedError, match=r"no AWS metadata from .*: 401"):
        bearer(fake, run, external(fake.url, aws(fake.url) | {"imdsv2_session_token_url": None}, **AWS_TYPE))


def test_an_aws_identity_holds_what_google_asks_for_and_no_more() -> None:
    url = "https://sts.eu-west-1.amazonaws.com?Version=2011-06-15&Action=GetCallerIdentity"
    token = sign_identity(url, AUDIENCE, "eu-west-1", AwsKeys("AK", "SK", "session"), 1_700_000_000)
    request = json.loads(unquote(token))

    assert (request["url"], request["method"]) == (url, "POST")
    assert [each["key"] for each in request["headers"]] == [
        "host",
        "x-amz-date",
        "x-amz-security-token",
        "x-goog-cloud-target-resource",
        "authorization",
    ]
    assert "SK" not in token
    assert "SK" not in repr(AwsKeys("AK", "SK"))


# Programs


def executable(tmp_path: Path, printed: str, **more: object) -> Fields:
    """A program that prints a text, if it was told what it must be."""
    script = tmp_path / "program.py"
    script.write_text(
        "import os\n"
        f"assert os.environ['GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE'] == {AUDIENCE!r}\n"
        "assert os.environ['GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE'] == '0'\n"
        f"print({printed!r})\n"
    )
    return {"executable": {"command": f"{sys.executable} '{script}'", **more}}


def success(**more: object) -> Fields:
    kind = "urn:ietf:params:oauth:token-type:jwt"
    return {"version": 1, "success": True, "token_type": kind, "id_token": SUBJECT, **more}


def test_a_program_prints_the_token(fake: GcsFake, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ALLOWANCE, "1")
    source = executable(tmp_path, json.dumps(success(expiration_time=int(time.time()) + 60)))

    assert bearer(fake, run, external(fake.url, source)) == "federated"


def test_no_program_is_run_without_leave(fake: GcsFake, run: Run, tmp_path: Path) -> None:
    with pytest.raises(UnauthenticatedError, match=f"set {ALLOWANCE}=1 to allow it"):
        run(account(external(fake.url, executable(tmp_path, "{}"))).fetch())


def test_a_token_left_in_the_output_file_is_used(
    fake: GcsFake, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ALLOWANCE, "1")
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps(success(expiration_time=int(time.time()) + 60)))
    source = executable(tmp_path, "not run", output_file=str(kept))

    assert bearer(fake, run, external(fake.url, source)) == "federated"
    kept.write_text(json.dumps(success(expiration_time=int(time.time()) - 60)))
    with pytest.raises(UnauthenticatedError, match="printed no JSON"):
        bearer(fake, run, external(fake.url, source))


@pytest.mark.parametrize(
    ("printed", "message"),
    [
        (json.dumps({"version": 1, "success": False, "code": "401", "message": "Log in."}), "401: Log in."),
        (json.dumps(success(version=2)), "version 2 of the protocol"),
        (json.dumps(success(token_type="other")), "none of type 'other'"),
        (json.dumps(success(expiration_time=1)), "it has expired"),
        ("[]", "no JSON object"),
        ("oops", "printed no JSON and ended with status 0"),
    ],
)
def test_a_program_that_fails_is_quoted(
    fake: GcsFake, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: str, message: str
) -> None:
    monkeypatch.setenv(ALLOWANCE, "1")
    with pytest.raises(UnauthenticatedError, match=message):
        run(account(external(fake.url, executable(tmp_path, printed))).fetch())


def test_a_program_that_is_not_there_is_named(fake: GcsFake, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ALLOWANCE, "1")
    with pytest.raises(UnauthenticatedError, match=r"FileNotFoundError.*/no/such/program"):
        run(account(external(fake.url, {"executable": {"command": "/no/such/program"}})).fetch())
