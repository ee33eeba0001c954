"""`tasks.py`: which Python the environment that it makes belongs to."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

MAKE = "import tasks; tasks.has_module = lambda name: False; tasks.make_venv()"
SOURCE = Path(__file__).parents[1] / "tasks.py"


def other_python() -> str | None:
    """Another Python of this machine. It must work: one that pyenv has switched off is there, and does not."""
    for minor in range(11, 20):
        program = shutil.which(f"python3.{minor}")
        if program and minor != sys.version_info.minor and works(program):
            return program
    return None


def works(program: str) -> bool:
    return subprocess.run([program, "-c", ""], capture_output=True, check=False, env=clean()).returncode == 0


@pytest.fixture
def tasks(tmp_path: Path) -> ModuleType:
    """`tasks.py` of a directory with nothing else in it. Environments begin without pip there: that is quicker."""
    module = load(Path(shutil.copy(SOURCE, tmp_path)))
    module.has_module = lambda name: False  # type: ignore[attr-defined]
    return module


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("tasks_under_test", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_environment_is_kept_as_long_as_its_python_runs_the_tasks(tasks: ModuleType) -> None:
    assert not tasks.has_venv()
    tasks.make_venv()

    assert tasks.has_venv()


@pytest.mark.parametrize("line", ["version = 3.10.1", "version_info = 3.99.0", ""])
def test_an_environment_of_another_version_is_none(tasks: ModuleType, line: str) -> None:
    tasks.make_venv()
    settings = tasks.VENV / "pyvenv.cfg"
    settings.write_text(re.sub(r"(?m)^version = .*$", line, settings.read_text()))

    assert not tasks.has_venv()


def test_an_environment_without_its_python_is_none(tasks: ModuleType) -> None:
    tasks.make_venv()
    tasks.PYTHON.unlink()

    assert not tasks.has_venv()


def test_an_environment_that_another_python_made_is_made_anew(tasks: ModuleType) -> None:
    other = other_python()
    if other is None:
        pytest.skip("there is no other Python on the PATH")
    subprocess.run([other, "-c", MAKE], cwd=tasks.ROOT, check=True, env=clean())
    assert not tasks.has_venv()
    tasks.make_venv()

    assert tasks.has_venv()
    asked = [tasks.PYTHON, "-c", "import sys; print(sys.version)"]
    assert sys.version == subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def clean() -> dict[str, str]:
    """Without what this Python may have been told about its own packages."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
