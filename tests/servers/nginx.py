"""nginx with its two DAV modules: a weak WebDAV server, and a good one for reading."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.servers.process import LOOPBACK, answers, on_free_ports, running, wait_until
from tests.servers.web import WebServer, install, system_program

_MODULE = Path("/usr/lib/nginx/modules/ngx_http_dav_ext_module.so")
_PACKAGES = ("nginx", "libnginx-mod-http-dav-ext")

_CONFIG = """\
load_module {module};
daemon off;
master_process off;
pid {directory}/nginx.pid;
error_log {directory}/nginx-error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    client_max_body_size 0;
    dav_ext_lock_zone zone=locks:1m;
    server {{
        listen {host}:{port};
        location /dav/ {{
            alias {directory}/data/;
            dav_methods PUT DELETE MKCOL COPY MOVE;
            dav_ext_methods PROPFIND OPTIONS;
            create_full_put_path on;
        }}
        location /index/ {{
            alias {directory}/data/;
            autoindex on;
        }}
    }}
}}
"""


@contextmanager
def nginx(directory: Path) -> Iterator[WebServer]:
    """Run nginx over an empty directory."""
    program = system_program("nginx", *_PACKAGES)
    if not _MODULE.is_file():
        install(*_PACKAGES)
    with on_free_ports(1, partial(_serve, program, directory)) as server:
        yield server


@contextmanager
def _serve(program: Path, directory: Path, ports: list[int]) -> Iterator[WebServer]:
    [port] = ports
    data = directory / "data"
    data.mkdir(exist_ok=True)
    config = directory / "nginx.conf"
    config.write_text(_CONFIG.format(module=_MODULE, directory=directory, host=LOOPBACK, port=port))
    command: list[str | Path] = [program, "-p", directory, "-e", "stderr", "-c", config]
    with running("nginx", command, directory) as process:
        wait_until(lambda: answers(port, "/"), process)
        base = f"http://{LOOPBACK}:{port}"
        yield WebServer("nginx", f"{base}/dav", f"{base}/index", data)
