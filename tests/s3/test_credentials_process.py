"""Credentials from a program. The programs are this Python."""

import json
import shlex
import sys
import time
from typing import Any

import pytest

from obstore._s3.credentials import process
from obstore.exceptions import UnauthenticatedError
from obstore.store import S3Store
from tests.s3.home import SECRET, Colour, Home, credential_of, in_future


def store_running(home: Home, code: str) -> S3Store:
    script = home.write("my tools/program.py", code)
    home.config(f"[default]\ncredential_process = {shlex.quote(sys.executable)} '{script}' --token {SECRET}\n")
    return S3Store("b")


def printing(text: str) -> str:
    return f"print({text!r})"


def output(**changes: Any) -> str:
    return json.dumps({"Version": 1, "AccessKeyId": "AKIDPROC", "SecretAccessKey": SECRET, **changes})


def test_what_it_prints_is_the_credential(home: Home, colour: Colour) -> None:
    expiration = in_future(hours=1)
    store = store_running(home, printing(output(SessionToken="t", Expiration=expiration)))

    credential = credential_of(colour, store)

    assert credential[:3] == ("AKIDPROC", SECRET, "t")
    assert 3590 < (credential.expires_at or 0) - time.time() <= 3600


def test_without_an_expiry_it_lasts(home: Home, colour: Colour) -> None:
    assert credential_of(colour, store_running(home, printing(output()))).expires_at is None


def failure(home: Home, colour: Colour, code: str) -> str:
    store = store_running(home, code)
    with pytest.raises(UnauthenticatedError) as caught:
        credential_of(colour, store)
    text, error = "", caught.value
    while error is not None:
        text += f"{error} {error.__dict__}\n"
        error = error.__cause__  # type: ignore[assignment]
    assert SECRET not in text
    return text


def test_its_failure_shows_stderr_and_not_stdout(home: Home, colour: Colour) -> None:
    code = f"import sys; print({SECRET!r}); print('no ticket', file=sys.stderr); sys.exit(3)"

    text = failure(home, colour, code)

    assert "of profile 'default' in ~/.aws/config ended with status 3: no ticket" in text


@pytest.mark.parametrize(
    ("printed", "why"),
    [
        (f"not json {SECRET}", "not JSON"),
        (json.dumps([SECRET]), "not a JSON object"),
        (output(Version=2), "Version is not 1"),
        (output(AccessKeyId=None), "no AccessKeyId in it"),
        (output(Expiration="tomorrow"), "'tomorrow' is not a date"),
        (output(SessionToken=5), "SessionToken is not a text"),
    ],
)
def test_anything_else_that_it_prints_is_refused_unseen(home: Home, colour: Colour, printed: str, why: str) -> None:
    assert why in failure(home, colour, printing(printed))


def test_one_that_hangs_is_ended(home: Home, monkeypatch: pytest.MonkeyPatch, colour: Colour) -> None:
    monkeypatch.setattr(process, "_TIMEOUT", 0.2)

    assert "took more than 0.2 s" in failure(home, colour, "import time; time.sleep(60)")


@pytest.mark.parametrize("command", ["/nowhere/program", "'unclosed"])
def test_one_that_cannot_be_run_is_named(home: Home, colour: Colour, command: str) -> None:
    home.config(f"[default]\ncredential_process = {command}\n")

    with pytest.raises(UnauthenticatedError, match="cannot be run: No"):
        credential_of(colour, S3Store("b"))
