"""Which class the stores of a cloud have. It is loaded, with all that it needs, when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from obstore._api.azure_store import AzureStore
    from obstore._api.gcs_store import GCSStore
    from obstore._api.s3_store import S3Store

    AnyCloudStore: TypeAlias = AzureStore | GCSStore | S3Store

_CLASSES = {"azure": "AzureStore", "gcs": "GCSStore", "s3": "S3Store"}


def cloud_store(scheme: str) -> type[AnyCloudStore]:
    """Return the class of the stores of a cloud, which goes by the name that `parse_scheme` gives it."""
    found: type[AnyCloudStore] = getattr(import_module(f"obstore._api.{scheme}_store"), _CLASSES[scheme])
    return found
