"""Shared access signatures: those we make, against vectors of others, and those we are given."""

from base64 import b64decode

import pytest

from obstore._azure.credential import AccessKey, BearerToken, SasToken, parse_access_key, parse_sas, sas_expiry
from obstore._azure.sas import (
    DelegationKey,
    Grant,
    canonical_resource,
    delegation_sas,
    grant,
    service_sas,
)
from obstore.exceptions import GenericError, NotSupportedError
from tests.azure.test_shared_key import NOW
from tests.servers.azurite import KEY

DELEGATION_KEY = DelegationKey(
    "oid", "tid", "2026-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "b", "2023-11-03", b64decode("c2VjcmV0"), 0.0
)


def test_a_service_sas() -> None:
    granted = grant("GET", canonical_resource("acct", "acct.blob.core.windows.net", "/cont/k"), NOW, 60.9)
    signed = service_sas(granted, b64decode(KEY))

    assert granted == Grant("r", "2026-11-22T06:53:57Z", "2026-11-22T06:54:57Z", "/blob/acct/cont/k")
    assert dict(signed)["sig"] == "qBl7MwC4G8YU8OWr4S6e1tRuEJaRIqFjrAvKaflJYJc="
    assert [name for name, _ in signed] == ["sv", "sp", "st", "se", "sr", "sig"]


def test_what_a_sas_says_of_the_reply_is_signed() -> None:
    query = (("response-content-type", "text/csv"), ("comp", "block"), ("rscd", "inline"))
    granted = grant("GET", "/blob/acct/cont/k", NOW, 60, query)
    plain, signed = dict(service_sas(granted._replace(overrides=()), b"k")), dict(service_sas(granted, b"k"))

    assert (signed["rsct"], signed["rscd"], signed["comp"]) == ("text/csv", "inline", "block")
    assert plain["sig"] != signed["sig"]
    with pytest.raises(NotSupportedError, match=r"Azure has no 'sig' in signed URLs Hint: it has rscc, .*, comp"):
        grant("GET", "/blob/acct/cont/k", NOW, 60, (("sig", "x"),))


def test_a_user_delegation_sas() -> None:
    signed = dict(delegation_sas(grant("GET", "/blob/cont/k", NOW, 60), DELEGATION_KEY))

    assert signed["sig"] == "lfcSv2WnAAfFd1ICPNzIbPi/pR0odwieiv9W3L99YJo="
    assert [signed[name] for name in ("skoid", "sktid", "sks", "skv")] == ["oid", "tid", "b", "2023-11-03"]


@pytest.mark.parametrize(
    ("account", "host", "path", "resource"),
    [
        ("acct", "acct.blob.core.windows.net", "/c/a%20b%25", "/blob/acct/c/a b%"),
        # "core" is the beginning of a label of the host, but not the host's own.
        ("core", "127.0.0.1", "/core/c/k", "/blob/core/c/k"),
        ("core", "acct.blob.core.windows.net", "/c/k", "/blob/core/c/k"),
        ("acct", "127.0.0.1", "/acct/c/k", "/blob/acct/c/k"),
        ("acct", "acct.blob.core.windows.net", "/acct/k", "/blob/acct/acct/k"),
        ("acct", "data.example.com", "/c/k", "/blob/acct/c/k"),
        ("w.z12", "w.z12.dfs.fabric.microsoft.com", "/c/k", "/blob/w.z12/c/k"),
    ],
)
def test_the_resource_is_named_with_its_account_and_decoded(account: str, host: str, path: str, resource: str) -> None:
    assert canonical_resource(account, host, path) == resource


def test_permissions_fit_the_method() -> None:
    permissions = [grant(method, "/blob/a/c/k", NOW, 1).permission for method in ("GET", "HEAD", "PUT", "DELETE")]

    assert permissions == ["r", "r", "w", "d"]
    with pytest.raises(NotSupportedError, match="no signed URLs for POST"):
        grant("POST", "/blob/a/c/k", NOW, 1)


@pytest.mark.parametrize(
    "text",
    [
        "?sv=1&sp=r&sig=C7%2BZeEOWbrxPA3R0Cw%2Fw1EZz0%2B4KBvQexeKZKe%2BB6h0%3D",
        "??sv=1& sp=r &&sig=C7+ZeEOWbrxPA3R0Cw/w1EZz0+4KBvQexeKZKe+B6h0=",
        " sv=1&sp=r&sig=C7+ZeEOWbrxPA3R0Cw/w1EZz0+4KBvQexeKZKe+B6h0=& ",
    ],
)
def test_a_sas_is_read_in_any_dress(text: str) -> None:
    expected = (("sv", "1"), ("sp", "r"), ("sig", "C7+ZeEOWbrxPA3R0Cw/w1EZz0+4KBvQexeKZKe+B6h0="))

    assert parse_sas(text.strip(), "config=").pairs == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [("sv=1&sp", "Missing component in SAS query pair"), ("sv=1&sp=r", "no 'sig'"), ("sv=1&sig=", "no 'sig'")],
)
def test_a_broken_sas_is_refused_without_being_shown(text: str, problem: str) -> None:
    with pytest.raises(GenericError, match=problem) as caught:
        parse_sas(text, "the test")

    assert "the test" in str(caught.value)
    assert "sv=1" not in str(caught.value)


def test_a_sas_says_when_it_ends() -> None:
    texts = ["sig=x&se=1970-01-02T00:00:00Z", "sig=x&se=1970-01-02", "sig=x", "sig=x&se=whenever"]

    assert [sas_expiry(parse_sas(text, "")) for text in texts] == [86400.0, 86400.0, None, None]


def test_a_key_that_is_not_base64_is_refused_without_being_shown() -> None:
    with pytest.raises(
        GenericError, match=r"Invalid Access Key: it is not base64 \(account_key, from the test\)"
    ) as caught:
        parse_access_key("not-a-key!", "the test")

    assert "not-a-key" not in str(caught.value)


def test_secrets_are_not_in_the_repr() -> None:
    credentials = [AccessKey(b"secret"), SasToken((("sp", "r"), ("sig", "secret"))), BearerToken("secret")]

    assert not [each for each in credentials if "secret" in repr(each)]
    assert "c2VjcmV0" not in repr(DELEGATION_KEY)
    assert "secret" not in repr(DELEGATION_KEY)
