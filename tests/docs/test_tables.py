"""The tables in the pages say what the code's tables say."""

from __future__ import annotations

import re
import tomllib
from builtins import NotImplementedError as BuiltinNotImplementedError
from importlib import import_module
from pathlib import Path
from typing import get_type_hints

import pytest

from obstore import exceptions
from obstore._fsspec.foreign import TABLES, s3
from obstore._http.options import CLIENT_KEYS
from obstore._transfer.config import Keys
from obstore.store import AzureConfig, ClientConfig, GCSConfig, S3Config
from obstore.testing import EVERYTHING
from tests.docs.pages import ROOT
from tests.test_layers import LAYERS

CONFIGS = {"obstore._s3.config": S3Config, "obstore._gcs.config": GCSConfig, "obstore._azure.config": AzureConfig}


def rows_after(page: str, marker: str) -> list[list[str]]:
    """Return the cells of the first table after a marker, without its head."""
    text = Path(ROOT, "docs", page).read_text(encoding="utf-8").split(marker, 1)[1]
    lines = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert lines is not None, f"no table after {marker} in {page}"
    return [[cell.strip() for cell in line.strip("|\n").split(" | ")] for line in lines[0].splitlines()[2:]]


def names_in(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


@pytest.mark.parametrize("module", CONFIGS)
def test_the_settings_of_a_cloud_are_those_of_its_table(module: str) -> None:
    keys: Keys = import_module(module).KEYS

    documented = {}
    for name, _, also, environment in rows_after("configuration.md", f"<!-- keys: {module} -->"):
        documented[name.strip("`")] = names_in(also), names_in(environment)

    assert documented == {name: _spellings(keys, name) for name in keys.keys}


def _spellings(keys: Keys, name: str) -> tuple[set[str], set[str]]:
    """Return a setting's other spellings, and its environment variables."""
    spellings = set(keys.keys[name].spellings)
    variables = {spelling for spelling in spellings if spelling.startswith(keys.prefix)}
    others = {variable for variable, meant in keys._variables.items() if meant == name}
    return spellings - variables - {name}, {variable.upper() for variable in variables} | others


@pytest.mark.parametrize("module", CONFIGS)
def test_the_type_of_a_clouds_settings_has_all_of_them(module: str) -> None:
    keys: Keys = import_module(module).KEYS

    assert set(CONFIGS[module].__annotations__) == set(keys.keys)


def test_the_settings_of_the_client_are_those_of_its_table() -> None:
    documented = {row[0].strip("`") for row in rows_after("configuration.md", "<!-- client keys -->")}

    assert documented == CLIENT_KEYS == set(ClientConfig.__annotations__)


def test_every_error_is_described() -> None:
    bases = {row[0].strip("`"): names_in(row[1]) for row in rows_after("errors.md", "<!-- errors -->")}
    expected = {name: _builtin_bases(getattr(exceptions, name)) for name in exceptions.__all__ if name != "BaseError"}

    assert bases == expected


def _builtin_bases(kind: type[BaseException]) -> set[str]:
    candidates = (
        FileNotFoundError,
        FileExistsError,
        PermissionError,
        ValueError,
        KeyError,
        BuiltinNotImplementedError,
    )
    return {candidate.__name__ for candidate in candidates if issubclass(kind, candidate)}


def test_every_attribute_of_an_error_is_described() -> None:
    documented = {name for row in rows_after("errors.md", "## Attributes") for name in names_in(row[0])}

    assert documented == set(get_type_hints(exceptions.BaseError))


def test_every_capability_is_described() -> None:
    documented = {row[0].strip("|` ") for row in rows_after("testing.md", "A deviation is checked too")}

    assert documented == EVERYTHING


FOREIGN = {
    "s3": TABLES["s3"],
    "s3 client_kwargs": s3.CLIENT,
    "s3 config_kwargs": s3.CONFIG,
    "s3 s3_additional_kwargs": s3.ADDITIONAL,
    "gcs": TABLES["gcs"],
    "azure": TABLES["azure"],
}


@pytest.mark.parametrize("marker", FOREIGN)
def test_what_becomes_of_the_arguments_of_other_packages(marker: str) -> None:
    documented = {names_in(name).pop(): fate for name, fate in rows_after("fsspec.md", f"<!-- foreign: {marker} -->\n")}

    assert documented == {name: fate.summary for name, fate in FOREIGN[marker].items()}


def test_the_extras_are_those_that_can_be_installed() -> None:
    documented = {name for row in rows_after("getting-started.md", "<!-- extras -->") for name in names_in(row[0])}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert documented == set(project["optional-dependencies"])


def test_the_layers_are_those_that_imports_are_held_to() -> None:
    _, *layers = [names_in(row[1]) for row in rows_after("architecture.md", "## Layers")]  # The first is all the rest.

    assert [{name.rstrip("/").removesuffix(".py") for name in names} for names in layers] == [*reversed(LAYERS)]


def test_the_directories_of_tests_are_described() -> None:
    documented = {name for row in rows_after("../CONTRIBUTING.md", "## Tests") for name in names_in(row[0])}

    assert documented == {f"tests/{path.parent.name}/" for path in (ROOT / "tests").glob("*/*.py")}
