"""The URLs that name a container of Azure, or a workspace of Microsoft Fabric."""

from __future__ import annotations

import re

from obstore._core.errors import GenericError
from obstore._core.path import decode_percent
from obstore._core.url import Url, shown_url, split_url, url_path_to_prefix

_CONTAINER_SCHEMES = frozenset({"az", "adl", "azure", "abfs", "abfss"})
_WITH_ACCOUNT = frozenset({"az", "abfs", "abfss"})

_FABRIC = "fabric.microsoft.com"
# The service itself and its sovereign clouds, which the reference does not know. "dfs" is the other
# face of the same account; this library speaks to the "blob" one.
_ACCOUNT_HOST = re.compile(
    r"([^.]+)\.(?:dfs|blob)\.(core\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net|cloudapi\.de)|"
    r"fabric\.microsoft\.com)"
)
# A workspace behind a private link has a host of its own, with the zone as its second label.
_PRIVATE_LINK_HOST = re.compile(r"([^.]+\.z[^.]*)\..*fabric\.microsoft\.com")


def read_url(url: str) -> tuple[dict[str, str], str | None]:
    """Return the settings that a URL implies, and the prefix in it. A "SAS URL" brings its credential along.

    >>> read_url("abfss://data@acme.dfs.core.windows.net/a/b")
    ({'container_name': 'data', 'account_name': 'acme'}, 'a/b')

    Raises:
        GenericError: It names no container that we know how to find.
    """
    parts = split_url(url)
    if parts.scheme in _CONTAINER_SCHEMES and parts.host:
        return _read_container(url, parts), url_path_to_prefix(parts.path) or None
    if parts.scheme != "https":
        raise _unknown(url, f"unknown url scheme {parts.scheme!r}")
    settings = _read_host(url, parts.host)
    if "sig=" in parts.query:
        settings["sas_key"] = parts.query
    container, _, rest = parts.path.removeprefix("/").partition("/")
    if container:
        settings["container_name"] = decode_percent(container)
        if "use_fabric_endpoint" not in settings:
            _check_name(url, settings["container_name"])
    return settings, url_path_to_prefix(f"/{rest}") or None


def _read_container(url: str, parts: Url) -> dict[str, str]:
    if not parts.userinfo:
        _check_name(url, parts.host)
        return {"container_name": parts.host}
    container = decode_percent(parts.userinfo)
    _check_name(url, container)
    if parts.scheme not in _WITH_ACCOUNT:
        raise _unknown(url, f"{parts.scheme}:// takes no account")
    return {"container_name": container, **_read_host(url, parts.host)}


def _read_host(url: str, host: str) -> dict[str, str]:
    host = host.lower()
    if found := _ACCOUNT_HOST.fullmatch(host):
        account, domain = found.groups()
        if domain == _FABRIC:
            return {"account_name": account, "use_fabric_endpoint": "true"}
        cloud = {} if domain == "core.windows.net" else {"endpoint": f"https://{account}.blob.{domain}"}
        return {"account_name": account, **cloud}
    if found := _PRIVATE_LINK_HOST.fullmatch(host):
        return {"account_name": found[1], "endpoint": f"https://{host}", "use_fabric_endpoint": "true"}
    raise _unknown(url, f"{host!r} is not a host of Azure's")


def _check_name(url: str, container: str) -> None:
    if "." in container or ":" in container:
        raise _unknown(url, f"{container!r} is not a container's name")


def _unknown(url: str, why: str) -> GenericError:
    return GenericError(
        f"Generic MicrosoftAzure error: {why}: URL {shown_url(url)!r} did not match any known pattern",
        store="MicrosoftAzure",
        hint="use az://container/prefix with account_name=, or https://account.blob.core.windows.net/container/prefix",
    )
