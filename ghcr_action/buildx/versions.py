"""Which buildx knows what.

Source: https://github.com/docker/build-push-action, ``src/context.ts``; ``rawjson``: release notes
of buildx 0.13.0.
"""

Version = tuple[int, int, int]

UNKNOWN: Version = (0, 0, 0)
"""A development build, which counts as newer than all."""
METADATA_FILE: Version = (0, 6, 0)
BUILD_CONTEXTS: Version = (0, 8, 0)
ATTESTATIONS: Version = (0, 10, 0)
ANNOTATIONS: Version = (0, 12, 0)
RAW_PROGRESS: Version = (0, 13, 0)
BUILDKITD_CONFIG: Version = (0, 14, 0)
CALL: Version = (0, 15, 0)
BAKE_ALLOW: Version = (0, 19, 0)
GIT_QUERY: Version = (0, 29, 0)


def knows(buildx: Version, since: Version) -> bool:
    """Whether this buildx has what came with ``since``."""
    return buildx == UNKNOWN or buildx >= since


def progress(buildx: Version) -> str:
    """The option that makes buildx tell its progress as we read it: as JSON, or as the text for
    people where it knows no other."""
    return f"--progress={'rawjson' if knows(buildx, RAW_PROGRESS) else 'plain'}"


def text(version: Version) -> str:
    """``0.29.1``."""
    return ".".join(map(str, version))
