"""TLS: whom the client believes, and that it never speaks plainly to a registry that offers TLS."""

import hashlib
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ghcr_action.adapters.github import PyGitHub
from ghcr_action.adapters.registry import HttpRegistry
from ghcr_action.errors import SettingsError, Unavailable
from ghcr_action.values.patience import Patience
from ghcr_action.values.reference import Digest, Reference, Repository
from ghcr_action.values.secret import Secret
from tests.fakes.clock import FakeClock
from tests.fakes.http import Reply, Scripted
from tests.testbed import ROOT


def certificate(file: Path, *, address: str = "127.0.0.1", days: tuple[int, int] = (-1, 1)) -> Path:
    """A certificate for an address that is its own authority, valid between two days from now, and
    its key, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
    dates = (now + timedelta(days=days[0]), now + timedelta(days=days[1]))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, *dates)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(True, False, False, False, False, True, True, False, False), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return file


@contextmanager
def serving(file: Path) -> Iterator[Scripted]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with Scripted(tls=context).running() as running:
        yield running


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls") / "tests.pem")


@pytest.fixture
def server(authority: Path) -> Iterator[Scripted]:
    with serving(authority) as running:
        yield running


def absent(server: Scripted) -> Reference:
    return Repository(server.host, "octo/app").at(Digest.of(b"nothing"))


def test_tls__of_an_unknown_authority(server: Scripted) -> None:
    registry = HttpRegistry({}, clock=(clock := FakeClock()), user_agent="tests")

    with pytest.raises(Unavailable) as caught:
        registry.manifest(absent(server))

    registry.close()
    assert caught.value.why == (
        f"the TLS certificate of {server.host} is not signed by an authority that is trusted here"
    )
    assert (server.asked, clock.waits) == ([], [])


def test_tls__of_an_unknown_authority_is_mended_as_the_page_says(server: Scripted) -> None:
    registry = HttpRegistry({}, clock=FakeClock(), user_agent="tests")

    with pytest.raises(Unavailable) as caught:
        registry.manifest(absent(server))

    registry.close()
    page = ROOT / "docs/registries.md"
    assert caught.value.docs.endswith(f"/{page.relative_to(ROOT)}")
    assert caught.value.fix.partition("\n")[2] in page.read_text()


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ({"address": "127.0.0.2"}, "is for another name"),
        ({"days": (-3, -1)}, "has expired"),
        ({"days": (1, 3)}, "is not valid yet"),
    ],
    ids=["another name", "expired", "not yet"],
)
def test_tls__of_a_known_authority_and_wrong_all_the_same(
    made: dict[str, Any], why: str, tmp_path: Path
) -> None:
    file = certificate(tmp_path / "wrong.pem", **made)
    registry = HttpRegistry(
        {}, clock=(clock := FakeClock()), user_agent="tests", ca_bundle=str(file)
    )

    with serving(file) as wrong, pytest.raises(Unavailable) as caught:
        registry.manifest(absent(wrong))

    registry.close()
    assert caught.value.why == f"the TLS certificate of {wrong.host} {why}"
    assert "REQUESTS_CA_BUNDLE" not in caught.value.fix
    assert clock.waits == []


def test_tls__authorities_in_a_file_of_something_else(server: Scripted, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("not a certificate\n")
    registry = HttpRegistry(
        {}, clock=(clock := FakeClock()), user_agent="tests", ca_bundle=str(tmp_path / "empty.pem")
    )

    with pytest.raises(SettingsError) as caught:
        registry.manifest(absent(server))

    registry.close()
    assert caught.value.why == "the file that REQUESTS_CA_BUNDLE names holds no certificate"
    assert clock.waits == []


def test_tls__of_an_authority_given_as_a_file(server: Scripted, authority: Path) -> None:
    registry = HttpRegistry({}, clock=FakeClock(), user_agent="tests", ca_bundle=str(authority))

    assert registry.manifest(absent(server)) is None

    registry.close()
    assert len(server.asked) == 1


def test_tls__of_an_authority_in_the_environment(
    server: Scripted, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
    registry = HttpRegistry({}, clock=FakeClock(), user_agent="tests")

    assert registry.manifest(absent(server)) is None

    registry.close()


def test_tls__authorities_are_read_once(server: Scripted, authority: Path, tmp_path: Path) -> None:
    """Reading them takes longer than a handshake, so that no second connection may do it again."""
    (file := tmp_path / "authorities.pem").write_bytes(authority.read_bytes())
    registry = HttpRegistry({}, clock=FakeClock(), user_agent="tests", ca_bundle=str(file))
    registry.manifest(absent(server))
    registry.close()
    file.write_text("nothing that certifies")

    assert registry.manifest(absent(server)) is None

    registry.close()


def test_tls__of_authorities_in_a_directory(
    server: Scripted, authority: Path, tmp_path: Path
) -> None:
    name = x509.load_pem_x509_certificate(authority.read_bytes()).subject.public_bytes()[2:]
    subject = hashlib.sha1(name).digest()[3::-1].hex()  # as OpenSSL names the files
    (tmp_path / f"{subject}.0").write_bytes(authority.read_bytes())
    registry = HttpRegistry({}, clock=FakeClock(), user_agent="tests", ca_bundle=str(tmp_path))

    assert registry.manifest(absent(server)) is None

    registry.close()


def test_tls__authorities_in_a_file_that_is_not_there(
    server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/not/there.pem")
    registry = HttpRegistry({}, clock=(clock := FakeClock()), user_agent="tests")

    with pytest.raises(SettingsError) as caught:
        registry.manifest(absent(server))

    registry.close()
    assert (
        caught.value.why
        == "there is no file with certificates of authorities in this container: /not/there.pem"
    )
    assert clock.waits == []


def test_tls__of_an_enterprise_server_is_believed_by_the_same_file(
    server: Scripted, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """docs/registries.md says so of GitHub's API, which another library asks."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
    server.script(
        "GET",
        "/api/v3/user",
        Reply(headers={"Content-Type": "application/json"}, body=b'{"login": "mona"}'),
    )
    github = PyGitHub(
        f"https://{server.host}/api/v3", Secret("t0ken"), "octo/app", owner_type="User"
    )

    assert github.login() == "mona"

    github.close()


def test_tls__is_asked_for_again_where_nobody_listened() -> None:
    """A registry that a job has just started is not taken for one with TLS only because its port
    was closed."""
    registry = HttpRegistry({}, clock=FakeClock(), user_agent="tests", retry=Patience(retries=0))
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(Unavailable):
            registry.manifest(Repository(f"127.0.0.1:{port}", "octo/app").at(Digest.of(b"nothing")))
    with Scripted(port=port).running() as started:
        assert registry.manifest(absent(started)) is None

    registry.close()
