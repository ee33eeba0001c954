"""Who asks: a user with a password (RFC 7617), or whoever has a token (RFC 6750). Pure."""

from __future__ import annotations

import re

from obstore._core.errors import GenericError
from obstore._http.message import Header
from obstore._webdav.url import Place

_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
HINT = "pass username= and password=, or bearer_token="


def authorization_of(
    place: Place, username: str | None = None, password: str | None = None, bearer_token: str | None = None
) -> Header | None:
    """Return the header that says who asks; None if nobody has said so.

    Raises:
        TypeError: An argument is not text.
        GenericError: The arguments, and the user in the URL, are more than one answer or half of one.
    """
    for name, value in (("username", username), ("password", password), ("bearer_token", bearer_token)):
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if password is not None and username is None:
        raise _error("password without a username", "pass username= as well")
    if sum([bool(place.userinfo), username is not None, bearer_token is not None]) > 1:
        raise _error(f"more than one of username, bearer_token and a user in {place.shown}", "pass one of them")
    if bearer_token is not None:
        return "authorization", f"Bearer {_checked(bearer_token)}"
    if username is None:
        return _basic(place.user_and_password) if place.userinfo else None
    if ":" in username:
        raise _error("a username with a colon, which ends it", "no server can take it: RFC 7617, section 2")
    return _basic(f"{username}:{password or ''}".encode())


def _checked(token: str) -> str:
    if not _TOKEN.fullmatch(token):
        raise _error("a bearer_token with characters that no token has", "pass the token alone, without 'Bearer'")
    return token


def _basic(user_and_password: bytes) -> Header:
    from base64 import b64encode

    return "authorization", f"Basic {b64encode(user_and_password).decode()}"


def _error(what: str, hint: str) -> GenericError:
    return GenericError(f"Generic HTTP error: {what} was given", store="HTTP", hint=hint)
