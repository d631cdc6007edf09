"""What a run reaches the outside with: the real adapters, each made when a mode first uses it."""

import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ghcr_action import __version__
from ghcr_action.adapters import clock as clocks
from ghcr_action.adapters import workspace as workspaces
from ghcr_action.adapters.workspace import Places
from ghcr_action.diagnosis.redaction import Redaction
from ghcr_action.errors import SettingsError
from ghcr_action.logins.credential import Credential
from ghcr_action.ports import (
    AttestationStore,
    Engine,
    Git,
    GitHub,
    Ports,
    Progress,
    Registry,
    Runner,
    Sigstore,
    TrustRoots,
)
from ghcr_action.settings.common import Common

if TYPE_CHECKING:
    from ghcr_action.adapters.engine import DockerEngine
    from ghcr_action.adapters.exchange import Exchange

Port = TypeVar("Port")


def ports(
    common: Common,
    environ: Mapping[str, str],
    runner: Runner,
    places: Places,
    progress: Progress,
    *,
    hide: Redaction,
    closing: ExitStack,
    builds: bool = False,
) -> Ports:
    """The real adapters; those that are costly to import or to set up wait until a mode uses
    them. ``builds``: the engine is asked what it is while the mode is loaded; a question that
    nobody has come to by then ends with ``closing``."""
    clock = clocks.SystemClock()
    root = Path(environ.get("GITHUB_WORKSPACE") or Path.cwd())
    engine: Engine = _later(lambda: _engine(common, environ, root, places))
    if builds:
        engine = made = _engine(common, environ, root, places)
        closing.callback(made.end)
        made.begin()
    return Ports(
        engine=engine,
        registry=_later(lambda: _registry(common, common.credentials, progress, environ, runner)),
        anonymous=_later(lambda: _registry(common, {}, progress, environ, runner)),
        github=_later(lambda: _github(common, hide)),
        sigstore=_later(lambda: _sigstore(environ, runner)),
        trust_roots=_later(lambda: _trust_roots(common, places)),
        attestations=_later(lambda: _attestations(common)),
        git=_later(lambda: _git(root, environ)),
        runner=runner,
        clock=clock,
        progress=progress,
        workspace=workspaces.LocalWorkspace(root, places, progress, hide),
        environ=environ,
    )


def _later(make: Callable[[], Port]) -> Port:
    """The adapter, made when it is first used. For the type checker it is what its factory gives,
    so that an adapter that does not fit its port is an error there."""
    return cast("Port", _Later(make))


class _Later:
    """An adapter that is made when it is first used; once, also where several threads begin with
    it."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = cache(make)
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        with self._lock:
            made = self._make()
        return getattr(made, name)


def _engine(
    common: Common, environ: Mapping[str, str], root: Path, places: Places
) -> "DockerEngine":
    """The engine, logged in by a configuration directory of its own."""
    from ghcr_action.adapters import docker_config, engine

    if not root.is_dir():
        raise SettingsError(
            f"The workspace {root} is not there",
            why="GITHUB_WORKSPACE names it, and the engine's program runs in it",
            fix="Don't set GITHUB_WORKSPACE in `env`; a runner of your own has to make it.",
        )
    config = docker_config.write_private(places.private, environ, common.credentials)
    if not common.logout:
        docker_config.write_home(environ, common.credentials)
    return engine.DockerEngine(environ, directory=root, config=config)


def _git(root: Path, environ: Mapping[str, str]) -> Git:
    from ghcr_action.adapters import git

    return git.work_tree(root, environ)


def _registry(
    common: Common,
    credentials: Mapping[str, Credential],
    progress: Progress,
    environ: Mapping[str, str],
    runner: Runner,
) -> Registry:
    from ghcr_action.adapters.registry.client import HttpRegistry
    from ghcr_action.values.patience import Patience

    is_watched = not environ.get("GITHUB_ACTIONS")  # somebody waits: a wrong name is told soon
    policy = Patience(retries=common.retries, unreached=1 if is_watched else None)
    agent = f"ghcr-action/{__version__}"
    return HttpRegistry(
        credentials,
        clock=clocks.SystemClock(),
        user_agent=agent,
        progress=progress,
        retry=policy,
        learn=runner.mask,
    )


def _github(common: Common, hide: Redaction) -> GitHub:
    from ghcr_action.adapters import github

    return github.PyGitHub(
        common.event.api_url,
        common.token,
        common.event.repository,
        owner_type=common.event.owner_type,
        hide=hide,
    )


def _exchange() -> "Exchange":
    from ghcr_action.adapters.exchange import Exchange

    return Exchange(clocks.SystemClock(), user_agent=f"ghcr-action/{__version__}")


def _sigstore(environ: Mapping[str, str], runner: Runner) -> Sigstore:
    from ghcr_action.adapters import sigstore

    return sigstore.HttpSigstore(environ, _exchange(), runner.mask)


def _trust_roots(common: Common, places: Places) -> TrustRoots:
    """Whom to trust; what TUF has verified is kept for this run alone."""
    from ghcr_action.adapters import trust_roots

    tenant = common.event.server_host.removesuffix(".ghe.com")
    return trust_roots.TufRoots(
        _exchange(),
        places.private / "trust",
        tenant=tenant if tenant != common.event.server_host else "",
    )


def _attestations(common: Common) -> AttestationStore:
    from ghcr_action.adapters.github_attestations import GitHubAttestations
    from ghcr_action.adapters.github_requests import GitHubRequests

    requests = GitHubRequests(common.event.api_url, common.token)
    return GitHubAttestations(requests, _exchange(), common.event.repository)
