"""The table of inputs: one row each, from which settings, ``action.yml``, the command line and the reference page come."""

from dataclasses import dataclass
from enum import Enum, StrEnum


class Group(StrEnum):
    """The headings of ``--help`` and of the reference page."""

    ALL = "all modes"
    ACCESS = "access"
    NAMES = "names"
    BUILD = "build"
    PUSH = "push"
    AFTER = "after the push"


class Kind(Enum):
    """How a text is read; ``lists`` has the rules."""

    TEXT = "text"
    BOOLEAN = "true or false"
    LIST = "lines"
    """One item for each line; a comma belongs to its item."""
    CSV = "lines or commas"
    SECRET = "text, masked"


@dataclass(frozen=True, kw_only=True)
class Input:
    """One input: its name, what it is for, and its default as ``action.yml`` writes it."""

    name: str
    group: Group
    kind: Kind
    summary: str
    default: str = ""


@dataclass(frozen=True, kw_only=True)
class Output:
    """One output of the step."""

    name: str
    summary: str


def _inputs(group: Group, *rows: tuple[str, Kind, str, str]) -> tuple[Input, ...]:
    return tuple(Input(name=name, group=group, kind=kind, default=default, summary=summary) for name, kind, default, summary in rows)


TEXT, BOOLEAN, LIST, CSV, SECRET = Kind.TEXT, Kind.BOOLEAN, Kind.LIST, Kind.CSV, Kind.SECRET

INPUTS: tuple[Input, ...] = (
    *_inputs(
        Group.ALL,
        ("mode", TEXT, "publish", "What to do: `publish` or `metadata`"),
        ("dry-run", BOOLEAN, "false", "Print the plan, touch nothing"),
        ("summary", BOOLEAN, "true", "Write the job summary"),
    ),
    *_inputs(
        Group.ACCESS,
        (
            "github-token",
            SECRET,
            "${{ github.token }}",
            "Token for GitHub's API, for a Git context, and for the registry unless `password` is given",
        ),
        ("registry", TEXT, "", "Registry to log in to; default: the one of the GitHub server (`ghcr.io`)"),
        ("username", TEXT, "", "User name for the registry; default: the actor"),
        (
            "password",
            SECRET,
            "",
            "Password or classic personal access token for the registry; default: `github-token` on GitHub's registry",
        ),
        ("registry-auth", SECRET, "", "Logins for further registries: a YAML list of `registry`, `username`, `password`"),
        (
            "logout",
            BOOLEAN,
            "true",
            "Forget the logins after the run; `false` writes them to the home's Docker configuration for later container actions",
        ),
    ),
    *_inputs(
        Group.NAMES,
        ("images", LIST, "", "Repositories to publish to; default: `REGISTRY/OWNER/REPO`"),
        ("tags", LIST, "", "Tag rules (`type=…`), bare tags or full references; default: branch, tag, pull request, schedule"),
        ("labels", LIST, "", "Labels to add or to override, `key=value`"),
        ("annotations", LIST, "", "Annotations to add or to override, `[level:]key=value`"),
    ),
    *_inputs(
        Group.BUILD,
        (
            "context",
            TEXT,
            "",
            "Build context: a path or a Git URL; default: the work tree if one is checked out, else the commit on GitHub",
        ),
        ("file", TEXT, "", "The Dockerfile; default: `{context}/Dockerfile`"),
        ("platforms", CSV, "", "Platforms to build for; default: the engine's own"),
        ("build-args", LIST, "", "Build arguments, `KEY=value`"),
        ("target", TEXT, "", "Stage to build"),
        ("secrets", LIST, "", "Secrets for the build, `id=value`; never written to a layer"),
        ("provenance", TEXT, "", "In-index provenance: true, false or attributes; default: false on GitHub's registry"),
        ("sbom", TEXT, "", "In-index SBOM: true, false or attributes"),
        ("outputs", LIST, "", "Further outputs of the build, as buildx writes them"),
        ("no-cache", BOOLEAN, "false", "Build every step anew"),
        ("pull", BOOLEAN, "false", "Look for newer base images"),
    ),
    *_inputs(
        Group.PUSH,
        ("push", TEXT, "", "Push the image; default: true, except where the token cannot write"),
        ("load", BOOLEAN, "false", "Load the image into the engine as well"),
    ),
    *_inputs(
        Group.AFTER,
        ("verify", BOOLEAN, "true", "Ask the registry whether every tag and every platform answers with the digest that was built"),
    ),
)

OUTPUTS: tuple[Output, ...] = tuple(
    Output(name=name, summary=summary)
    for name, summary in (
        ("digest", "Digest of the published image or index, confirmed by the registry"),
        ("digests", "JSON object: platform → digest"),
        ("image", "`name@digest` of the first repository"),
        ("images", "`name@digest`, one line for each repository"),
        ("imageid", "Image ID of a single-platform build"),
        ("version", "The first, most important tag"),
        ("tags", "Every published reference, one a line"),
        ("labels", "Labels of the image, one a line"),
        ("annotations", "Annotations of the image, one a line"),
        ("metadata", "What the engine says of the build, as JSON, without provenance"),
        ("metadata-file", "Path of the whole metadata file"),
        ("pushed", "`true` if the image was pushed"),
        ("reason", "Why nothing was pushed"),
        ("size", "Compressed size of all platforms together, in bytes, shared layers once"),
        ("plan", "The plan, as JSON"),
    )
)
