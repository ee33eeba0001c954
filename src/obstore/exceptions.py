"""Exceptions raised by obstore. All derive from `BaseError`, and from the builtin that fits, if one does."""

from obstore._core.errors import (
    AlreadyExistsError,
    BaseError,
    GenericError,
    InvalidPathError,
    JoinError,
    NotFoundError,
    NotImplementedError,
    NotModifiedError,
    NotSupportedError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
    UnknownConfigurationKeyError,
)

__all__ = [
    "AlreadyExistsError",
    "BaseError",
    "GenericError",
    "InvalidPathError",
    "JoinError",
    "NotFoundError",
    "NotImplementedError",
    "NotModifiedError",
    "NotSupportedError",
    "PermissionDeniedError",
    "PreconditionError",
    "UnauthenticatedError",
    "UnknownConfigurationKeyError",
]
