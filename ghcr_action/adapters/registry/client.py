"""The Registry port over HTTP: the parts of the client as one, with the wire that they share."""

from collections.abc import Callable, Iterable, Mapping

from ghcr_action.adapters.progress import Silent
from ghcr_action.adapters.registry.blobs import Blobs
from ghcr_action.adapters.registry.caller import Caller
from ghcr_action.adapters.registry.challenge import Grant
from ghcr_action.adapters.registry.listings import Listings
from ghcr_action.adapters.registry.retry import Transient
from ghcr_action.adapters.registry.streams import finish
from ghcr_action.adapters.registry.tokens import Tokens
from ghcr_action.adapters.registry.wire import Message, Timeouts, Wire
from ghcr_action.errors import AccessDenied
from ghcr_action.logins.credential import Credential
from ghcr_action.ports import Clock, Progress
from ghcr_action.values.answer import Answer, Part, Where
from ghcr_action.values.patience import Patience
from ghcr_action.values.reference import Repository
from ghcr_action.values.secret import Secret


class HttpRegistry(Listings, Blobs):
    """Every registry of a run, safe to use from several threads.

    ``credentials`` are by registry host (``ghcr.io``, ``docker.io``); a host without one is asked
    without a login. ``plain_http`` lists hosts (``HOST[:PORT]``) that are spoken to without TLS;
    loopback hosts are tried. Proxies and authorities come from the environment (``HTTPS_PROXY``,
    ``NO_PROXY``, ``REQUESTS_CA_BUNDLE``), unless ``ca_bundle`` names a file.
    """

    def __init__(
        self,
        credentials: Mapping[str, Credential],
        *,
        clock: Clock,
        user_agent: str,
        progress: Progress | None = None,
        retry: Patience | None = None,
        timeouts: Timeouts | None = None,
        plain_http: frozenset[str] = frozenset(),
        ca_bundle: str = "",
        learn: Callable[[Secret], None] = lambda _: None,
    ) -> None:
        """``learn`` hears of every proof of who we are that is made or given, before it is sent."""
        self._wire = Wire(
            clock,
            user_agent=user_agent,
            timeouts=timeouts or Timeouts(),
            plain_http=plain_http,
            ca_bundle=ca_bundle,
        )
        self._tokens = Tokens(self._wire, credentials, clock, learn)
        caller = Caller(self._wire, self._tokens, retry or Patience(), clock)
        Listings.__init__(self, caller)
        Blobs.__init__(self, caller, progress or Silent())

    @property
    def request_count(self) -> int:
        """HTTP requests sent so far, logins included."""
        return self._wire.request_count

    def close(self) -> None:
        """Close every connection."""
        self._wire.close()

    def announce(
        self, *, reads: Iterable[Repository] = (), writes: Iterable[Repository] = ()
    ) -> None:
        """Ask for all of these rights from the first request on: one token for each registry serves
        reads, writes and mounts."""
        for actions, repositories in ((("pull",), reads), (("pull", "push"), writes)):
            for repository in repositories:
                self._tokens.expect(
                    repository.registry,
                    frozenset(Grant(repository.path, action) for action in actions),
                )

    def check_login(self, registry: str) -> None:
        """Log in and do nothing. Raises AccessDenied where the registry refuses that.

        Source: https://distribution.github.io/distribution/spec/api/#api-version-check.
        """
        nothing = Repository(registry, "login")  # no rights are asked for in it
        message = Message(
            method="GET",
            url=f"{self._wire.base(registry)}/v2/",
            purpose=f"log in to {registry}",
            about=Answer(where=Where.REGISTRY, method="GET", host=registry, part=Part.TOKEN),
        )
        try:
            answer = self._wire.send(message, "")
            asked = answer.headers.get("WWW-Authenticate", "")
            finish(answer)
            header = self._tokens.renew(nothing, frozenset(), asked, "") if asked else ""
            refused = header and self._wire.send(message, header).status_code in (401, 403)
        except Transient as fault:
            raise fault.error from fault
        if refused:
            raise AccessDenied(
                f"Could not log in to {registry}", fix=self._tokens.login_hint(registry)
            )
