"""Credentials files as Google's tools write them, with the fake's addresses in them."""

from typing import Any

from tests.servers.google_identity import AUDIENCE, USER

Fields = dict[str, Any]


def authorized_user(url: str, **more: object) -> Fields:
    """What `gcloud auth application-default login` writes."""
    return {"type": "authorized_user", "token_uri": f"{url}/oauth2/token", **USER, **more}


def impersonated(url: str, email: str, source: Fields, **more: object) -> Fields:
    """What the same with `--impersonate-service-account` writes."""
    return {
        "type": "impersonated_service_account",
        "service_account_impersonation_url": impersonation_url(url, email),
        "source_credentials": source,
        **more,
    }


def impersonation_url(url: str, email: str) -> str:
    return f"{url}/v1/projects/-/serviceAccounts/{email}:generateAccessToken"


def external(url: str, source: Fields, **more: object) -> Fields:
    """What `gcloud iam workload-identity-pools create-cred-config` writes."""
    return {
        "type": "external_account",
        "audience": AUDIENCE,
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{url}/v1/token",
        "credential_source": source,
        **more,
    }


def aws(url: str) -> Fields:
    """The credential source of an instance of EC2."""
    metadata = f"{url}/latest/meta-data"
    return {
        "environment_id": "aws1",
        "region_url": f"{metadata}/placement/availability-zone",
        "url": f"{metadata}/iam/security-credentials",
        "imdsv2_session_token_url": f"{url}/latest/api/token",
        "regional_cred_verification_url": (
            "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"
        ),
    }
