"""`HTTPStore`: how it is made, compared, shown and pickled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from obstore._api.network import NetworkStore
from obstore._core.errors import GenericError
from obstore._core.retry import RetryPolicy
from obstore._http.options import parse_client_options
from obstore._webdav.authorization import authorization_of
from obstore._webdav.listing import Listing
from obstore._webdav.store import HTTPBackend
from obstore._webdav.url import read_place

if TYPE_CHECKING:
    from typing import Self

_LISTINGS = ("webdav", "index")


class HTTPStore(NetworkStore, HTTPBackend):
    """The objects below a URL, on any web server; to be written, if the server speaks WebDAV.

    >>> store = HTTPStore("https://example.com/data")
    >>> store
    HTTPStore("https://example.com/data")

    A user and password, in the URL or by themselves, a token, and whatever stands in the query of the URL, go with
    every request to that server, and never to one that it redirects to.

    Reading: the size of an object is known at once only if the server says it. If it does not (a reply in
    chunks), `get` reads the whole object into memory first. A server that does not know ranges
    is a `NotSupportedError` for a `get` with a range. A path that the server redirects to itself with a
    slash at the end is a directory, so there is no object.

    Writing: directories are made as needed. Of the attributes, those with a header of their own are sent, and
    the server keeps them or does not; metadata and tags are dropped. `mode` must be `"overwrite"`. HTTP knows
    no uploads in parts: a large object waits in a temporary file until it is complete. `rename` is one
    request, where the server has MOVE. Neither `copy` nor `rename` replaces a directory.

    Args:
        url: Where. A slash at its end changes nothing, except for the empty path, which is the URL itself.
        client_options: Settings of the HTTP client (`ClientConfig`).
        retry_config: How often and how long to repeat requests (`RetryConfig`).
        username: Who asks (HTTP Basic).
        password: And what proves it.
        bearer_token: What proves it without a name.
        listing: How directories are listed: with WebDAV's PROPFIND, or, on servers without it, from the
            pages (`"index"`) that nginx, Apache and their kind show for a directory, with a HEAD per object.

    Raises:
        ValueError: It is not a URL.
        GenericError: It is one of another scheme, or `http://` without `allow_http`; or there are two answers
            to who asks, or half of one.
    """

    __module__ = "obstore.store"

    _user: dict[str, str | None]

    def __new__(
        cls,
        url: str,
        *,
        client_options: Mapping[str, Any] | None = None,
        retry_config: Mapping[str, Any] | None = None,
        username: str | None = None,
        password: str | None = None,
        bearer_token: str | None = None,
        listing: Listing = "webdav",
    ) -> Self:
        if listing not in _LISTINGS:
            raise GenericError(f"Generic HTTP error: listing must be one of {_LISTINGS}, not {listing!r}", store="HTTP")
        self = object.__new__(cls)
        self._keep(client_options, retry_config)
        options, policy = parse_client_options(client_options), self._policy or RetryPolicy()
        place = read_place(url)
        self._user = {"username": username, "password": password, "bearer_token": bearer_token}
        HTTPBackend.__init__(self, place, options, policy, authorization_of(place, **self._user), listing)
        self._seal()
        return self

    @classmethod
    def from_url(
        cls,
        url: str,
        *,
        client_options: Mapping[str, Any] | None = None,
        retry_config: Mapping[str, Any] | None = None,
        username: str | None = None,
        password: str | None = None,
        bearer_token: str | None = None,
        listing: Listing = "webdav",
    ) -> Self:
        """Make a store from a URL, as the class itself does.

        >>> HTTPStore.from_url("https://example.com/data")
        HTTPStore("https://example.com/data")
        """
        return cls.__new__(
            cls,
            url,
            client_options=client_options,
            retry_config=retry_config,
            username=username,
            password=password,
            bearer_token=bearer_token,
            listing=listing,
        )

    @property
    def url(self) -> str:
        """The URL, normalised; with the user, password and query that it was given with.

        >>> HTTPStore("https://EXAMPLE.com:443/a b").url
        'https://example.com/a%20b'
        """
        return self._place.url

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, HTTPStore):
            return NotImplemented
        return self.__getnewargs_ex__() == other.__getnewargs_ex__()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f'HTTPStore("{self._place.shown}")'

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        arguments = {
            "client_options": self.client_options,
            "retry_config": self.retry_config,
            **self._user,
            "listing": self._listing if self._listing != "webdav" else None,
        }
        return (self._place.url,), {name: value for name, value in arguments.items() if value is not None}
