"""What a profile's roles are assumed with, and the ways in which profiles can be wrong."""

from typing import Any

import pytest

from obstore.exceptions import GenericError
from obstore.store import S3Store
from tests.s3.home import SECRET, STATIC, Colour, Home, credential_of

ROLE = "role_arn = arn:aws:iam::1:role/r\n"
PAIR = f"aws_access_key_id = AKIDBASE\naws_secret_access_key = {SECRET}\n"


def chosen(**arguments: Any) -> str:
    return S3Store("b", **arguments).explain()["credentials"].value


@pytest.mark.parametrize("name", ["aws_session_token", "aws_security_token"])
def test_a_key_pair_may_have_a_token(home: Home, colour: Colour, name: str) -> None:
    home.credentials(f"[default]\n{PAIR}{name} = t\n")

    assert credential_of(colour, S3Store("b")) == STATIC._replace(token="t")


def test_a_pair_may_be_split_between_the_files(home: Home, colour: Colour) -> None:
    home.config("[default]\naws_access_key_id = AKIDBASE\n")
    home.credentials(f"[default]\naws_secret_access_key = {SECRET}\n")

    assert credential_of(colour, S3Store("b")) == STATIC


def test_roles_are_assumed_one_with_the_other(home: Home) -> None:
    home.config(f"""\
[profile a]
role_arn = arn:a
source_profile = b
[profile b]
role_arn = arn:b
source_profile = c
[profile c]
{PAIR}""")

    assert chosen(profile="a") == (
        "role arn:a, assumed with role arn:b, assumed with key pair AKIDBASE, from profile 'c' in ~/.aws/config"
    )


def test_a_profile_may_be_its_own_source(home: Home) -> None:
    home.config(f"[default]\n{ROLE}source_profile = default\n{PAIR}")

    assert chosen().endswith("assumed with key pair AKIDBASE, from profile 'default' in ~/.aws/config")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Environment", "key pair AKIDENV"),
        ("Ec2InstanceMetadata", "instance metadata at http://localhost:1"),
        ("EcsContainer", "container credentials at http://169.254.170.2/c"),
    ],
)
def test_a_role_may_be_assumed_with_what_the_platform_has(
    home: Home, monkeypatch: pytest.MonkeyPatch, kind: str, expected: str
) -> None:
    home.config(f"[profile p]\n{ROLE}credential_source = {kind}\n")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "false")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://localhost:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/c")

    assert f"assumed with {expected}" in chosen(profile="p")


def test_the_order_within_a_profile_is_botocores(home: Home) -> None:
    sources = [
        (f"{ROLE}web_identity_token_file = /t\n", "web identity"),
        ("sso_start_url = s\nsso_region = r\nsso_account_id = 1\nsso_role_name = n\n", "SSO s"),
        (PAIR, "key pair"),
        ("credential_process = program --arg\n", "credential_process program of"),
    ]
    for first in range(len(sources)):
        home.config("[default]\n" + "".join(text for text, _ in sources[first:]))

        assert chosen().startswith(sources[first][1])


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (f"[default]\n{ROLE}source_profile = default\n", "round in circles: default -> default"),
        (
            "\n".join(f"[profile {a}]\n{ROLE}source_profile = {b}" for a, b in (("default", "a"), *("ab", "ba"))),
            "round in circles: a -> b -> a, in profile 'a' in ~/.aws/config",
        ),
        (f"[default]\n{ROLE}source_profile = gone\n", "is 'gone', and there is no such profile.*there are: default"),
        (f"[default]\n{ROLE}source_profile = a\n[profile a]\nregion = x\n", "is 'a', which has no credentials"),
        (f"[default]\n{ROLE}", "role_arn has nothing to be assumed with.*add source_profile"),
        (f"[default]\n{ROLE}source_profile = a\ncredential_source = Environment\n", "exclude each other"),
        (f"[default]\n{ROLE}credential_source = Moon\n", "credential_source is 'Moon'.*one of Environment"),
        (f"[default]\n{ROLE}credential_source = EcsContainer\n", "but container: no AWS_CONTAINER"),
        (f"[default]\n{ROLE}{PAIR}source_profile = default\nmfa_serial = m\n", "mfa_serial.*credential_provider"),
        (f"[default]\n{ROLE}{PAIR}source_profile = default\nduration_seconds = 5\n", "15 minutes to 12 hours"),
        (f"[default]\n{ROLE}{PAIR}source_profile = default\nduration_seconds = x\n", "duration.*profile 'default'"),
        ("[default]\naws_access_key_id = x\n", "aws_access_key_id without aws_secret_access_key"),
        (f"[default]\naws_secret_access_key = {SECRET}\n", "aws_secret_access_key without aws_access_key_id"),
    ],
)
def test_a_profile_that_cannot_be_right_is_refused(home: Home, text: str, what: str) -> None:
    home.config(text)

    with pytest.raises(GenericError, match=what) as caught:
        S3Store("b")

    assert "~/.aws/config" in str(caught.value)
    assert SECRET not in str(caught.value)
