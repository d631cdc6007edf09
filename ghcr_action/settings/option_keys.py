"""The keys of ``outputs``, ``cache-from`` and ``cache-to``: BuildKit passes over one that it does
not know, so that a slip publishes another image, or keeps no cache, without a word.

Keys: https://docs.docker.com/build/exporters/, https://docs.docker.com/build/cache/backends/,
https://github.com/moby/buildkit#output.
"""

import re
from collections.abc import Iterable

from ghcr_action.buildx import options
from ghcr_action.errors import SettingsError
from ghcr_action.settings import typos

_COMPRESSED = (
    "compression",
    "compression-level",
    "force-compression",
    "oci-mediatypes",
)
_OUTPUTS = (
    *_COMPRESSED,
    "attestation-prefix",
    "context",
    "dangling-name-prefix",
    "dest",
    "name",
    "name-canonical",
    "oci-artifact",
    "platform-split",
    "prefer-nondist-layers",
    "push",
    "push-by-digest",
    "registry.insecure",
    "rewrite-timestamp",
    "store",
    "tar",
    "type",
    "unpack",
)
_CACHES = (
    *_COMPRESSED,
    "access_key_id",
    "account_url",
    "blobs_prefix",
    "bucket",
    "dest",
    "digest",
    "endpoint_url",
    "ghtoken",
    "ignore-error",
    "image-manifest",
    "manifests_prefix",
    "mode",
    "name",
    "prefix",
    "ref",
    "region",
    "registry.insecure",
    "repository",
    "scope",
    "secret_access_key",
    "session_token",
    "src",
    "tag",
    "timeout",
    "token",
    "touch_refresh",
    "type",
    "upload_parallelism",
    "url",
    "url_v2",
    "use_path_style",
)
KNOWN = {"outputs": _OUTPUTS, "cache-from": _CACHES, "cache-to": _CACHES}
_FREE = r"annotation\b.*|"
"""Keys that anybody may make up, and none at all."""


def check(source: str, items: Iterable[str]) -> None:
    """Raise SettingsError for a key of the input ``source`` that is nearly one of BuildKit's; one
    that is near to none may be newer than we are."""
    known = KNOWN[source]
    for item in items:
        for key, value in options.read(item, source=source):
            if key in known or re.fullmatch(_FREE, key):
                continue
            if meant := typos.near(key.lower(), known):
                raise SettingsError(
                    f"`{source}`: there is no option {key}",
                    why="BuildKit passes over an option that it does not know",
                    fix=f"{meant}={value}",
                )
