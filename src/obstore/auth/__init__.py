"""Credential providers for services and SDKs that have a way of their own.

Each module is for one of them, and imports its SDK, if it has one, when it is imported:
`boto3`, `google` and `azure` ask the SDK of that name; `earthdata` and
`planetary_computer` need nothing but this library. A provider is passed to a store as
`credential_provider`, is asked when a credential is missing or about to expire, and can
be pickled with the store.
"""
