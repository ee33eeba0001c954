"""The configuration files of a one-node Swift, as tables."""

import os
from collections.abc import Mapping
from configparser import ConfigParser
from pathlib import Path

from tests.servers.process import LOOPBACK

STORAGE = ("account", "container", "object")
KEY = ("test:tester", "testing")
REGION = "us-east-1"

Settings = Mapping[str, Mapping[str, object]]

_SWIFT: Settings = {
    "swift-hash": {"swift_hash_path_suffix": "suffix", "swift_hash_path_prefix": "prefix"},
    "storage-policy:0": {"name": "Policy-0", "default": "yes"},
    "swift-constraints": {"max_header_size": 16384},
}

# In the order of the pipeline. The S3 middleware turns a request into those of Swift's own
# protocol, so the filters that implement large objects, copies and versions follow it.
_FILTERS: Settings = {
    "catch_errors": {},
    "gatekeeper": {},
    "healthcheck": {},
    "cache": {"use": "egg:swift#memcache"},
    "listing_formats": {},
    "bulk": {},
    "s3api": {
        "location": REGION,
        "s3_acl": "false",
        "dns_compliant_bucket_names": "true",
        "check_bucket_owner": "false",
        "allow_no_owner": "true",
        "storage_domain": "localhost",
        # The limits and the clock skew of AWS.
        "min_segment_size": 5 * 1024 * 1024,
        "max_multi_delete_objects": 1000,
        "max_upload_part_num": 10000,
        "allowable_clock_skew": 900,
    },
    "tempauth": {f"user_{KEY[0].replace(':', '_')}": f"{KEY[1]} .admin"},
    "copy": {},
    "slo": {},
    "dlo": {},
    "versioned_writes": {"allow_versioned_writes": "true", "allow_object_versioning": "true"},
    "symlink": {},
}


def write_settings(directory: Path, storage_ports: Mapping[str, int], proxy_port: int, memcached_port: int) -> None:
    """Write the files of all servers and make the one device, a directory."""
    (directory / "devices" / "d1").mkdir(parents=True, exist_ok=True)
    _write(directory / "swift.conf", _SWIFT)
    _write(directory / "proxy-server.conf", _proxy(directory, proxy_port, memcached_port))
    for name, port in storage_ports.items():
        _write(directory / f"{name}-server.conf", _storage(directory, name, port))


def _proxy(directory: Path, port: int, memcached_port: int) -> Settings:
    app = {"use": "egg:swift#proxy", "allow_account_management": "true", "account_autocreate": "true"}
    filters = {f"filter:{name}": {"use": f"egg:swift#{name}", **settings} for name, settings in _FILTERS.items()}
    filters["filter:cache"]["memcache_servers"] = f"{LOOPBACK}:{memcached_port}"
    return {
        "DEFAULT": _common(directory, port),
        "pipeline:main": {"pipeline": " ".join([*_FILTERS, "proxy-server"])},
        "app:proxy-server": app,
        **filters,
    }


def _storage(directory: Path, name: str, port: int) -> Settings:
    return {
        "DEFAULT": _common(directory, port),
        "pipeline:main": {"pipeline": f"healthcheck {name}-server"},
        f"app:{name}-server": {"use": f"egg:swift#{name}"},
        "filter:healthcheck": {"use": "egg:swift#healthcheck"},
    }


def _common(directory: Path, port: int) -> dict[str, object]:
    import pwd  # not everywhere, while this module is imported everywhere

    return {
        "bind_ip": LOOPBACK,
        "bind_port": port,
        # Swift tries that long to get a port; the tests would rather have another one.
        "bind_timeout": 1,
        "workers": 0,
        "user": pwd.getpwuid(os.getuid()).pw_name,
        "swift_dir": directory,
        "devices": directory / "devices",
        "mount_check": "false",
        "disable_fallocate": "true",
        "log_level": "WARNING",
        "log_address": os.devnull,
    }


def _write(path: Path, settings: Settings) -> None:
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_dict({section: {k: str(v) for k, v in table.items()} for section, table in settings.items()})
    with path.open("w") as file:
        parser.write(file)
