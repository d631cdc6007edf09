"""Thirty things that users of crane, regctl, docker and gh do at a terminal: each line of the page
is typed, and both sides say the same where they say a digest."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e import thirty, ways
from tests.e2e.judges import judges
from tests.e2e.thirty import REPOSITORY, Person, Thing
from tests.fakes import github_api
from tests.testbed import Testbed

DOCKERFILE = 'FROM scratch\nARG TARGETPLATFORM\nLABEL org.opencontainers.image.title="app"\nCOPY <<E /platform\n$TARGETPLATFORM\nE\n'
DIGEST = re.compile(r"\bsha256:[0-9a-f]{64}\b")
PLATFORMS = ("--platform", "linux/amd64,linux/arm64", "--provenance=false")


JOB = {"GITHUB_REPOSITORY": "octo/app", "GITHUB_REF": "refs/heads/main", "GITHUB_SHA": "0" * 40}
"""Where GitHub's API is a stand-in, whose address only a job's environment can give."""


@pytest.fixture(scope="module")
def person(ghcr: Testbed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """Somebody with a checkout of octo/app, and two releases of it in the registry."""
    home = tmp_path_factory.mktemp("person")
    judge = judges(ghcr, home / "logins")
    (judge.config / "cli-plugins").symlink_to(f"{ghcr.docker_config}/cli-plugins")
    (home / "gh").mkdir()
    (home / "gh/config.yml").write_text(f"version: 1\nhttp_unix_socket: {home}/gh/api.sock\n")
    with (
        github_api.serve() as api,
        ways.to_port(urlsplit(api.url).port or 0, home / "gh/api.sock"),
    ):
        api.account.users["octo"] = "Organization"
        api.account.add_repository("octo/app")
        api.account.add_package("octo", "app", repository="octo/app", visibility="private")
        someone = Person(
            bed=ghcr,
            checkout=checkout(home / "app"),
            environ={
                "PATH": f"{Path(sys.executable).parent}:{ghcr.env['PATH']}",
                "HOME": str(home),
                "TERM": "xterm-256color",
                "DOCKER_CONFIG": str(judge.config),
                "SSL_CERT_FILE": ghcr.ca_bundle,
                "REQUESTS_CA_BUNDLE": ghcr.ca_bundle,
                "GITHUB_API_URL": api.url,
                "GITHUB_TOKEN": github_api.WRITER,
                "GH_CONFIG_DIR": str(home / "gh"),
            },
        )
        for version in ("1.2.2", "1.2.3"):
            name = f"{REPOSITORY}:{version}"
            labels = ("--label", f"version={version}", "--annotation", f"index:version={version}")
            done = someone.type(
                " ".join(("docker buildx build --push", *PLATFORMS, *labels, "--tag", name, "."))
            )
            assert done.status == 0, done.read
            digest = judge.crane("digest", name)
            api.account.add_version("octo", "app", digest, [version])
        judge.crane("tag", f"{REPOSITORY}:1.2.2", "latest")  # as a tag of the release before
        (someone.checkout / "sbom.json").write_text("{}")
        attached = f"{REPOSITORY}:1.2.3 sbom.json:application/spdx+json"
        done = someone.type(f"oras attach --artifact-type application/spdx+json {attached}")
        assert done.status == 0, done.read
        yield someone


def checkout(path: Path) -> Path:
    """What is checked out: a Dockerfile, and whose it is."""
    path.mkdir()
    (path / "Dockerfile").write_text(DOCKERFILE)
    git = ("git", "-C", str(path), "-c", "user.name=mona", "-c", "user.email=m@example.com")
    for command in (
        ("init", "--quiet", "--initial-branch=main"),
        ("remote", "add", "origin", "https://github.com/octo/app.git"),
        ("add", "."),
        ("commit", "--quiet", "--message", "An app"),
    ):
        subprocess.run([*git, *command], check=True)
    return path


@pytest.mark.parametrize("number", range(30), ids=[thing.here for thing in thirty.things()])
def test_thirty__each_line_does_what_it_says(person: Person, number: int) -> None:
    thing: Thing = thirty.things()[number]
    digest = person.type(f"crane digest {REPOSITORY}:1.2.3").read

    in_a_job = JOB if re.search("visibility|cleanup", thing.here) else {}
    ours = person.type(person.named(thing.here, digest), **in_a_job)
    theirs = person.type(person.named(thing.elsewhere, digest)) if thing.is_played else None

    beside = str(theirs) if theirs else f"{thing.elsewhere or 'nothing'} (not typed here)\n"
    sys.stdout.write(f"\n# {thing.wanted}\n{beside}{ours}")
    assert ours.status == 0
    if theirs:
        assert theirs.status == 0
        if said := DIGEST.fullmatch(theirs.read):
            assert said[0] in ours.read
