"""Whether a run that builds pushes what it has built."""

from ghcr_action.errors import SettingsError
from ghcr_action.settings.common import Common
from ghcr_action.values.host import DOCKER_HUB
from ghcr_action.values.reference import Reference

_DEPENDABOT = "dependabot[bot]"


def why_not(
    common: Common, push: bool | None, references: tuple[Reference, ...], cannot_push: str
) -> str:
    """Why nothing will be pushed; empty where something will. ``push`` is the input, None where it
    says nothing.

    Raises SettingsError where the job has no login for GitHub's registry or Docker Hub.
    """
    if push is False:
        return "the input says `push: false`"
    if push is None and references and is_local(references):
        name = references[0].repository.path.removeprefix("library/")
        return f"`{name}` names no registry, it is for the engine alone"
    if reason := _read_only(common, references):
        return reason
    if cannot_push and push is None:
        return cannot_push
    ours = common.event.registry
    if (
        any(reference.repository.registry == ours for reference in references)
        and ours not in common.credentials
    ):
        raise SettingsError(
            f"There is no token for {ours}",
            why="`github-token` and `password` are both empty",
            fix="with:\n  github-token: ${{ github.token }}",
        )
    _refuse_docker_hub(common, references)
    return ""


def _refuse_docker_hub(common: Common, references: tuple[Reference, ...]) -> None:
    """Raise SettingsError for a name of Docker Hub without a login there, which takes no push: a
    name without a registry is one of Docker Hub's, which who writes it may not mean."""
    hub = next((each for each in references if each.repository.registry == DOCKER_HUB), None)
    if hub is None or DOCKER_HUB in common.credentials:
        return
    path = hub.repository.path.replace("library/", f"{common.event.owner.lower()}/")
    ours = f"{common.event.registry}/{path}"
    raise SettingsError(
        f"There is no login for {DOCKER_HUB}, where {hub.repository} is",
        why="A name without a registry is one of Docker Hub's",
        fix=f"Did you mean {ours}? Else log in:\nwith:\n  registry: {DOCKER_HUB}\n"
        "  username: …\n  password: ${{ secrets.… }}",
    )


def is_local(references: tuple[Reference, ...]) -> bool:
    """Whether every name is one without a registry and an owner, ``app:latest``: nobody can push to
    Docker Hub's library."""
    repositories = (reference.repository for reference in references)
    return all(
        each.registry == DOCKER_HUB and each.path.startswith("library/") for each in repositories
    )


def _read_only(common: Common, references: tuple[Reference, ...]) -> str:
    """Whether the job's token can only read: pull requests of forks and of Dependabot, unless every
    registry has a login of its own.

    Source: https://docs.github.com/en/actions/reference/github_token-reference.
    """
    event = common.event
    logins = (common.credentials.get(reference.repository.registry) for reference in references)
    if all(login is not None and login.password != common.token for login in logins) and references:
        return ""
    if event.is_fork:
        return "the token of a pull request from a fork can only read"
    if event.name == "pull_request" and event.actor == _DEPENDABOT:
        return "the token of a Dependabot pull request can only read"
    return ""
