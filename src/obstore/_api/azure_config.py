"""The shapes of the settings of an `AzureStore`, for type checkers and readers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Literal, TypeAlias, TypedDict

AzureCredentialType: TypeAlias = Literal[
    "auto",
    "access_key",
    "azure_cli",
    "bearer_token",
    "client_certificate",
    "client_secret",
    "fabric",
    "managed_identity",
    "sas_token",
    "workload_identity",
]


class AzureConfig(TypedDict, total=False):
    """Settings of an `AzureStore`.

    Each is also read from the environment, as `AZURE_STORAGE_` or `AZURE_` and its name. With
    `credential_type` `"auto"` the first of these that is complete counts, what is passed before what the
    environment has: Fabric, `token`, `account_key`, workload identity, client secret, client
    certificate, `sas_key`, `use_azure_cli`; if none is, the machine's identity is asked for, then the Azure CLI and the
    Azure Developer CLI.

    >>> config: AzureConfig = {"account_name": "account", "skip_signature": True}
    >>> AzureStore("container", config=config)
    AzureStore(container_name="container", account_name="account")
    """

    account_key: str
    """The key of the account, in base64."""

    account_name: str

    authority_host: str
    """Where applications get tokens: `https://login.microsoftonline.com` but for sovereign clouds."""

    client_certificate_password: str

    client_certificate_path: str
    """A PEM or PKCS 12 file with the certificate of the application `client_id` and its key."""

    client_id: str
    """The application, or the managed identity."""

    client_secret: str

    connection_string: str
    """Account, key and endpoint in one, as the portal shows it."""

    container_name: str

    credential_type: AzureCredentialType

    disable_tagging: bool
    """Whether to leave tags out of requests, for services that refuse them."""

    encryption_key: str
    """A key of the customer's own (CPK) to encrypt content with: 32 bytes in base64."""

    endpoint: str
    """The URL of the service, where it does not follow from the account."""

    fabric_cluster_identifier: str
    fabric_session_token: str
    fabric_token_service_url: str
    fabric_workload_host: str

    federated_token_file: str
    """The file in which a cluster keeps the token that proves the identity of a workload."""

    msi_endpoint: str
    """Where managed identities are handed out. `IDENTITY_ENDPOINT` says it too."""

    msi_resource_id: str
    """The managed identity, by its resource id."""

    object_id: str
    """The managed identity, by its object id."""

    sas_key: str
    """A shared access signature, with or without its question mark."""

    skip_signature: bool
    """Whether to send no credentials, which is all that a public container needs."""

    tenant_id: str

    token: str
    """An access token, which is not renewed."""

    use_azure_cli: bool

    use_emulator: bool
    """Whether the account is that of an emulator on this machine. `AZURITE_BLOB_STORAGE_URL` says where."""

    use_fabric_endpoint: bool


class AzureAccessKey(TypedDict):
    """The account's key, from a credential provider.

    >>> def provide() -> AzureAccessKey:
    ...     return {"access_key": "a2V5", "expires_at": None}
    >>> AzureStore("container", account_name="account", credential_provider=provide)
    AzureStore(container_name="container", account_name="account")
    """

    access_key: str
    expires_at: datetime | None


class AzureSASToken(TypedDict):
    """A shared access signature, from a credential provider: as text, or as its parameters, decoded.

    >>> def provide() -> AzureSASToken:
    ...     return {"sas_token": "sv=2023-11-03&sig=made-up", "expires_at": None}
    >>> AzureStore("container", account_name="account", credential_provider=provide)
    AzureStore(container_name="container", account_name="account")
    """

    sas_token: str | list[tuple[str, str]]
    expires_at: datetime | None


class AzureBearerToken(TypedDict):
    """An access token, from a credential provider.

    >>> def provide() -> AzureBearerToken:
    ...     return {"token": "a token", "expires_at": None}
    >>> AzureStore("container", account_name="account", credential_provider=provide)
    AzureStore(container_name="container", account_name="account")
    """

    token: str
    expires_at: datetime | None


AzureCredential: TypeAlias = AzureAccessKey | AzureSASToken | AzureBearerToken
"""What a credential provider returns for Azure. `expires_at` has a time zone; None is never."""

AzureCredentialProvider: TypeAlias = "Callable[[], AzureCredential | Awaitable[AzureCredential]]"
"""What `credential_provider=` takes: called when credentials are needed, and again before they expire."""
