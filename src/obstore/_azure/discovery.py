"""Identities: what tokens can be asked of, and finding one that has any."""

from __future__ import annotations

from typing import Protocol

from obstore._azure.credential import BearerToken
from obstore._core.errors import BaseError, UnauthenticatedError


class Identity(Protocol):
    """Something that tokens can be asked of."""

    @property
    def name(self) -> str:
        """What it is called in errors."""

    async def fetch(self) -> BearerToken:
        """Ask for a token.

        Raises:
            UnauthenticatedError: There is none, and why.
        """


class Discovery:
    """The identities of the place we run in, tried one after the other until one has a token.

    `notes` say what settings looked like credentials, and were not.
    """

    name = "managed identity, or a command line that is logged in"

    def __init__(self, identities: list[Identity], notes: list[str]) -> None:
        self._identities = identities
        self._notes = notes
        self._found: Identity | None = None

    def __repr__(self) -> str:
        return f"<Discovery {self._identities}>"

    async def fetch(self) -> BearerToken:
        """Ask the one that had a token before, else each.

        Raises:
            UnauthenticatedError: None has one; it says why of each.
        """
        if self._found is not None:
            return await self._found.fetch()
        failures = []
        for identity in self._identities:
            try:
                token = await identity.fetch()
            except BaseError as error:
                failures.append(error)
                continue
            self._found = identity
            return token
        raise self._refusal(failures)

    def _refusal(self, failures: list[BaseError]) -> UnauthenticatedError:
        tried = [f"{each.name}: {error.args[0]}" for each, error in zip(self._identities, failures, strict=True)]
        refusal = UnauthenticatedError(
            "no credentials for Azure: none are complete in the arguments or the environment"
            " (AZURE_STORAGE_ACCOUNT_KEY, AZURE_STORAGE_SAS_TOKEN, AZURE_STORAGE_CONNECTION_STRING,"
            f" AZURE_CLIENT_ID, ...), and none could be found. {'; '.join([*self._notes, *tried])}",
            store="MicrosoftAzure",
            hint="for a container that is open to all pass skip_signature=True",
        )
        refusal.__cause__ = failures[-1] if failures else None
        return refusal
