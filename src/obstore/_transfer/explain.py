"""What a store's settings are, and where each came from: the value that `store.explain()` returns.

Secrets are masked here, once: what a table has been given is what anyone may see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from obstore._core.durations import format_duration
from obstore._core.retry import RetryPolicy, policy_to_config
from obstore._http.options import default_options
from obstore._transfer.config import Keys, Setting

MASK = "***"

_USERINFO = re.compile(r"(//)[^/\s]*@")
_HEADINGS = ("setting", "value", "from")
_EMPTY = frozenset({None, (), ""})


class Fact(NamedTuple):
    """One line: a setting, its value as it may be shown, and where it came from."""

    name: str
    value: str
    source: str


class Explanation:
    """A store's settings, in force and by default, each with its source. Printed, it is a table.

    >>> from obstore.store import S3Store
    >>> explanation = S3Store("bucket", region="eu-west-1", skip_signature=True).explain()
    >>> explanation["region"].source, [fact.name for fact in explanation if fact.value == "bucket"]
    ('keyword arguments', ['bucket'])
    """

    def __init__(self, title: str, facts: Iterable[Fact]) -> None:
        self.title = title
        self.facts = tuple(facts)

    def __iter__(self) -> Iterator[Fact]:
        return iter(self.facts)

    def __getitem__(self, name: str) -> Fact:
        for fact in self.facts:
            if fact.name == name:
                return fact
        raise KeyError(name)

    def __str__(self) -> str:
        rows = [_HEADINGS, *self.facts]
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        lines = [f"{name:{widths[0]}}  {value:{widths[1]}}  {source}".rstrip() for name, value, source in rows]
        return "\n".join([self.title, "", *lines])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Show it in a notebook, with the defaults folded away."""
        from obstore._core.html import html_details, html_table

        defaults = [fact[:2] for fact in self.facts if fact.source == "default"]
        said = [fact for fact in self.facts if fact.source != "default"]
        shown = html_table(self.title, _HEADINGS, said)
        return shown + html_details(f"{len(defaults)} defaults", html_table("", _HEADINGS[:2], defaults))


class Explained(Protocol):
    """What a store says of itself."""

    @property
    def client_options(self) -> Mapping[str, Any] | None: ...
    @property
    def retry_config(self) -> Mapping[str, Any] | None: ...


def explain_store(
    store: Explained, keys: Keys, settings: Mapping[str, Setting], defaults: Mapping[str, str]
) -> Explanation:
    """Explain a store: what follows from its settings, then the settings themselves."""
    among = {name: setting for name, setting in settings.items() if name not in keys.keys}
    retries = store.retry_config or policy_to_config(RetryPolicy())
    return Explanation(
        repr(store),
        [
            *_explain_consequences(store),
            *_explain_settings(keys, settings, defaults),
            *_explain_options(store.client_options or {}, among, default_options()),
            *_explain_retries(retries, "retry_config=" if store.retry_config else "default"),
        ],
    )


def _explain_consequences(store: object) -> Iterator[Fact]:
    store = getattr(store, "_moved", None) or store
    origin, credentials = getattr(store, "_origin", None), getattr(store, "_credentials", None)
    if origin is not None:
        base_path = getattr(getattr(store, "_settings", None), "base_path", "")
        yield Fact("requests go to", f"{origin}{base_path}", "follows from the settings")
    proxy = getattr(getattr(getattr(store, "_client", None), "pool", None), "proxy", None)
    if proxy is not None:
        yield Fact("through the proxy", str(proxy), proxy.source)
    if description := getattr(credentials, "description", None):
        yield Fact("credentials", description, "follows from the settings")


def _explain_settings(keys: Keys, settings: Mapping[str, Setting], defaults: Mapping[str, str]) -> Iterator[Fact]:
    for name, key in keys.keys.items():
        setting = settings.get(name)
        if setting is not None and setting.value:
            yield Fact(name, MASK if key.is_secret else _without_userinfo(setting.value), setting.source)
        elif name in defaults:
            yield Fact(name, defaults[name], "default")


def _explain_options(
    given: Mapping[str, Any], among: Mapping[str, Setting], defaults: Mapping[str, object]
) -> Iterator[Fact]:
    """Explain the HTTP client's settings: those in `client_options`, those among the others, and the rest."""
    values = {name: (value, "default") for name, value in defaults.items() if value not in _EMPTY}
    values |= {name: (setting.value, setting.source) for name, setting in among.items()}
    values |= {str(name).lower(): (value, "client_options=") for name, value in given.items()}
    for name, (value, source) in values.items():
        yield Fact(name, _shown(name, value), source)


def _explain_retries(policy: Mapping[str, Any], source: str) -> Iterator[Fact]:
    facts = {name: value for name, value in policy.items() if name != "backoff"} | policy["backoff"]
    for name, value in facts.items():
        yield Fact(name, format_duration(value) if hasattr(value, "total_seconds") else f"{value:g}", source)


def _shown(name: str, value: Any) -> str:
    if name == "default_headers" and isinstance(value, Mapping):
        return ", ".join(f"{header}: {MASK}" for header in value)
    if name in ("root_certificate", "proxy_ca_certificate"):
        return f"{len(value)} characters of PEM"
    if isinstance(value, bool):
        return str(value).lower()
    if hasattr(value, "total_seconds"):
        return format_duration(value)
    if isinstance(value, float):
        return f"{value:g} s"
    return _without_userinfo(str(value))


def _without_userinfo(text: str) -> str:
    return _USERINFO.sub(rf"\1{MASK}@", text)
