"""Where Azure's credentials come from: the caller, a provider, the environment, or the place we run in.

What is given is tried in a fixed order, and everything the caller passed before anything the environment has:
a key in somebody's shell does not take the place of the SAS in the call. Where nothing is
given the machine's identity is asked for, then that of the Azure CLI, then the Azure Developer CLI's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from obstore._azure.connection_string import with_connection_string
from obstore._azure.credential import BearerToken, Credential, parse_access_key, parse_sas
from obstore._azure.provider import ask_provider
from obstore._core.errors import GenericError
from obstore._transfer.config import Setting, is_from_environment, switch_of, text_of
from obstore._transfer.credentials import CredentialCache

if TYPE_CHECKING:
    from obstore._azure.discovery import Identity
    from obstore._azure.entra import Application

# Microsoft's own, in the documentation of every emulator: no secret.
EMULATOR_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

Settings = Mapping[str, Setting]


class CredentialSource(Protocol):
    """What the store asks for credentials."""

    @property
    def description(self) -> str:
        """The source, for `explain`."""

    def peek(self) -> Credential | None: ...
    async def get(self) -> Credential: ...


class StaticCredential:
    """A credential that does not change."""

    def __init__(self, credential: Credential, description: str) -> None:
        self._credential = credential
        self.description = description

    def __repr__(self) -> str:
        return f"<StaticCredential {self._credential!r}>"

    def peek(self) -> Credential:
        """Return it."""
        return self._credential

    async def get(self) -> Credential:
        """Return it."""
        return self._credential


def choose_source(given: Settings, provider: Callable[[], Any] | None) -> CredentialSource:
    """Decide where the credentials come from. Nothing is asked yet.

    Raises:
        GenericError: A setting cannot be read, or what `credential_type` names is not complete.
    """
    settings = with_connection_string(given)
    if provider is not None:
        return ask_provider(provider)
    kind = (text_of(settings, "credential_type") or "auto").strip().lower()
    if kind != "auto" and kind not in _KINDS:
        raise _error(
            f"Unknown credential type: {kind!r}. Supported values: {', '.join(['auto', *_KINDS])}",
            f"it comes from {settings['credential_type'].source}",
        )
    is_emulator = switch_of(settings, "use_emulator")
    source = _choose(settings, is_emulator) if kind == "auto" else _KINDS[kind](settings)
    if source is None and kind != "auto":
        raise _error(
            f"Credential type '{kind}' was requested but required configuration is missing",
            f"it needs {', '.join(_NEEDED[kind])}",
        )
    if source is None and is_emulator:
        return StaticCredential(parse_access_key(EMULATOR_KEY, "us"), "the emulator's well-known key")
    return source or _discover(settings)


def _choose(settings: Settings, is_emulator: bool) -> CredentialSource | None:
    passed = {name: setting for name, setting in settings.items() if not is_from_environment(setting)}
    order = _EMULATOR_ORDER if is_emulator else _AUTO_ORDER
    for among in (passed, settings):
        for read in order:
            if (source := read(among)) is not None:
                return source
    return None


def _access_key(settings: Settings) -> CredentialSource | None:
    if (text := text_of(settings, "account_key")) is None:
        return None
    source = settings["account_key"].source
    return StaticCredential(parse_access_key(text, source), f"account key, from {source}")


def _sas_token(settings: Settings) -> CredentialSource | None:
    if (text := text_of(settings, "sas_key")) is None:
        return None
    source = settings["sas_key"].source
    return StaticCredential(parse_sas(text, source), f"SAS, from {source}")


def _bearer_token(settings: Settings) -> CredentialSource | None:
    if (text := text_of(settings, "token")) is None:
        return None
    source = settings["token"].source
    if any(character.isspace() or not character.isprintable() for character in text.strip()):
        raise _error(f"the token, from {source}, has characters that no token has", "pass the token alone")
    return StaticCredential(BearerToken(text.strip()), f"bearer token, from {source}")


def _fabric(settings: Settings) -> CredentialSource | None:
    names = ("token_service_url", "workload_host", "session_token", "cluster_identifier")
    texts = [text_of(settings, f"fabric_{name}") for name in names]
    if None in texts:
        return None
    from obstore._azure.fabric import FabricIdentity, FabricService

    service = FabricService(*[text or "" for text in texts])
    return _cache(FabricIdentity(service, text_of(settings, "token")))


def _application(settings: Settings) -> Application | None:
    client_id, tenant_id = text_of(settings, "client_id"), text_of(settings, "tenant_id")
    if client_id is None or tenant_id is None:
        return None
    from obstore._azure.entra import Application

    return Application(client_id, tenant_id, text_of(settings, "authority_host"))


def _workload_identity(settings: Settings) -> CredentialSource | None:
    application, file = _application(settings), text_of(settings, "federated_token_file")
    if application is None or file is None:
        return None
    from obstore._azure.entra import WorkloadIdentity

    return _cache(WorkloadIdentity(application, file))


def _client_secret(settings: Settings) -> CredentialSource | None:
    application, secret = _application(settings), text_of(settings, "client_secret")
    if application is None or secret is None:
        return None
    from obstore._azure.entra import ClientSecret

    return _cache(ClientSecret(application, secret))


def _client_certificate(settings: Settings) -> CredentialSource | None:
    application, path = _application(settings), text_of(settings, "client_certificate_path")
    if application is None or path is None:
        return None
    from obstore._azure.certificate import ClientCertificate

    return _cache(ClientCertificate(application, path, text_of(settings, "client_certificate_password")))


def _azure_cli(settings: Settings) -> CredentialSource:
    from obstore._azure.cli import azure_cli

    return _cache(azure_cli())


def _azure_cli_if_wanted(settings: Settings) -> CredentialSource | None:
    return _azure_cli(settings) if switch_of(settings, "use_azure_cli") else None


def _managed_identity(settings: Settings) -> CredentialSource:
    return _cache(_machine_identity(settings))


def _machine_identity(settings: Settings) -> Identity:
    from obstore._azure.managed_identity import ManagedIdentity

    names = ("msi_endpoint", "msi_resource_id", "object_id", "client_id")
    return ManagedIdentity(*[text_of(settings, name) for name in names])


_KINDS: dict[str, Callable[[Settings], CredentialSource | None]] = {
    "bearer_token": _bearer_token,
    "access_key": _access_key,
    "client_secret": _client_secret,
    "client_certificate": _client_certificate,
    "workload_identity": _workload_identity,
    "sas_token": _sas_token,
    "azure_cli": _azure_cli,
    "managed_identity": _managed_identity,
    "fabric": _fabric,
}

_AUTO_ORDER = (
    _fabric,
    _bearer_token,
    _access_key,
    _workload_identity,
    _client_secret,
    _client_certificate,
    _sas_token,
    _azure_cli_if_wanted,
)
_EMULATOR_ORDER = (_access_key, _bearer_token, _sas_token)

# The setting that tells which kind is meant, then the others that it takes.
_NEEDED = {
    "bearer_token": ("token",),
    "access_key": ("account_key",),
    "client_secret": ("client_secret", "client_id", "tenant_id"),
    "client_certificate": ("client_certificate_path", "client_id", "tenant_id"),
    "workload_identity": ("federated_token_file", "client_id", "tenant_id"),
    "sas_token": ("sas_key",),
    "fabric": (
        "fabric_token_service_url",
        "fabric_workload_host",
        "fabric_session_token",
        "fabric_cluster_identifier",
    ),
}


def _cache(identity: Identity) -> CredentialCache[Credential]:
    return CredentialCache(identity.fetch, description=identity.name)


def _discover(settings: Settings) -> CredentialSource:
    from obstore._azure.cli import azure_cli, azure_developer_cli
    from obstore._azure.discovery import Discovery

    # The order of Microsoft's own DefaultAzureCredential, after what the environment has.
    identities = [_machine_identity(settings), azure_cli(), azure_developer_cli()]
    return _cache(Discovery(identities, _notes(settings)))


def _notes(settings: Settings) -> list[str]:
    """Say which kinds of credentials are there in part, and what they lack."""
    notes = []
    for kind, (telling, *others) in _NEEDED.items():
        missing = [name for name in others if text_of(settings, name) is None]
        if text_of(settings, telling) is not None and missing:
            notes.append(f"{kind}: {telling} is given, from {settings[telling].source}, but not {', '.join(missing)}")
    return notes


def _error(message: str, hint: str | None) -> GenericError:
    return GenericError(f"Generic MicrosoftAzure error: {message}", store="MicrosoftAzure", hint=hint)
