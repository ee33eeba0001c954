"""What can be imported: the names that are promised, and that errors travel."""

import copy
import importlib
import importlib.metadata
import importlib.resources
import inspect
import pickle
import subprocess
import sys
from typing import Any

import pytest

import obstore
import obstore.exceptions
import obstore.store
from obstore import exceptions

# The functions of the package whose API this is, and where its documentation has a name for both colours.
PAIRS = [
    "copy",
    "delete",
    "get",
    "get_range",
    "get_ranges",
    "head",
    "list_with_delimiter",
    "open_reader",
    "open_writer",
    "put",
    "rename",
    "sign",
]
BULK = [
    "copy_tree",
    "delete_prefix",
    "download",
    "download_tree",
    "du",
    "glob",
    "head_many",
    "sync",
    "upload",
    "upload_tree",
    "walk",
]
ONE_COLOUR = ["list", "parse_scheme"]
VERSIONS = ["__version__", "_object_store_version", "_object_store_source"]
TYPES = [
    "HTTP_METHOD",
    "AsyncReadableFile",
    "AsyncWritableFile",
    "Attribute",
    "Attributes",
    "BytesStream",
    "GetOptions",
    "GetResult",
    "ListChunkType",
    "ListResult",
    "ListStream",
    "ObjectMeta",
    "OffsetRange",
    "PutMode",
    "PutResult",
    "ReadableFile",
    "SuffixRange",
    "UpdateVersion",
    "WritableFile",
    "Bytes",
]
STORE_NAMES = [
    "AzureAccessKey",
    "AzureBearerToken",
    "AzureConfig",
    "AzureCredential",
    "AzureCredentialProvider",
    "AzureSASToken",
    "AzureStore",
    "BackoffConfig",
    "ClientConfig",
    "GCSConfig",
    "GCSCredential",
    "GCSCredentialProvider",
    "GCSStore",
    "HTTPStore",
    "LocalStore",
    "MemoryStore",
    "RetryConfig",
    "S3Config",
    "S3Credential",
    "S3CredentialProvider",
    "S3Store",
    "from_url",
]
ERRORS = [
    "AlreadyExistsError",
    "BaseError",
    "GenericError",
    "InvalidPathError",
    "JoinError",
    "NotFoundError",
    "NotImplementedError",
    "NotModifiedError",
    "NotSupportedError",
    "PermissionDeniedError",
    "PreconditionError",
    "UnauthenticatedError",
    "UnknownConfigurationKeyError",
]

MODULES = ["obstore", "obstore.store", "obstore.exceptions", "obstore._store"]


@pytest.mark.parametrize("module", MODULES)
def test_all_of_a_module_is_there(module: str) -> None:
    found = importlib.import_module(module)

    assert [name for name in found.__all__ if not hasattr(found, name)] == []
    assert len(found.__all__) == len(set(found.__all__))
    assert list(found.__all__) == sorted(found.__all__, key=sorting_key)


