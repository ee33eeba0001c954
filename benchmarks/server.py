"""nginx on loopback, dressed up as a bucket of S3, and as a container or directory of the others.

It stores what is PUT below `/bkt/put/` (each part of a multipart upload in a file of its own), answers
the two POST requests of a multipart upload and the pages of a listing from canned XML, and ignores
signatures. Real enough for a client to do all of its work, cheap enough not to be what is measured.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import trustme

from benchmarks.content import GIB, fill
from benchmarks.site import Site

# add_header ETag: the compiled client refuses a PUT reply without one, and nginx sends none.
CONFIG = """\
{user}
daemon off;
worker_processes 1;
pid {home}/nginx.pid;
error_log {home}/error.log warn;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    sendfile on;
    tcp_nodelay on;
    keepalive_requests 100000000;
    keepalive_timeout 600s;
    client_max_body_size 0;
    client_body_buffer_size 1m;
    client_body_temp_path {home}/tmp-body;
    proxy_temp_path {home}/tmp-proxy;
    fastcgi_temp_path {home}/tmp-fastcgi;
    uwsgi_temp_path {home}/tmp-uwsgi;
    scgi_temp_path {home}/tmp-scgi;
    default_type application/octet-stream;
    map $args $page {{ default none; "~(^|&)continuation-token=t(?<number>\\d+)(&|$)" $number; }}
    map $arg_partNumber $part {{ default ""; "~^(?<digits>\\d+)$" ".part$digits"; }}
    map "$request_method $args" $multipart {{
        default "";
        "~^POST uploads" "<InitiateMultipartUploadResult><Bucket>bkt</Bucket><Key>k</Key>\
<UploadId>u1</UploadId></InitiateMultipartUploadResult>";
        "~^POST uploadId" "<CompleteMultipartUploadResult><Bucket>bkt</Bucket><Key>k</Key>\
<ETag>&quot;e1-2&quot;</ETag></CompleteMultipartUploadResult>";
    }}
    server {{
        listen 127.0.0.1:{plain};
        listen 127.0.0.1:{tls} ssl;
        ssl_certificate {home}/server.pem;
        ssl_certificate_key {home}/server.pem;
        ssl_session_cache shared:tls:10m;
        ssl_session_timeout 1h;
        root {home}/www;
        location ~ ^/(?<bucket>bkt|keys\\d+)/?$ {{
            default_type application/xml;
            try_files /pages/$page.xml /pages/first-$bucket.xml =404;
        }}
        location /bkt/put/ {{
            if ($multipart) {{ return 200 $multipart; }}
            rewrite ^ $uri$part break;
            dav_methods PUT;
            create_full_put_path on;
            add_header ETag '"e1"' always;
        }}
    }}
}}
"""


class ServerError(Exception):
    """nginx is missing, or would not start."""


def find_nginx() -> str:
    # Debian puts it where only root's PATH looks.
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        msg = "the benchmarks need nginx, which is not installed (Debian package: nginx)"
        raise ServerError(msg)
    return found


def nginx_version() -> str:
    reply = subprocess.run([find_nginx(), "-v"], capture_output=True, text=True, check=True)
    return reply.stderr.strip().rpartition("/")[2]


def work_folder() -> str | None:
    """Prefer memory: a disk that catches up with earlier writes is the loudest noise there is."""
    shm = Path("/dev/shm")
    roomy = shm.is_dir() and os.access(shm, os.W_OK) and shutil.disk_usage(shm).free > 6 * GIB
    return str(shm) if roomy else None


def free_ports(count: int) -> list[int]:
    """Ports that were free just now; all are held until the last is chosen, so they differ."""
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [sock.getsockname()[1] for sock in held]


def write_certificates(home: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(home / "ca.pem"))
    authority.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        str(home / "server.pem")
    )


def write_config(home: Path, plain: int, tls: int) -> Path:
    # Started by root, the worker would drop to a user who may not read the folder.
    user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    path = home / "nginx.conf"
    path.write_text(CONFIG.format(home=home, plain=plain, tls=tls, user=user))
    return path


def wait_until_open(process: subprocess.Popen[bytes], port: int, home: Path) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    log = home / "error.log"
    msg = f"nginx did not start: {log.read_text() if log.exists() else 'no log'}"
    raise ServerError(msg)


@contextlib.contextmanager
def running() -> Iterator[Site]:
    """Serve a fresh bucket until the block ends, then remove every trace of it."""
    nginx = find_nginx()
    with tempfile.TemporaryDirectory(prefix="obstore-bench-", dir=work_folder()) as folder:
        home = Path(folder)
        plain, tls = free_ports(2)
        write_certificates(home)
        fill(home / "www")
        process = subprocess.Popen([nginx, "-p", folder, "-e", "stderr", "-c", str(write_config(home, plain, tls))])
        try:
            wait_until_open(process, plain, home)
            yield Site(f"http://127.0.0.1:{plain}", f"https://localhost:{tls}", f"{home}/ca.pem", f"{home}/www")
        finally:
            process.terminate()
            process.wait()
