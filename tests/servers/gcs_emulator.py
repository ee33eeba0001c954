"""gcp-storage-emulator: the JSON API in Python, for what our own fake should not be the only judge of.

It speaks no XML API that a store could use (its objects have no ETags there), knows neither preconditions
nor credentials, closes every connection, and answers batches in a form of its own.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

from tests.servers.environment import environment
from tests.servers.process import LOOPBACK, answers, on_free_ports, running, wait_until


@dataclass(frozen=True, slots=True)
class GcsEmulator:
    """The running emulator."""

    url: str

    def make_bucket(self, name: str) -> str:
        """Make an empty bucket."""
        self._post("/storage/v1/b", json.dumps({"name": name}).encode(), "application/json")
        return name

    def put(self, bucket: str, key: str, data: bytes) -> None:
        """Store an object, which must not be empty."""
        path = f"/upload/storage/v1/b/{bucket}/o?uploadType=media&name={quote(key, safe='')}"
        self._post(path, data, "text/plain")

    def get(self, bucket: str, key: str) -> bytes:
        """Return an object."""
        with urlopen(f"{self.url}/storage/v1/b/{bucket}/o/{quote(key, safe='')}?alt=media", timeout=30) as reply:
            data: bytes = reply.read()
        return data

    def keys(self, bucket: str) -> list[str]:
        """List a bucket."""
        with urlopen(f"{self.url}/storage/v1/b/{bucket}/o", timeout=30) as reply:
            return [item["name"] for item in json.load(reply).get("items", [])]

    def _post(self, path: str, body: bytes, content_type: str) -> None:
        request = Request(f"{self.url}{path}", body, {"Content-Type": content_type}, method="POST")
        with urlopen(request, timeout=30) as reply:
            reply.read()


@contextmanager
def gcs_emulator(directory: Path) -> Iterator[GcsEmulator]:
    """Run the emulator, without buckets."""
    program = environment("gcp-storage-emulator") / "gcp-storage-emulator"
    with on_free_ports(1, partial(_serve, program, directory)) as server:
        yield server


@contextmanager
def _serve(program: Path, directory: Path, ports: list[int]) -> Iterator[GcsEmulator]:
    [port] = ports
    command: list[str | Path] = [program, "start", f"--host={LOOPBACK}", f"--port={port}", "--in-memory", "--quiet"]
    with running("gcp-storage-emulator", command, directory) as process:
        wait_until(lambda: answers(port, "/"), process)
        yield GcsEmulator(f"http://{LOOPBACK}:{port}")
