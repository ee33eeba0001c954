"""Apache with mod_dav: the WebDAV server that most others were tested against."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.servers.process import LOOPBACK, ServerUnavailableError, answers, on_free_ports, running, wait_until
from tests.servers.web import WebServer, system_program

_MODULES = Path("/usr/lib/apache2/modules")
_NEEDED = ("mpm_event", "authz_core", "mime", "dir", "autoindex", "alias", "dav", "dav_fs")
_WORKER = "www-data"

_CONFIG = """\
ServerRoot {data}
ServerName localhost
Listen {host}:{port}
PidFile {data}/httpd.pid
ErrorLog {log}
{modules}
TypesConfig /dev/null
{user}
DavLockDB {data}/locks
DocumentRoot {data}/files
Alias /index {data}/files
Alias /dav {data}/files
<Location /dav>
    Dav On
    DavDepthInfinity {infinity}
    Options -Indexes
    DirectoryIndex disabled
</Location>
<Location /index>
    Options +Indexes
</Location>
"""


@contextmanager
def apache(directory: Path, *, deep: bool = True) -> Iterator[WebServer]:
    """Run Apache over an empty directory. `deep` allows `Depth: infinity`, which it does not by default."""
    program = system_program("apache2", "apache2")
    if not (_MODULES / "mod_dav_fs.so").is_file():
        raise ServerUnavailableError(f"Apache has no modules in {_MODULES}")
    with _data() as data, on_free_ports(1, partial(_serve, program, directory, data, deep)) as server:
        yield server


@contextmanager
def _data() -> Iterator[Path]:
    # Not below pytest's directory, which other users may not enter: as root, the workers are another user.
    with tempfile.TemporaryDirectory(prefix="obstore-apache-") as name:
        data = Path(name)
        data.chmod(0o755)
        (data / "files").mkdir()
        if os.geteuid() == 0:
            shutil.chown(data, _WORKER, _WORKER)
            shutil.chown(data / "files", _WORKER, _WORKER)
        yield data


@contextmanager
def _serve(program: Path, directory: Path, data: Path, deep: bool, ports: list[int]) -> Iterator[WebServer]:
    [port] = ports
    config = directory / "apache.conf"
    config.write_text(
        _CONFIG.format(
            data=data,
            host=LOOPBACK,
            port=port,
            log=directory / "apache-error.log",
            modules="\n".join(f"LoadModule {name}_module {_MODULES}/mod_{name}.so" for name in _NEEDED),
            user=f"User {_WORKER}\nGroup {_WORKER}" if os.geteuid() == 0 else "",
            infinity="On" if deep else "Off",
        )
    )
    with running("apache", [program, "-f", config, "-DFOREGROUND"], directory) as process:
        wait_until(lambda: answers(port, "/"), process)
        base = f"http://{LOOPBACK}:{port}"
        yield WebServer("apache" if deep else "apache_flat", f"{base}/dav", f"{base}/index", data / "files")
