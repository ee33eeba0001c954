"""The arguments of gcsfs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from obstore._core.errors import NotSupportedError
from obstore._fsspec.foreign.fates import (
    ANONYMOUS,
    Fate,
    Ignored,
    Made,
    OfFileSystem,
    Option,
    Read,
    Refused,
    Setting,
    Within,
)

_ZONAL = "objects are read and written in one way"
_FOUND = {"google_default", "cloud"}
# gcsfs keeps what a browser has brought in a file of its own.
_INTERACTIVE = {"browser", "cache"}


def _token(name: str, value: Any, made: Made) -> None:
    """Read `token`, which says where credentials are, or is one: a word, a file, its content, or a token."""
    if isinstance(value, Mapping):
        # Without a type it is what gcloud once wrote for a person who has logged in.
        document = {"type": "authorized_user", **value}
        made.config["service_account_key"] = json.dumps(document)
    elif isinstance(value, str):
        _read_word(name, value, made)
    elif hasattr(value, "refresh") and hasattr(value, "token"):
        from obstore.auth.google import GoogleCredentialProvider

        made.credential_provider = GoogleCredentialProvider(value)
    else:
        raise TypeError(
            f"{name} must be a str, a dict or google-auth's credentials, not {type(value).__name__}: "
            "pass credential_provider= for another object"
        )


def _read_word(name: str, value: str, made: Made) -> None:
    if value == "anon":
        made.config["skip_signature"] = True
    elif value in _INTERACTIVE:
        raise NotSupportedError(
            f"{name}={value!r} is not supported", hint="log in with `gcloud auth application-default login`"
        )
    elif value not in _FOUND:
        made.config["application_credentials" if os.path.exists(value) else "bearer_token"] = value


def _requester(name: str, value: Any, made: Made) -> None:
    user_project = value if isinstance(value, str) else made.file_system.get("project")
    if value and not user_project:
        raise NotSupportedError(f"{name} needs to know whom to bill", hint="give project=, or the project itself")
    if value:
        made.config["user_project"] = user_project


_SESSION: Mapping[str, Fate] = {
    "connector": Refused("client_options= has proxies, certificates and limits"),
    "headers": Option("default_headers"),
    "proxy": Option("proxy_url"),
    "trust_env": Ignored("proxies of the environment are always heeded, but where there is a proxy_url"),
}

ARGUMENTS: Mapping[str, Fate] = {
    "access": Ignored("the credentials say what is allowed"),
    "anon": ANONYMOUS,
    "block_size": OfFileSystem("default_block_size"),
    "cache_timeout": OfFileSystem("listings_expiry_time"),
    "check_connection": Ignored("the first request shows it"),
    "consistency": Ignored("what is stored is not read again to be checked"),
    "default_location": Ignored("buckets are not made"),
    "endpoint_url": Setting("base_url"),
    "experimental_zb_hns_support": Ignored(_ZONAL),
    "finalize_on_close": Ignored(_ZONAL),
    "location": Ignored("buckets are not made"),
    "max_mrd_pool_cache_queue_size": Ignored(_ZONAL),
    "mrd_pool_cache_size": Ignored(_ZONAL),
    "project": OfFileSystem("project"),
    "requester_pays": Read(_requester, "`user_project`: it, or the `project`"),
    "requests_timeout": Option("timeout"),
    "secure_serialize": Ignored("`to_json(include_password=False)` leaves out what is secret"),
    "session_kwargs": Within(_SESSION, "`headers`, `proxy`"),
    "timeout": Ignored("it is for lists of buckets, which are not made"),
    "token": Read(_token, "`skip_signature`, `service_account_key`, `application_credentials`, `bearer_token`"),
    "version_aware": Ignored("the current version is read"),
}
"""What `GCSFileSystem` takes, and its successor for zonal buckets."""