def sorting_key(name: str) -> tuple[int, str]:
    """Constants, classes, then the rest, as the formatter has them."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


@pytest.mark.parametrize("module", ["obstore", "obstore.exceptions", "obstore.store"])
def test_star_import_works(module: str) -> None:
    namespace: dict[str, Any] = {}
    exec(f"from {module} import *", namespace)

    assert set(importlib.import_module(module).__all__) <= set(namespace)


@pytest.mark.parametrize("name", [*PAIRS, *(f"{name}_async" for name in PAIRS), *ONE_COLOUR, *VERSIONS, *TYPES])
def test_name_of_the_package(name: str) -> None:
    assert hasattr(obstore, name)
    assert name in obstore.__all__


@pytest.mark.parametrize("name", STORE_NAMES)
def test_name_of_the_stores(name: str) -> None:
    assert hasattr(obstore.store, name)
    assert name in obstore.store.__all__


@pytest.mark.parametrize("name", ["ObjectStore", "ObjectStoreMethods"])
def test_types_of_the_stores(name: str) -> None:
    assert hasattr(obstore.store, name)


@pytest.mark.parametrize("name", ERRORS)
def test_name_of_the_errors(name: str) -> None:
    assert issubclass(getattr(exceptions, name), exceptions.BaseError)


def test_there_are_no_other_errors() -> None:
    assert sorted(ERRORS) == sorted(exceptions.__all__)


def test_versions_are_text() -> None:
    assert all(type(getattr(obstore, name)) is str for name in VERSIONS)


def test_modules_are_attributes() -> None:
    assert obstore.store is sys.modules["obstore.store"]
    assert obstore.exceptions is sys.modules["obstore.exceptions"]
    assert obstore._store is sys.modules["obstore._store"]


@pytest.mark.parametrize("name", [*PAIRS, *BULK])
def test_both_colours_take_the_same_arguments(name: str) -> None:
    sync, later = (inspect.signature(getattr(obstore, f"{name}{end}")).parameters for end in ("", "_async"))

    assert [(found.name, found.kind, found.default) for found in sync.values()] == [
        (found.name, found.kind, found.default) for found in later.values()
    ]


HEAVY = {
    *("asyncio", "concurrent.futures", "email", "http.client", "inspect", "json", "logging", "socket", "ssl"),
    *("subprocess", "urllib.request", "xml"),
    *("obstore._bulk", "obstore._wrappers.caching", "obstore._api.wrapper_stores"),
}
STORE = "obstore.store.S3Store('b', region='eu-west-1', access_key_id='k', secret_access_key='s')"


@pytest.mark.parametrize("use", ["", STORE], ids=["import", "store"])
def test_beginning_loads_nothing_heavy(use: str) -> None:
    program = f"import obstore, sys; {use or 'pass'}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert sorted(HEAVY.intersection(loaded)) == []


def test_the_distribution_needs_nothing_and_is_typed() -> None:
    found = importlib.metadata.distribution("obstore")

    assert (found.version, obstore.__version__) == ("1.0.0", "1.0.0")
    assert [each for each in found.requires or [] if "extra ==" not in each] == []
    assert (importlib.resources.files(obstore) / "py.typed").is_file()


def all_errors() -> list[type[exceptions.BaseError]]:
    found = [exceptions.BaseError]
    for kind in found:
        found += [child for child in kind.__subclasses__() if child not in found]
    return found


DETAILS = {
    "store": "S3",
    "path": "a/b",
    "method": "PUT",
    "url": "https://h/b/k",
    "status": 503,
    "code": "SlowDown",
    "request_id": "r1",
    "attempts": 4,
    "elapsed": 2.5,
    "hint": "wait",
}
COPIES = {"copy": copy.copy, "deepcopy": copy.deepcopy} | {
    f"pickle {protocol}": lambda error, protocol=protocol: pickle.loads(pickle.dumps(error, protocol))
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
}


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_error_travels(kind: type[exceptions.BaseError], way: str) -> None:
    error = kind("it failed", **DETAILS)

    arrived = COPIES[way](error)

    assert (kind, str(error), error.args) == (type(arrived), str(arrived), arrived.args)
    assert {name: getattr(arrived, name) for name in DETAILS} == DETAILS


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_error_without_details_travels(kind: type[exceptions.BaseError]) -> None:
    error = pickle.loads(pickle.dumps(kind("it failed")))

    assert ("it failed", 0, None) == (str(error), error.attempts, error.status)


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (exceptions.NotFoundError, FileNotFoundError),
        (exceptions.AlreadyExistsError, FileExistsError),
        (exceptions.PermissionDeniedError, PermissionError),
        (exceptions.InvalidPathError, ValueError),
        (exceptions.NotImplementedError, NotImplementedError),
    ],
)
def test_error_is_the_builtin_that_fits(kind: type[Exception], builtin: type[Exception]) -> None:
    assert issubclass(kind, builtin)


def test_detail_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TypeError, match="'nonsense'"):
        exceptions.GenericError("x", nonsense=1)
