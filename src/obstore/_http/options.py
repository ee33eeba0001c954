"""The settings of the HTTP engine: `client_options`, checked and ready for use.

One row per key: its name, how its value is read, and where it goes. Values may be native
(`bool`, `timedelta`, numbers) or text, as in an environment variable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from obstore._core.durations import seconds_from
from obstore._core.errors import GenericError
from obstore._http.proxy import Proxy, parse_proxy
from obstore._io.tls import TlsSettings, parse_certificates, tls_context

if TYPE_CHECKING:
    import ssl

_WORTH_ASKING = 1 << 20
"""Bytes. botocore asks before every body; below this the answer takes as long as the body."""

_TRUE = frozenset({"1", "true", "on", "yes", "y"})
_FALSE = frozenset({"0", "false", "off", "no", "n"})


class ClientOptions(NamedTuple):
    """What a pool and a client need to know. Times are seconds.

    `timeout` bounds the wait for the head of a reply and every silence between bytes. It
    never ends a transfer that is moving. Without `retry_budget` there is one for
    `max_connections`. 256 connections are what one process may open
    under the usual limit of 1024 descriptors, with room for two or three origins.
    """

    allow_http: bool = False
    connect_timeout: float = 5.0
    timeout: float = 30.0
    idle_timeout: float = 90.0
    max_idle: int = 256
    max_connections: int = 256
    adaptive_throttling: bool = True
    retry_budget: int | None = None
    randomize_addresses: bool = True
    expect_continue: int | None = None
    user_agent: str | None = None
    default_content_type: str | None = None
    default_headers: tuple[tuple[str, str], ...] = ()
    tls: TlsSettings = TlsSettings()
    proxy: Proxy | None = None
    proxy_excludes: str = ""
    proxy_certificate: str | None = None
    heeds_environment: bool = True
    """Whether the environment may name a proxy."""

    def tls_context(self) -> ssl.SSLContext:
        """Return the TLS context for these settings.

        The authority of a proxy vouches for all that is seen through it: one that looks into
        the traffic signs every certificate itself, and that is what they are used for.
        """
        if self.proxy is None or self.proxy_certificate is None:
            return tls_context(self.tls)
        pem = "\n".join(filter(None, (self.tls.root_certificate, self.proxy_certificate)))
        return tls_context(self.tls._replace(root_certificate=pem))


def parse_bool(value: object, name: str) -> bool:
    """Read a switch: `True`, or a word for it, as the environment has them.

    Raises:
        GenericError: It is neither a bool nor such a word.
    """
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else None
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise GenericError(
        f'Generic Config error: failed to parse "{value}" as boolean, for {name}', hint="use true or false"
    )


def _parse_count(value: object, name: str) -> int:
    try:
        count = int(value) if isinstance(value, str) else value.__index__()  # type: ignore[attr-defined]
    except (AttributeError, ValueError) as error:
        raise GenericError(f'Generic Config error: failed to parse "{value}" as a whole number, for {name}') from error
    if count < 1:
        raise GenericError(f"Generic Config error: {name} must be at least 1, not {count}")
    return int(count)


def _parse_expectation(value: object, name: str) -> int | None:
    """Read from how many bytes on a body is asked for: a number, or a switch."""
    if value is None:
        return None
    if isinstance(value, bool) or (isinstance(value, str) and not value.strip().isdigit()):
        return _WORTH_ASKING if parse_bool(value, name) else None
    return _parse_count(value, name)


def _parse_text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if re.search(r"[\x00-\x1f\x7f]", value):
        raise ValueError(f"{name} holds a control character")
    return value


def _parse_seconds(value: object, name: str) -> float:
    try:
        return seconds_from(value, name)  # type: ignore[arg-type]
    except ValueError as error:
        raise GenericError(
            f'Generic Config error: failed to parse "{value}" as Duration, for {name}: {error}'
        ) from error


def _parse_headers(value: object, name: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a dict of header names and values, not {type(value).__name__}")
    return tuple(_parse_header(key, text) for key, text in value.items())


def _parse_header(name: object, value: object) -> tuple[str, str]:
    if not isinstance(name, str) or not re.fullmatch(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", name):
        raise ValueError(f"default_headers has {name!r}, which is not the name of a header")
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    if not isinstance(text, str) or re.search(r"[\r\n\0]", text):
        raise ValueError(f"default_headers has a value for {name!r} that no header can carry")
    return name.lower(), text


def _parse_opposite(value: object, name: str) -> bool:
    return not parse_bool(value, name)


def _parse_context(value: Any, name: str) -> ssl.SSLContext:
    if not hasattr(value, "wrap_socket"):
        raise TypeError(f"{name} must be an ssl.SSLContext, not {type(value).__name__}")
    return value  # type: ignore[no-any-return]


def _parse_proxy(value: object, name: str) -> Proxy | None:
    text = _parse_text(value, name)
    return parse_proxy(text, name) if text.strip() else None


class _Key(NamedTuple):
    field: str
    parse: Callable[[Any, str], Any]


_KEYS = {
    "allow_http": _Key("allow_http", parse_bool),
    "connect_timeout": _Key("connect_timeout", _parse_seconds),
    "timeout": _Key("timeout", _parse_seconds),
    "read_timeout": _Key("timeout", _parse_seconds),
    "pool_idle_timeout": _Key("idle_timeout", _parse_seconds),
    "pool_max_idle_per_host": _Key("max_idle", _parse_count),
    "max_connections": _Key("max_connections", _parse_count),
    "adaptive_throttling": _Key("adaptive_throttling", parse_bool),
    "retry_budget": _Key("retry_budget", _parse_count),
    "expect_continue": _Key("expect_continue", _parse_expectation),
    "randomize_addresses": _Key("randomize_addresses", parse_bool),
    "user_agent": _Key("user_agent", _parse_text),
    "default_content_type": _Key("default_content_type", _parse_text),
    "default_headers": _Key("default_headers", _parse_headers),
}

_TLS_KEYS = {
    "allow_invalid_certificates": _Key("verify", _parse_opposite),
    "disable_system_certificates": _Key("use_system_certificates", _parse_opposite),
    "root_certificate": _Key("root_certificate", parse_certificates),
    "ssl_context": _Key("context", _parse_context),
}

_PROXY_KEYS = {
    "proxy_url": _Key("proxy", _parse_proxy),
    "proxy_ca_certificate": _Key("proxy_certificate", parse_certificates),
    "proxy_excludes": _Key("proxy_excludes", _parse_text),
}

_WITHOUT_EFFECT = frozenset(
    {
        # Object stores are served best by several HTTP/1.1 connections, which is all that this engine speaks.
        "http1_only",
        "http2_only",
        "http2_keep_alive_interval",
        "http2_keep_alive_timeout",
        "http2_keep_alive_while_idle",
        "http2_max_frame_size",
    }
)

CLIENT_KEYS = frozenset({*_KEYS, *_TLS_KEYS, *_PROXY_KEYS, *_WITHOUT_EFFECT})


def parse_client_options(options: Mapping[str, Any] | None, sources: Mapping[str, str] | None = None) -> ClientOptions:
    """Check `client_options`. `sources` says of keys that were found elsewhere where that was.

    Raises:
        ValueError: There is no such key.
        TypeError, GenericError: A value is not what its key takes.
    """
    if options is None:
        return ClientOptions()
    if not isinstance(options, Mapping):
        raise TypeError(f"client_options must be a dict, not {type(options).__name__}")
    given = {key.lower() if isinstance(key, str) else key: value for key, value in options.items()}
    for key in given:
        if key not in CLIENT_KEYS:
            raise ValueError(_unknown_key(key))
    labels = {name: f"{name} (from {source})" for name, source in (sources or {}).items()}
    fields = _read(_KEYS, given, labels)
    if "proxy_url" in given:  # The other two are said of that one.
        fields |= {"heeds_environment": False, **_read(_PROXY_KEYS, given, labels)}
    return ClientOptions(**fields, tls=TlsSettings(**_read(_TLS_KEYS, given, labels)))


def _read(keys: Mapping[str, _Key], given: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    """Read the values of `keys`. What is wrong with one is said of its label: its name, and where it came from."""
    return {
        keys[name].field: keys[name].parse(value, labels.get(name, f"{name} (from client_options)"))
        for name, value in given.items()
        if name in keys
    }


def default_options() -> dict[str, object]:
    """Return the keys that have a value when nothing is said, and that value."""
    defaults = ClientOptions()
    return {name: getattr(defaults, key.field) for name, key in _KEYS.items()}


def _unknown_key(key: object) -> str:
    from difflib import get_close_matches

    near = get_close_matches(str(key).lower(), CLIENT_KEYS, n=1)
    return f"Invalid key: {key}. It is not one of client_options" + (f"; did you mean {near[0]!r}?" if near else ".")
