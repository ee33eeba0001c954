"""Where S3's credentials come from. One file per source; `chain` decides between them.

The files that a store may not need are imported by those that do.
"""

from obstore._s3.credentials.chain import CredentialSource, choose_source, find_profiles

__all__ = ["CredentialSource", "choose_source", "find_profiles"]
