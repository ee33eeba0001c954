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
from obstore._io.tls import TlsSettings, parse_certificates, tls_context

if TYPE_CHECKING:
    import ssl

_TRUE = frozenset({"1", "true", "on", "yes", "y"})
_FALSE = frozenset({"0", "false", "off", "no", "n"})


class ClientOptions(NamedTuple):
    """What a pool and a client need to know. Times are seconds.

    `timeout` bounds the wait for the head of a reply and every silence between bytes. It
    never ends a transfer that is moving. 256 connections are what one process may open
    under the usual limit of 1024 descriptors, with room for two or three origins.
    """

    allow_http: bool = False
    connect_timeout: float = 5.0
    timeout: float = 30.0
    idle_timeout: float = 90.0
    max_idle: int = 256
    max_connections: int = 256
    randomize_addresses: bool = True
    user_agent: str | None = None
    default_content_type: str | None = None
    default_headers: tuple[tuple[str, str], ...] = ()
    tls: TlsSettings = TlsSettings()

    def tls_context(self) -> ssl.SSLContext:
        """Return the TLS context for these settings."""
        return tls_context(self.tls)


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
    "randomize_addresses": _Key("randomize_addresses", parse_bool),
    "user_agent": _Key("user_agent", _parse_text),
    "default_content_type": _Key("default_content_type", _parse_text),
    "default_headers": _Key("default_headers", _parse_headers),
}

_TLS_KEYS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "allow_invalid_certificates": lambda value: {"verify": not parse_bool(value, "allow_invalid_certificates")},
    "disable_system_certificates": lambda value: {
        "use_system_certificates": not parse_bool(value, "disable_system_certificates")
    },
    "root_certificate": lambda value: {"root_certificate": parse_certificates(value, "root_certificate")},
    "ssl_context": lambda value: {"context": value},
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

CLIENT_KEYS = frozenset({*_KEYS, *_TLS_KEYS, *_WITHOUT_EFFECT})


def parse_client_options(options: Mapping[str, Any] | None) -> ClientOptions:
    """Check `client_options`.

    Raises:
        ValueError: There is no such key.
        TypeError, GenericError: A value is not what its key takes.
    """
    if options is None:
        return ClientOptions()
    if not isinstance(options, Mapping):
        raise TypeError(f"client_options must be a dict, not {type(options).__name__}")
    fields: dict[str, Any] = {}
    tls: dict[str, Any] = {}
    for key, value in options.items():
        name = key.lower() if isinstance(key, str) else key
        if name in _KEYS:
            fields[_KEYS[name].field] = _KEYS[name].parse(value, name)
        elif name in _TLS_KEYS:
            tls.update(_TLS_KEYS[name](value))
        elif name not in _WITHOUT_EFFECT:
            raise ValueError(_unknown_key(key))
    return ClientOptions(**fields, tls=TlsSettings(**tls))


def default_options() -> dict[str, object]:
    """Return the keys that have a value when nothing is said, and that value."""
    defaults = ClientOptions()
    return {name: getattr(defaults, key.field) for name, key in _KEYS.items()}


def _unknown_key(key: object) -> str:
    from difflib import get_close_matches

    near = get_close_matches(str(key).lower(), CLIENT_KEYS, n=1)
    return f"Invalid key: {key}. It is not one of client_options" + (f"; did you mean {near[0]!r}?" if near else ".")
