"""What the machine allows: the same requests from `wrk`, or from a bare `recv_into` loop."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from benchmarks.content import MIB

if TYPE_CHECKING:
    from benchmarks.rows import Limit, Row
    from benchmarks.site import Site

REQUEST = b"GET /bkt/m64 HTTP/1.1\r\nHost: localhost\r\n\r\n"


def find_limit(row: Row, site: Site, seconds: float) -> float | None:
    """Return the limit in the row's unit, or None where there is none or no tool for it."""
    if row.limit is None:
        return None
    if row.limit.tool == "recv_into":
        return bare_loop(row.limit, site, seconds)
    return wrk(row.limit, site, seconds)


def wrk(limit: Limit, site: Site, seconds: float) -> float | None:
    tool = shutil.which("wrk")
    if tool is None:
        return None
    # It takes whole seconds only.
    arguments = ["-t1", f"-c{limit.connections}", f"-d{max(1, round(seconds))}s"]
    url = f"{site.origin(limit.scheme)}/bkt/k1"
    reply = subprocess.run([tool, *arguments, url], capture_output=True, text=True, check=True)
    found = re.search(r"Requests/sec:\s*([\d.]+)", reply.stdout)
    return float(found[1]) if found else None


def bare_loop(limit: Limit, site: Site, seconds: float) -> float:
    buf = bytearray(65 * MIB)
    with connect(limit, site) as sock:
        fetch(sock, buf)
        start, count = time.perf_counter(), 0
        while time.perf_counter() - start < seconds:
            fetch(sock, buf)
            count += 1
        return count * 64 * MIB / (time.perf_counter() - start)


def connect(limit: Limit, site: Site) -> socket.socket:
    url = urlsplit(site.origin(limit.scheme))
    sock = socket.create_connection((url.hostname, url.port))
    if limit.scheme == "plain":
        return sock
    return ssl.create_default_context(cafile=site.ca).wrap_socket(sock, server_hostname=url.hostname)


def fetch(sock: socket.socket, buf: bytearray) -> None:
    """Read one reply, head and body, into the same memory each time."""
    sock.sendall(REQUEST)
    view = memoryview(buf)
    filled = sock.recv_into(view)
    while b"\r\n\r\n" not in buf[: min(filled, 4096)]:
        filled += sock.recv_into(view[filled:])
    end = buf.index(b"\r\n\r\n") + 4 + 64 * MIB
    while filled < end:
        filled += sock.recv_into(view[filled:end])
