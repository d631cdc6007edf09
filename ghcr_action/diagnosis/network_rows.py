"""Rows of the catalogue about the way to a server: no answer came, whoever was asked."""

from ghcr_action.diagnosis.known import EVERYWHERE, Known, Retry
from ghcr_action.errors import Unavailable
from ghcr_action.values.answer import Fault, Where

PROXY_DOCS = "https://docs.github.com/en/actions/hosting-your-own-runners/managing-self-hosted-runners/using-a-proxy-server-with-self-hosted-runners"
NETWORK_DOCS = "https://docs.github.com/en/actions/reference/runners/self-hosted-runners"

ROWS: tuple[Known, ...] = (
    Known(
        code="NETWORK-PROXY",
        patterns=(r"proxyconnect tcp: ",),
        faults=(Fault.PROXY,),
        where=EVERYWHERE,
        cause="The proxy did not connect to {host}: {proxy}.",
        fix=(
            "Check that the proxy of that variable runs and lets {host} through. Where {host} "
            "needs no proxy, name it in NO_PROXY:\n    env:\n      NO_PROXY: {host}"
        ),
        docs=PROXY_DOCS,
        kind=Unavailable,
    ),
    Known(
        code="NETWORK-NAME",
        patterns=(
            r"lookup \S+(?: on \S+)?: no such host",
            r"Temporary failure in name resolution",
            r"Could not resolve host: \S+",
        ),
        faults=(Fault.NAME,),
        where=EVERYWHERE,
        cause="{host} has no address here: DNS does not know this name.",
        fix=(
            "Check how the name is written. If it is right, check the runner's DNS: runners inside "
            "a network of their own may need HTTPS_PROXY."
        ),
        docs=NETWORK_DOCS,
        kind=Unavailable,
    ),
    Known(
        code="NETWORK-LOCALHOST",
        faults=(Fault.REFUSED,),
        where=frozenset({Where.REGISTRY}),
        path=r"://(?:localhost|127\.[0-9.]+)(?:[:/]|\Z)",
        cause=(
            "{host} is where the action itself runs, and nothing listens there; in a workflow that "
            "is a container of its own."
        ),
        fix=(
            "Start the registry. Where it is a service container of a workflow, write `push: "
            "false` and `load: true`, and `docker push` in the next step: the engine finds it by "
            "this name."
        ),
        docs=NETWORK_DOCS,
        kind=Unavailable,
    ),
    Known(
        code="NETWORK-REFUSED",
        patterns=(
            r"connect(?:ion)?: connection refused",
            r"Failed to connect to \S+ port [0-9]+",
            r"no route to host",
            r"network is unreachable",
        ),
        faults=(Fault.REFUSED,),
        where=EVERYWHERE,
        cause="{host} can't be reached: nobody listens at that address, or a firewall stops it.",
        fix="Check the name and the port, that the server runs, and that this runner may reach it.",
        docs=NETWORK_DOCS,
        kind=Unavailable,
    ),
    Known(
        code="NETWORK-SILENT",
        patterns=(r"TLS handshake timeout", r"i/o timeout"),
        faults=(Fault.SILENT,),
        where=EVERYWHERE,
        cause="{host} gave no answer in time: it is overloaded, or a firewall swallows requests.",
        fix=(
            "Run the step again if our own retries did not help. If it persists, check that this "
            "runner may reach {host}."
        ),
        docs=NETWORK_DOCS,
        kind=Unavailable,
        retry=Retry.TRANSIENT,
    ),
    Known(
        code="NETWORK-TLS",
        patterns=(r"x509: \S+", r"tls: failed to verify certificate"),
        where=frozenset({Where.ENGINE}),
        cause="The engine does not trust the certificate of {host}.",
        fix=(
            "Give the authority to whatever builds: for a builder of its own in its BuildKit "
            "configuration (`ca`), else below /etc/docker/certs.d/ of the engine's machine."
        ),
        docs="https://docs.docker.com/build/buildkit/configure/#registry-certificates",
        kind=Unavailable,
    ),
)
