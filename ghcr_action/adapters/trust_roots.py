"""The TrustRoots port: what came with this version, and what TUF repositories publish today.

The files in ``roots/`` are Sigstore's and GitHub's own: the public instance's trusted root, and for
both TUF repositories a signed root from which every later one is verified. GitHub's trusted root is
not among them, since its authorities change twice a year: it is always fetched.
Sources: https://tuf-repo-cdn.sigstore.dev, https://tuf-repo.github.com, https://theupdateframework.github.io/specification/.
"""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ghcr_action import parallel
from ghcr_action.adapters.exchange import Exchange, Request
from ghcr_action.errors import ActionError, NotFound, Unavailable

if TYPE_CHECKING:
    from tuf.ngclient.fetcher import FetcherInterface

_ROOTS = Path(__file__).parent / "roots"
_TARGET = "trusted_root.json"
_LARGEST = 4 * 1024 * 1024
REPOSITORIES = {
    "sigstore": "https://tuf-repo-cdn.sigstore.dev",
    "github": "https://tuf-repo.github.com",
}


class TufRoots:
    """Trusted roots of the public instance and of GitHub's; ``directory`` is where TUF keeps what
    it has verified.
    """

    def __init__(
        self,
        exchange: Exchange,
        directory: Path,
        *,
        tenant: str = "",
        repositories: Mapping[str, str] = REPOSITORIES,
        bootstrap: Mapping[str, bytes] | None = None,
    ) -> None:
        """``tenant`` is the subdomain of a ghe.com server, which has a trusted root of its own."""
        self._exchange = exchange
        self._directory = directory
        self._tenant = tenant
        self._repositories = repositories
        self._bootstrap = bootstrap or {}

    def known(self) -> tuple[bytes, ...]:
        """The public instance's."""
        return ((_ROOTS / "sigstore.json").read_bytes(),)

    def fresh(self) -> tuple[bytes, ...]:
        """Both of today; one repository that can't be reached is passed over with what came with
        this version.
        """
        logging.getLogger("tuf").setLevel(logging.ERROR)
        found = parallel.each(self._read, tuple(self._repositories))
        errors = [each for each in found if isinstance(each, ActionError)]
        roots = tuple(each for each in found if isinstance(each, bytes))
        if not roots and errors:
            raise errors[0]
        return roots if isinstance(found[0], bytes) else (*self.known(), *roots)

    def _read(self, name: str) -> bytes | ActionError:
        """A trusted root, verified from the root that came with this version up."""
        from tuf.api.exceptions import DownloadError, RepositoryError
        from tuf.ngclient.updater import Updater

        url = self._repositories[name]
        directory = self._directory / name
        (directory / "targets").mkdir(parents=True, exist_ok=True)
        target = f"{self._tenant}.{_TARGET}" if self._tenant and name == "github" else _TARGET
        try:
            updater = Updater(
                metadata_dir=str(directory),
                metadata_base_url=url,
                target_dir=str(directory / "targets"),
                target_base_url=f"{url}/targets",
                fetcher=_fetcher(self._exchange),
                bootstrap=self._bootstrap.get(name) or bootstrap(name),
            )
            if not (info := updater.get_targetinfo(target)):
                return Unavailable(
                    f"Could not read whom {name} trusts", why=f"{url} has no {target}"
                )
            return Path(updater.download_target(info)).read_bytes()
        except (RepositoryError, DownloadError, OSError) as cause:
            said = cause.__cause__ if isinstance(cause.__cause__, ActionError) else None
            why = said.why if said else f"{url}: {type(cause).__name__}: {cause}"
            return Unavailable(
                f"Could not read whom {name} trusts", why=why[:500], fix="Run again."
            )


def bootstrap(name: str) -> bytes:
    """The signed root of a repository, from which every later one is verified."""
    return (_ROOTS / f"{name}-tuf.json").read_bytes()


def _fetcher(exchange: Exchange) -> "FetcherInterface":
    from tuf.api.exceptions import DownloadHTTPError
    from tuf.ngclient.fetcher import FetcherInterface

    class Fetcher(FetcherInterface):
        """TUF asks by our own exchange: no redirects, bounded, patient."""

        def _fetch(self, url: str) -> Iterator[bytes]:
            try:
                return iter(
                    (
                        exchange.send(
                            Request(purpose="read a trusted root", url=url, limit=_LARGEST)
                        ),
                    )
                )
            except NotFound as cause:
                raise DownloadHTTPError(cause.why, 404) from cause

    return Fetcher()
