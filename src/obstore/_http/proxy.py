"""Proxies: which one leads to an origin, and what is said to it. Pure: sockets are `_io`'s.

A proxy is reached in one of two ways. An HTTP proxy is *asked* for an `http://` origin: the
request goes to it with the whole URL for its target, and with what identifies us to the proxy
(RFC 9112, 3.2.2). For all else it is made a *tunnel*: with CONNECT (RFC 9110, 9.3.6), or with
SOCKS 5 (RFC 1928, and 1929 for the password), whatever the origin. What is said to make a tunnel
is a generator, a `Negotiation`: it yields what to send, and how to tell that the answer is whole.

Which proxy: `proxy_url` and `proxy_excludes`, if the caller has said so; else the environment's
variables, lower case first as curl has it. The services of the machine itself (instance metadata,
credentials of containers) are never asked for through a proxy: it would answer with its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from obstore._core.errors import GenericError
from obstore._core.path import decode_percent
from obstore._core.url import split_url
from obstore._http.message import Header, Origin
from obstore._http.wire import format_head

if TYPE_CHECKING:
    import ssl

    from obstore._io.connect import Negotiation, Via

_DEFAULT_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}

_OF_THE_MACHINE = re.compile(r"169\.254\.[0-9.]+|fe80:.*|fd00:ec2::(?:254|23)|metadata\.google\.internal")
"""Link-local addresses, of which AWS, Google and Azure use several; AWS's two of IPv6; Google's name for one."""

_HOW = "write it as http://user:password@proxy.example:3128; http, https, socks5 and socks5h are known"


class Proxy(NamedTuple):
    """A proxy, and where it was named. Its text has no password."""

    scheme: str
    host: str
    port: int
    user: str | None
    password: str
    source: str

    @property
    def is_http(self) -> bool:
        """Whether it speaks HTTP."""
        return self.scheme in ("http", "https")

    @property
    def authorization(self) -> list[Header]:
        """The header that says who asks, if somebody does (RFC 7617; the charset is ours to choose)."""
        if self.user is None:
            return []
        from binascii import b2a_base64

        token = b2a_base64(f"{self.user}:{self.password}".encode(), newline=False).decode()
        return [("proxy-authorization", f"Basic {token}")]

    @property
    def exclusions(self) -> str:
        """Where to name the hosts that are reached without it."""
        return "NO_PROXY" if self.source.startswith("environment") else "proxy_excludes"

    def __str__(self) -> str:
        return f"{self.scheme}://{_bracketed(self.host)}:{self.port}"

    def __repr__(self) -> str:
        return f"<Proxy {self} from {self.source}>"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def parse_proxy(text: str, source: str) -> Proxy:
    """Read the URL of a proxy. `source` says in errors whose it is.

    Raises:
        GenericError: It is not one. The message has no password in it.
    """
    scheme, mark, rest = text.strip().partition("://")
    authority, *after = re.split(r"[/?#\\]", rest, maxsplit=1)
    if not mark:
        raise _refused(text, source, "it has no scheme")
    if scheme.lower() not in _DEFAULT_PORTS:
        raise _refused(text, source, f"{scheme!r} is not a scheme of proxies")
    if "@" in "".join(after):
        raise _refused(text, source, "percent-encode what is special in the user and the password")
    try:
        url = split_url(f"{scheme}://{authority}")
        user, password = map(decode_percent, url.userinfo.partition(":")[::2])
    except ValueError:
        raise _refused(text, source, "something in it cannot be read") from None  # The cause may show a password.
    if not url.host:
        raise _refused(text, source, "it has no host")
    host = url.host.removeprefix("[").removesuffix("]")
    return Proxy(url.scheme, host, url.port or _DEFAULT_PORTS[url.scheme], user or None, password, source)


def _refused(text: str, source: str, why: str) -> GenericError:
    shown = re.sub(r"^([a-zA-Z0-9+.-]*://)?.*@", r"\1***@", text, flags=re.DOTALL)
    return GenericError(f"Generic Config error: {source} is not the URL of a proxy, {shown!r}: {why}", hint=_HOW)


# Which proxy


def choose_proxy(origin: Origin, explicit: Proxy | None, excludes: str, environment: Mapping[str, str]) -> Proxy | None:
    """Return the proxy on the way to an origin, if there is one.

    Raises:
        GenericError: A variable that counts names none.
    """
    if _OF_THE_MACHINE.fullmatch(origin.host.lower()):
        return None
    if explicit is not None:
        return None if is_excluded(origin, excludes) else explicit
    variable = _first(_variables(origin.scheme, environment), environment)
    if variable is None:
        return None
    exceptions = _first(("no_proxy", "NO_PROXY"), environment)
    if exceptions is not None and is_excluded(origin, environment[exceptions]):
        return None
    text = environment[variable]
    return parse_proxy(text if "://" in text else f"http://{text}", f"environment variable {variable}")


def _variables(scheme: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    upper: tuple[str, ...] = (f"{scheme.upper()}_PROXY",)
    if scheme == "http" and "REQUEST_METHOD" in environment:
        upper = ()  # In a CGI script that is what the client's `Proxy` header becomes: https://httpoxy.org
    return (f"{scheme}_proxy", *upper, "all_proxy", "ALL_PROXY")


def _first(names: tuple[str, ...], environment: Mapping[str, str]) -> str | None:
    return next((name for name in names if environment.get(name, "").strip()), None)


def is_excluded(origin: Origin, excludes: str) -> bool:
    """Tell whether a list as in `NO_PROXY` has an origin in it.

    >>> is_excluded(Origin("https", "a.example.com", 443), "localhost, .example.com, 10.0.0.0/8")
    True
    """
    host = origin.host.lower().rstrip(".")
    return any(_covers(entry.lower(), host, str(origin.port)) for entry in re.split(r"[\s,]+", excludes) if entry)


def _covers(entry: str, host: str, port: str) -> bool:
    if entry == "*":
        return True
    name, only_port = _split_entry(entry)
    if only_port and only_port != port:
        return False
    if re.fullmatch(r"[0-9.]+|.*:.*", host):
        return _is_in_network(host, name)
    # curl's rule: a name stands for the hosts below it as well, with a dot in front or without.
    name = name.removeprefix("*").strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _split_entry(entry: str) -> tuple[str, str]:
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        return name, rest.removeprefix(":")
    name, _, port = entry.partition(":")
    return (entry, "") if ":" in port else (name, port)


def _is_in_network(host: str, network: str) -> bool:
    from ipaddress import ip_address, ip_network

    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False


# How it is used


def is_relay(proxy: Proxy, origin: Origin) -> bool:
    """Tell whether a proxy gets the requests to an origin themselves, so that a reply may be its own."""
    return proxy.is_http and origin.scheme == "http"


def format_head_for(origin: Origin, proxy: Proxy | None) -> Callable[[str, str, list[Header]], bytes]:
    """Return what writes the heads of requests to an origin: `format_head`, or its form for a proxy that is asked."""
    if proxy is None or not is_relay(proxy, origin):
        return format_head
    start, identity = str(origin), proxy.authorization
    return lambda method, target, headers: format_head(method, start + target, [*headers, *identity])


def way_through(proxy: Proxy, origin: Origin, tls: ssl.SSLContext | None) -> Via:
    """Describe a proxy to the one who connects; `tls` is for a proxy that speaks it."""
    from obstore._http import negotiation
    from obstore._io.connect import Via

    negotiate: Callable[[str, int], Negotiation] | None
    if not proxy.is_http:
        negotiate = negotiation.socks(proxy)
    else:
        negotiate = None if is_relay(proxy, origin) else negotiation.connect(proxy)
    return Via(
        str(proxy),
        proxy.host,
        proxy.port,
        tls if proxy.scheme == "https" else None,
        negotiate,
        resolves_here=proxy.scheme == "socks5",
        source=proxy.source,
    )
