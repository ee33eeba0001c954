"""The project's one entry point: `python3 tasks.py NAME [ARGUMENTS]`.

It needs nothing but Python: whatever else a task uses is installed into `.venv` first.
A stamp there remembers for which `pyproject.toml` that was done, so only the first run,
and the first after a change, takes time. The Python that runs this is the one that the
task runs on: an environment of another one is made anew.
"""

import sys

# Before the imports, and with nothing in this file that old Pythons cannot parse:
# the message is worth more than the traceback of `import tomllib`.
if sys.version_info < (3, 11):  # noqa: UP036 - whoever runs this may have any Python
    sys.exit("This project needs Python 3.11 or newer; this is " + sys.version.split()[0])

import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sysconfig
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PROGRAMS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = PROGRAMS / ("python.exe" if os.name == "nt" else "python")


# Half of the time goes by waiting for servers. More than two processes would each start servers of their own for less.
SIDE_BY_SIDE = ("--numprocesses=2", "--dist=worksteal")


def demo(arguments: list[str]) -> None:
    """show the library at work: run examples/tour.py"""
    prepare()
    python("examples/tour.py", *arguments)


def test(arguments: list[str]) -> None:
    """run the tests, all of them in two processes; arguments go to pytest"""
    prepare("test")
    python("-m", "pytest", *(arguments or SIDE_BY_SIDE))


def lint(arguments: list[str]) -> None:
    """check style, format and spelling; arguments go to ruff check (say --fix)"""
    prepare("lint")
    python("-m", "ruff", "check", *arguments)
    python("-m", "ruff", "format", "--check")
    python("-m", "codespell_lib")


def types(arguments: list[str]) -> None:
    """check types with mypy and pyright; arguments go to both"""
    prepare("lint", "test")
    python("-m", "mypy", *arguments)
    require_node()
    python("-m", "pyright", *arguments)


def docs(arguments: list[str]) -> None:
    """run the examples of the documentation and build its site; arguments go to mkdocs build"""
    prepare("test", "lint", "docs")  # signatures are laid out by ruff
    python("-m", "pytest", "tests/docs")
    # Not about us: an announcement that Material prints on every run.
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    python("-m", "mkdocs", "build", "--strict", *arguments)


def bench(arguments: list[str]) -> None:
    """run the benchmarks; arguments go to them"""
    prepare("test")
    python("-m", "benchmarks", *arguments)


def check(arguments: list[str]) -> None:
    """lint, types and test, as before a commit"""
    lint([])
    types([])
    test(arguments)


TASKS: dict[str, Callable[[list[str]], None]] = {
    task.__name__: task for task in (demo, test, lint, types, docs, bench, check)
}


def prepare(*groups: str) -> None:
    """Have the package, editable, and these dependency groups in `.venv`."""
    if not has_venv():
        make_venv()
    current = fingerprint()
    stamps = [VENV / f"prepared-{name}" for name in ("package", *groups)]
    if all(stamp.is_file() and stamp.read_text() == current for stamp in stamps):
        return
    requirements = [requirement for group in groups for requirement in members(group)]
    ensure_pip()
    run(str(PYTHON), "-m", "pip", "install", "--quiet", "--editable", str(ROOT), *requirements)
    for stamp in stamps:
        stamp.write_text(current)


def has_venv() -> bool:
    """Whether `.venv` is there, and of this very Python: of its version and, where paths tell, its kind."""
    settings = VENV / "pyvenv.cfg"
    if not (PYTHON.exists() and settings.is_file()):
        return False
    version = re.search(r"^version(?:_info)? *= *(\S+)", settings.read_text(encoding="utf-8"), re.MULTILINE)
    # A build without the GIL has the same version, and packages in a place of its own.
    packages = sysconfig.get_path("purelib", "venv", {"base": str(VENV)})
    return version is not None and version[1] == platform.python_version() and os.path.isdir(packages)


def make_venv() -> None:
    say(f"making {VENV.name} with Python {sys.version.split()[0]}")
    options = [] if has_module("ensurepip") else ["--without-pip"]
    run(sys.executable, "-m", "venv", "--clear", *options, str(VENV))


def ensure_pip() -> None:
    """Give the environment pip through ours if the system's Python could not (Debian, without ensurepip)."""
    probe = [str(PYTHON), "-c", "import pip"]
    if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
        return
    if not has_module("pip"):
        sys.exit(f"{sys.executable} has neither ensurepip nor pip; install one (on Debian: python3-venv)")
    run(sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "pip")


def members(group: str) -> Iterator[str]:
    """The requirements of a dependency group; not every pip can read them itself."""
    for entry in pyproject()["dependency-groups"][group]:
        if isinstance(entry, str):
            yield entry
        else:
            yield from members(entry["include-group"])


def pyproject() -> dict[str, dict[str, list[str | dict[str, str]]]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def fingerprint() -> str:
    return hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()


def require_node() -> None:
    """Say plainly what pyright would otherwise say with a failed download of Node."""
    if shutil.which("node") is None:
        sys.exit("pyright needs Node.js, and there is no `node` on PATH; mypy found nothing wrong")


def has_module(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def python(*arguments: str) -> None:
    """Run the environment's Python; its programs come first on PATH."""
    path = os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", os.defpath)])
    run(str(PYTHON), *arguments, env=os.environ | {"PATH": path, "VIRTUAL_ENV": str(VENV)})


def run(*command: str, env: dict[str, str] | None = None) -> None:
    """Run a command in the repository; end with its status if it fails."""
    say(" ".join(os.path.relpath(word, ROOT) if word == str(PYTHON) else word for word in command))
    status = subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
    if status:
        sys.exit(status)


def say(message: str) -> None:
    print("+", message, file=sys.stderr, flush=True)


def usage() -> str:
    lines = [f"  {name:6} {task.__doc__}" for name, task in TASKS.items()]
    return "\n".join(["usage: python3 tasks.py NAME [ARGUMENTS]", "", *lines])


def main(arguments: list[str]) -> None:
    if arguments in (["-h"], ["--help"], ["help"]):
        print(usage())
    elif arguments and arguments[0] in TASKS:
        TASKS[arguments[0]](arguments[1:])
    else:
        sys.exit(usage())


if __name__ == "__main__":
    main(sys.argv[1:])
