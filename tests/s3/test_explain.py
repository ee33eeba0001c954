"""`store.explain()`: every setting with its source, and no secret."""

import ssl
from datetime import timedelta

import pytest

from obstore.store import S3Store
from tests.s3.home import SECRET, Home


def test_every_source_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.config("[profile work]\nregion = eu-west-1\n")
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("AWS_TIMEOUT", "7s")
    explained = S3Store(
        "bucket",
        config={"request_payer": True},
        checksum_algorithm="sha256",
        client_options={"connect_timeout": timedelta(seconds=3)},
        retry_config={"max_retries": 2},
    ).explain()

    facts = {fact.name: (fact.value, fact.source) for fact in explained}
    assert facts["region"] == ("eu-west-1", "profile 'work' in ~/.aws/config")
    assert facts["profile"] == ("work", "environment variable AWS_PROFILE")
    assert facts["request_payer"] == ("true", "config=")
    assert facts["checksum_algorithm"] == ("sha256", "keyword arguments")
    assert facts["conditional_put"] == ("etag", "default")
    assert facts["timeout"] == ("7s", "environment variable AWS_TIMEOUT")
    assert facts["connect_timeout"] == ("3s", "client_options=")
    assert facts["max_connections"] == ("256", "default")
    assert facts["max_retries"] == ("2", "retry_config=")
    assert facts["requests go to"][0] == "https://s3.eu-west-1.amazonaws.com/bucket"
    assert facts["credentials"][0] == "none"


def test_a_url_is_a_source(home: Home) -> None:
    explained = S3Store.from_url("s3://bucket/prefix", skip_signature=True).explain()

    assert explained["bucket"] == ("bucket", "bucket", "the URL")
    assert explained["credentials"].value == "none: requests are not signed (skip_signature)"


def test_an_empty_variable_is_as_none(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "")

    assert S3Store("b").explain()["region"] == ("region", "us-east-1", "default")


def test_no_secret_is_shown(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", SECRET)
    home.config(f"""
        [default]
        role_arn = arn:x
        source_profile = default
        aws_access_key_id = AKID
        aws_secret_access_key = {SECRET}
        credential_process = program --password {SECRET}
    """)
    plain = S3Store("b", endpoint=f"https://user:{SECRET.replace('/', '')}@storage.example")
    keys = S3Store(
        "b",
        access_key_id="AKID",
        secret_access_key=SECRET,
        session_token=SECRET,
        sse_customer_key_base64="c2VjcmV0",
        client_options={"default_headers": {"authorization": SECRET}, "ssl_context": ssl.create_default_context()},
    )
    shown = "".join(str(store.explain()) + store.explain()._repr_html_() for store in (plain, keys))

    assert SECRET not in shown
    assert SECRET.replace("/", "") not in shown
    assert "c2VjcmV0" not in shown
    assert keys.explain()["secret_access_key"].value == "***"
    assert keys.explain()["default_headers"].value == "authorization: ***"


def test_it_is_printed_as_a_table() -> None:
    lines = str(S3Store("bucket", region="eu-west-1", skip_signature=True).explain()).splitlines()

    assert lines[0] == 'S3Store(bucket="bucket")'
    assert lines[2].split() == ["setting", "value", "from"]
    assert all(line == line.rstrip() for line in lines)
    column = lines[2].index("value")
    assert {line[column - 1] for line in lines[2:]} == {" "}
    assert repr(S3Store("b", skip_signature=True).explain()).startswith("S3Store(")


def test_a_notebook_gets_a_table_with_its_text_escaped() -> None:
    html = S3Store("bucket", skip_signature=True, user_agent="<agent>").explain()._repr_html_()

    assert html.startswith("<table><caption")
    assert ">S3Store(bucket=&quot;bucket&quot;)</caption><tr><th" in html
    assert ">&lt;agent&gt;</td>" in html


def test_an_unknown_setting_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="nonsense"):
        S3Store("bucket", skip_signature=True).explain()["nonsense"]
