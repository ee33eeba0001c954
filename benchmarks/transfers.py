"""Whole programs: `obstore`, `rclone` and the AWS CLI move the same files to and from the same server.

`python -m benchmarks.transfers [--files N] [--size BYTES] [--write]`. The server is `rclone serve s3`, the fastest
of those that the tests use, on loopback. Each command runs in a process of its own, in turns; time is
that of the whole process, memory the peak of its resident set. The first run of each makes the caches warm.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.units import show
from tests.servers import S3Server
from tests.servers.environment import environment
from tests.servers.rclone import rclone

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "transfers.md"
AWS = "awscli==1.46.3"
AWS_HOME = ROOT / ".bench" / "awscli"
ROUNDS = 3
MIB = 1 << 20


class Place(NamedTuple):
    """The server, and the directory for the files."""

    server: S3Server
    directory: Path


class Tool(NamedTuple):
    """A program, and how it is told what to do. `{...}` stand for the places."""

    name: str
    program: list[str]
    up: list[str]
    down: list[str]
    up_one: list[str]
    down_one: list[str]


class Run(NamedTuple):
    """One command: seconds, and bytes of memory."""

    seconds: float
    memory: int


def tools(place: Place) -> list[Tool]:
    return [
        Tool(
            "obstore",
            [sys.executable, "-m", "obstore", "-q"],
            ["sync", "{local}", "s3://bkt/{remote}"],
            ["sync", "s3://bkt/{remote}", "{local}"],
            ["cp", "{local}", "s3://bkt/{remote}"],
            ["cp", "s3://bkt/{remote}", "{local}"],
        ),
        Tool(
            "rclone",
            [str(environment("rclone") / "rclone"), "--config", str(rclone_config(place)), "-q"],
            ["sync", "--transfers", "16", "--checkers", "16", "{local}", "s3:bkt/{remote}"],
            ["sync", "--transfers", "16", "--checkers", "16", "s3:bkt/{remote}", "{local}"],
            ["copyto", "{local}", "s3:bkt/{remote}"],
            ["copyto", "s3:bkt/{remote}", "{local}"],
        ),
        Tool(
            "AWS CLI",
            [str(aws_python()), "-m", "awscli", "--endpoint-url", place.server.endpoint, "s3"],
            ["sync", "--only-show-errors", "{local}", "s3://bkt/{remote}"],
            ["sync", "--only-show-errors", "s3://bkt/{remote}", "{local}"],
            ["cp", "--only-show-errors", "{local}", "s3://bkt/{remote}"],
            ["cp", "--only-show-errors", "s3://bkt/{remote}", "{local}"],
        ),
    ]


def rclone_config(place: Place) -> Path:
    server, file = place.server, place.directory / "rclone.conf"
    lines = [
        "[s3]",
        "type = s3",
        "provider = Other",
        f"endpoint = {server.endpoint}",
        f"access_key_id = {server.access_key_id}",
        f"secret_access_key = {server.secret_access_key}",
    ]
    file.write_text("\n".join(lines))
    return file


def aws_python() -> Path:
    """Return the Python that has the AWS CLI, making its environment on first use."""
    python, marker = AWS_HOME / "bin" / "python", AWS_HOME / AWS
    if not marker.exists():
        print(f"installing {AWS} into {AWS_HOME}", file=sys.stderr)
        venv.create(AWS_HOME, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", AWS], check=True)
        marker.touch()
    return python


def variables(server: S3Server) -> dict[str, str]:
    return {
        **os.environ,
        "AWS_ACCESS_KEY_ID": server.access_key_id,
        "AWS_SECRET_ACCESS_KEY": server.secret_access_key,
        "AWS_ENDPOINT_URL_S3": server.endpoint,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def run(tool: Tool, words: list[str], names: dict[str, str], place: Place) -> Run:
    command = [*tool.program, *(word.format(**names) for word in words)]
    started = time.perf_counter()
    process = subprocess.Popen(command, env=variables(place.server), cwd=place.directory)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{tool.name} failed: {' '.join(command)}")
    return Run(time.perf_counter() - started, usage.ru_maxrss * 1024)


Works = dict[str, list[Run]]


def measure(tool: Tool, place: Place, n: int, expected: dict[str, int]) -> Iterator[tuple[str, Run]]:
    """Do each piece of work once: up, again, down, and the large file up and down."""
    remote = f"{tool.name.replace(' ', '').lower()}{n}"
    down = place.directory / "down"
    names = {"local": str(place.directory / "many"), "remote": f"{remote}/many"}
    yield "up", run(tool, tool.up, names, place)
    yield "again", run(tool, tool.up, names, place)
    yield "down", run(tool, tool.down, {**names, "local": str(down)}, place)
    check(down, expected)
    shutil.rmtree(down)
    names = {"local": str(place.directory / "large"), "remote": f"{remote}/large"}
    yield "large up", run(tool, tool.up_one, names, place)
    yield "large down", run(tool, tool.down_one, {**names, "local": str(place.directory / "large.down")}, place)
    subprocess.run(["cmp", "large", "large.down"], cwd=place.directory, check=True)
    (place.directory / "large.down").unlink()
    shutil.rmtree(place.directory / "server" / "data" / "bkt" / remote, ignore_errors=True)


def check(directory: Path, expected: dict[str, int]) -> None:
    found = {str(file.relative_to(directory)): file.stat().st_size for file in directory.rglob("*") if file.is_file()}
    if found != expected:
        raise SystemExit(f"{directory} has {len(found)} files, not the {len(expected)} that it should have")


@contextmanager
def prepared(files: int, size: int) -> Iterator[tuple[Place, dict[str, int]]]:
    with tempfile.TemporaryDirectory(prefix="transfers") as name:
        directory = Path(name)
        expected = make_files(directory / "many", files)
        with (directory / "large").open("wb") as file:
            for _ in range(size // MIB):
                file.write(os.urandom(MIB))
        (directory / "server").mkdir()
        with rclone(directory / "server") as server:
            (directory / "server" / "data" / "bkt").mkdir()
            yield Place(server, directory), expected


def make_files(directory: Path, files: int) -> dict[str, int]:
    sizes = {}
    for n in range(files):
        file = directory / f"{n % 100:02}" / f"{n}.bin"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(os.urandom(4096))
        sizes[str(file.relative_to(directory))] = 4096
    return sizes


def compare(files: int, size: int, rounds: int) -> dict[str, Works]:
    """Return, for each tool and piece of work, what the rounds measured."""
    results: dict[str, Works] = {}
    with prepared(files, size) as (place, expected):
        everyone = tools(place)
        for n in range(rounds):
            for tool in everyone[n % 3 :] + everyone[: n % 3]:
                for work, each in measure(tool, place, n, expected):
                    results.setdefault(tool.name, {}).setdefault(work, []).append(each)
                    print(f"round {n + 1}  {tool.name:8} {work:10} {each.seconds:7.2f} s  {each.memory >> 20} MiB")
    return results


def table(results: dict[str, Works], files: int, size: int) -> str:
    titles = {
        "up": f"`sync` of {files:,} files of 4 KiB, up",
        "again": "the same again: nothing to do",
        "down": "the same, down",
        "large up": f"`cp` of one file of {size / (1 << 30):g} GiB, up",
        "large down": "the same, down",
    }
    lines = [f"| work | {' | '.join(results)} |", "|---|" + "---:|" * len(results)]
    for work, title in titles.items():
        cells = [cell(results[name][work]) for name in results]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def cell(runs: list[Run]) -> str:
    seconds, memory = median(each.seconds for each in runs), max(each.memory for each in runs)
    return f"{seconds:.1f} s, {show(memory, 'B')}"


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.transfers", description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--size", type=int, default=2 << 30, help="of the large file, in bytes")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--write", action="store_true", help=f"renew the table in {PAGE.name}")
    options = parser.parse_args(arguments)
    text = table(compare(options.files, options.size, options.rounds), options.files, options.size)
    print(text)
    if options.write:
        before, _, rest = PAGE.read_text().partition("<!-- table -->\n")
        after = rest.partition("<!-- end of table -->\n")[2]
        PAGE.write_text(f"{before}<!-- table -->\n{text}\n<!-- end of table -->\n{after}")


if __name__ == "__main__":
    main(sys.argv[1:])
