"""The shared files: how they are read, and what of them reaches a store's settings."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obstore._s3.profiles import parse
from obstore.exceptions import GenericError
from obstore.store import S3Store
from tests.s3.home import Home

CONFIG = """\
# a comment
[default]
region = eu-west-1   ; chosen
output=json

[profile "two words"]
  region = indented
  output = too

[profile nested]
s3 =
    addressing_style = path
    max_concurrent_requests = 20
region = us-east-2
[sso-session corp] # with a comment
sso_region = eu-central-1
"""


def address(store: S3Store) -> str:
    return f"{store._origin}{store._settings.base_path}"


def test_sections_values_comments_and_parts_are_read() -> None:
    sections = parse(CONFIG, "config")

    assert sections == {
        "default": {"region": "eu-west-1", "output": "json"},
        'profile "two words"': {"region": "indented", "output": "too"},
        "profile nested": {
            "s3": "",
            "s3.addressing_style": "path",
            "s3.max_concurrent_requests": "20",
            "region": "us-east-2",
        },
        "sso-session corp": {"sso_region": "eu-central-1"},
    }


def test_a_value_may_have_further_lines_and_signs_in_it() -> None:
    sections = parse("[a]\nx = one=1\n two\ny = a#b\nEmpty =\n", "config")

    assert sections == {"a": {"x": "one=1\ntwo", "y": "a#b", "empty": ""}}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("region = x\n", 1),
        ("[default]\nregion\n", 2),
        ("[default]\n\n= SECRET\n", 3),
        ("[default\nregion = x\n", 1),
        ("[default]\ns3 =\n  SECRET\n", 3),
        ("[]\n", 1),
    ],
)
def test_what_cannot_be_read_is_named_by_file_and_line_and_never_quoted(text: str, line: int) -> None:
    with pytest.raises(GenericError, match=f"~/.aws/config, line {line}: ") as caught:
        parse(text, "~/.aws/config")

    assert "SECRET" not in str(caught.value)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text, "config")
    except GenericError:
        pass


def test_region_and_endpoint_come_from_the_profile(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.config("[profile work]\nregion = eu-west-3\nendpoint_url = https://storage.example\n")
    monkeypatch.setenv("AWS_PROFILE", "work")

    store = S3Store("bucket")

    assert store.explain()["region"][1:] == ("eu-west-3", "profile 'work' in ~/.aws/config")
    assert address(store) == "https://storage.example/bucket"


def test_credentials_file_wins_over_config_file(home: Home) -> None:
    home.config("[default]\nregion = eu-west-1\n")
    home.credentials("[default]\nregion = eu-west-2\n")

    assert S3Store("bucket").explain()["region"].value == "eu-west-2"


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_environment_wins_over_the_profile(home: Home, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    home.config("[default]\nregion = eu-west-1\n")
    monkeypatch.setenv(variable, "ap-south-1")

    assert address(S3Store("bucket")) == "https://s3.ap-south-1.amazonaws.com/bucket"


def test_an_argument_wins_over_the_profile(home: Home) -> None:
    home.config("[default]\nregion = eu-west-1\nendpoint_url = https://storage.example\n")

    store = S3Store("bucket", endpoint="https://other.example")

    assert address(store) == "https://other.example/bucket"


def test_endpoints_rank_as_aws_ranks_them(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.config("""
        [default]
        services = local
        endpoint_url = https://profile.example
        [services local]
        s3 =
          endpoint_url = https://services.example
    """)
    seen = [address(S3Store("b"))]
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://generic.example")
    seen.append(address(S3Store("b")))
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://specific.example")
    seen.append(address(S3Store("b")))
    seen.append(address(S3Store("b", endpoint="https://argument.example")))
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    seen.append(address(S3Store("b")))
    seen.append(address(S3Store("b", endpoint="https://argument.example")))

    assert seen == [
        "https://services.example/b",
        "https://generic.example/b",
        "https://specific.example/b",
        "https://argument.example/b",
        "https://s3.us-east-1.amazonaws.com/b",
        "https://argument.example/b",
    ]


def test_a_services_section_that_is_not_there_is_named(home: Home) -> None:
    home.config("[default]\nservices = local\n")

    with pytest.raises(GenericError, match=r"no \[services local\] for profile 'default' in ~/.aws/config"):
        S3Store("bucket")


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("path", "https://storage.example/bucket"),
        ("auto", "https://storage.example/bucket"),
        ("virtual", "https://bucket.storage.example"),
    ],
)
def test_addressing_style_comes_from_the_profile(home: Home, style: str, expected: str) -> None:
    home.config(f"[default]\nendpoint_url = https://storage.example\ns3 =\n  addressing_style = {style}\n")

    assert address(S3Store("bucket")) == expected


def test_addressing_style_of_the_profile_gives_way_to_an_argument(home: Home) -> None:
    home.config("[default]\nregion = eu-west-1\ns3 =\n  addressing_style = virtual\n")

    store = S3Store("bucket", virtual_hosted_style_request=False)

    assert address(store) == "https://s3.eu-west-1.amazonaws.com/bucket"
    assert address(S3Store("bucket")) == "https://bucket.s3.eu-west-1.amazonaws.com"


def test_an_unknown_profile_is_refused_with_those_that_exist(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.config("[default]\n[profile dev]\nregion = x\n")
    monkeypatch.setenv("AWS_PROFILE", "wrok")

    with pytest.raises(
        GenericError, match=r"no profile 'wrok', which environment variable AWS_PROFILE names"
    ) as caught:
        S3Store("bucket")

    assert caught.value.hint == "they have: default, dev"


def test_a_profile_passed_without_any_file_is_refused(home: Home) -> None:
    with pytest.raises(GenericError, match=r"no profile 'dev'.*in ~/.aws/config or ~/.aws/credentials"):
        S3Store("bucket", profile="dev")


def test_a_variable_may_name_a_missing_profile_where_there_are_keys(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PROFILE": "gone", "ACCESS_KEY_ID": "AKID", "SECRET_ACCESS_KEY": "secret"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)

    assert "AKID" in S3Store("bucket").explain()["credentials"].value


def test_older_variable_names_the_profile_too(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.config("[profile a]\nregion = r-a\n[profile b]\nregion = r-b\n")
    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "a")

    assert S3Store("bucket").explain()["region"].value == "r-a"
    monkeypatch.setenv("AWS_PROFILE", "b")
    assert S3Store("bucket").explain()["region"].value == "r-b"


def test_variables_name_the_files(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(home.write("mine", "[default]\nregion = here\n")))

    assert S3Store("bucket").explain()["region"].source == "profile 'default' in ~/mine"


@pytest.mark.parametrize(
    "arguments",
    [{"access_key_id": "AKID", "secret_access_key": "secret"}, {"skip_signature": True}, {"credential_provider": dict}],
)
def test_a_store_with_credentials_of_its_own_never_looks_at_the_files(home: Home, arguments: dict[str, Any]) -> None:
    home.config("not a file of AWS's")

    assert S3Store("bucket", **arguments).explain()["region"].source == "default"


def test_a_malformed_file_is_named(home: Home) -> None:
    home.config("[default]\nregion\n")

    with pytest.raises(GenericError, match=r"~/.aws/config, line 2"):
        S3Store("bucket")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(home: Home) -> None:
    home.config("[default]\n").chmod(0)

    with pytest.raises(GenericError, match=r"~/.aws/config cannot be read"):
        S3Store("bucket")


def test_a_directory_in_the_place_of_a_file_counts_as_none(home: Home) -> None:
    Path(home.path / ".aws" / "config").mkdir(parents=True)

    assert S3Store("bucket").explain()["region"].source == "default"
