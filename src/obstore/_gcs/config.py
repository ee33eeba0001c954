"""Google Cloud Storage's settings: their names, and what they say about where a bucket is.

The names and their spellings are the reference's, and two more (`user_project`,
`kms_key_name`); each `google_...` spelling is also an environment variable in upper case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from obstore._core.errors import GenericError
from obstore._http.message import Origin, origin_of
from obstore._transfer.config import Key, Keys, Setting, switch_of, text_of, url_of

DEFAULT_BASE_URL = "https://storage.googleapis.com"
EMULATOR_VARIABLE = "STORAGE_EMULATOR_HOST"

# A table does it in a third of the time that a test of each byte takes.
_ESCAPES = [chr(byte) if chr(byte).isalnum() and byte < 128 else f"%{byte:02X}" for byte in range(256)]


def _key(name: str, *more: str, is_secret: bool = False) -> Key:
    spellings = [spelling for each in (name, *more) for spelling in (f"google_{each}", each)]
    return Key(name, tuple(spellings), is_secret)


KEYS = Keys(
    "GCS",
    "google_",
    [
        _key("service_account", "service_account_path"),
        _key("service_account_key", is_secret=True),
        _key("bucket", "bucket_name"),
        _key("base_url"),
        _key("application_credentials"),
        _key("bearer_token", is_secret=True),
        _key("skip_signature"),
        _key("user_project"),
        _key("kms_key_name"),
    ],
    # The second is where Google's own clients find an emulator, with or without a scheme.
    {"SERVICE_ACCOUNT": "service_account", EMULATOR_VARIABLE: "base_url"},
)

DEFAULTS = {"base_url": DEFAULT_BASE_URL, "skip_signature": "false"}

IMPLIED = {"allow_http": Setting("true", "the default of GCS, for an http base_url is always a choice")}
"""What holds where nobody has said otherwise. The reference's default, too."""


class GCSSettings(NamedTuple):
    """A bucket and how to talk to it, read from the settings."""

    bucket: str
    origin: Origin
    base_path: str
    """What stands before the bucket in a URL's path, without a slash at its end."""

    signs: bool
    user_project: str | None
    kms_key_name: str | None


def read_settings(settings: Mapping[str, Setting], base_url: str | None = None) -> GCSSettings:
    """Check the settings of a store. `base_url` is what its credentials say, which counts least.

    Raises:
        GenericError: One is missing or cannot be read; the message names it.
    """
    origin, base_path = _locate(_base_url(settings, base_url))
    return GCSSettings(
        _bucket(settings),
        origin,
        base_path,
        signs=not switch_of(settings, "skip_signature"),
        user_project=text_of(settings, "user_project"),
        kms_key_name=text_of(settings, "kms_key_name"),
    )


def uses_emulator(settings: Mapping[str, Setting]) -> bool:
    """Tell whether the requests go to an emulator, which wants no credentials."""
    setting = settings.get("base_url")
    return setting is not None and setting.source.endswith(EMULATOR_VARIABLE) and bool(setting.value)


def _bucket(settings: Mapping[str, Setting]) -> str:
    bucket = text_of(settings, "bucket")
    if bucket is None:
        raise GenericError("Generic GCS error: Missing bucket name", store="GCS", hint="GCSStore('my-bucket', ...)")
    if "/" in bucket:
        raise GenericError(
            f"Generic GCS error: {bucket!r} is not a bucket's name",
            store="GCS",
            hint="a URL goes to GCSStore.from_url, and a folder within the bucket to prefix=",
        )
    return bucket


def _base_url(settings: Mapping[str, Setting], from_credentials: str | None) -> Setting:
    if text_of(settings, "base_url") is None:
        where = "the credentials" if from_credentials else "the default"
        return Setting(from_credentials or DEFAULT_BASE_URL, where)
    setting = settings["base_url"]
    if uses_emulator(settings) and "://" not in setting.value:
        return setting._replace(value=f"http://{setting.value}")
    return setting


def _locate(base_url: Setting) -> tuple[Origin, str]:
    url = url_of(base_url, "base_url", "GCS")
    return origin_of(url), url.path.rstrip("/")


def encode_strictly(text: str) -> str:
    """Percent-encode everything but letters and digits, as the reference does in every path.

    >>> encode_strictly("a-b/c.txt")
    'a%2Db%2Fc%2Etxt'
    """
    return "".join(map(_ESCAPES.__getitem__, text.encode()))
