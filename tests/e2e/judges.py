"""Registry clients that share no code with ours, and say what a registry really holds."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path

from tests.testbed import Testbed


@dataclass(frozen=True, kw_only=True)
class Judges:
    """crane, skopeo and oras, logged in to the registries of a testbed by a configuration of their
    own."""

    testbed: Testbed
    config: Path

    def digests(self, reference: str) -> dict[str, str]:
        """What each client reads as the digest of a reference."""
        return {
            "crane": self.crane("digest", reference),
            "skopeo": self.skopeo_digest(reference),
            "oras": self.oras_digest(reference),
        }

    def crane(self, *arguments: str) -> str:
        return self.testbed.run(
            "crane",
            *arguments,
            DOCKER_CONFIG=str(self.config),
            SSL_CERT_FILE=self.testbed.ca_bundle,
        )

    def validate(self, reference: str) -> str:
        """crane's verdict on every manifest, config and layer of an image, fetched and hashed."""
        return self.crane("validate", "--remote", reference)

    def skopeo_digest(self, reference: str) -> str:
        """The digest of the manifest or index itself, not of the platform that skopeo would
        choose."""
        verify = str(self._has_tls(reference)).lower()
        options = (
            "--no-tags",
            "--raw",
            f"--tls-verify={verify}",
            "--authfile",
            str(self.config / "config.json"),
        )
        raw = self.testbed.run(
            "sh",
            "-c",
            'skopeo inspect "$@" | tee "$0" >/dev/null; skopeo manifest-digest "$0"',
            str(self.config / "raw"),
            *options,
            f"docker://{reference}",
            SSL_CERT_FILE=self.testbed.ca_bundle,
        )
        return raw.strip()

    def oras_digest(self, reference: str) -> str:
        transport = (
            ("--ca-file", self.testbed.ca_bundle) if self._has_tls(reference) else ("--plain-http",)
        )
        return self.testbed.run(
            "oras",
            "resolve",
            *transport,
            "--registry-config",
            str(self.config / "config.json"),
            reference,
        )

    def _has_tls(self, reference: str) -> bool:
        """Whether a registry is to be believed by its certificate only; those on loopback speak
        plainly, but for one."""
        host = reference.partition("/")[0]
        return host == self.testbed.tls_registry or not host.startswith("127.0.0.1:")

    def tags(self, repository: str) -> set[str]:
        return set(self.crane("ls", repository).split())

    def platforms(self, reference: str) -> dict[str, str]:
        """Platform → digest, from the index, without the attestations that BuildKit writes as
        ``unknown``."""
        index = json.loads(self.crane("manifest", reference))
        entries = ((entry["platform"], entry["digest"]) for entry in index["manifests"])
        known = ((platform, digest) for platform, digest in entries if platform["os"] != "unknown")
        return {
            "/".join(filter(None, (p["os"], p["architecture"], p.get("variant")))): digest
            for p, digest in known
        }


def judges(testbed: Testbed, config: Path) -> Judges:
    """With a login for every registry of the testbed."""
    config.mkdir(parents=True, exist_ok=True)
    login = base64.b64encode(f"{testbed.user}:{testbed.password}".encode()).decode()
    hosts = [
        testbed.password_registry,
        testbed.token_registry,
        *testbed.env.get("TESTBED_NAME", "").split(),
    ]
    (config / "config.json").write_text(
        json.dumps({"auths": {host: {"auth": login} for host in hosts}})
    )
    return Judges(testbed=testbed, config=config)
