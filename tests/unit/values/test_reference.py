import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghcr_action.errors import InvalidValue
from ghcr_action.values.reference import Digest, Reference, Repository, Tag

HEX = "a" * 64
COMPONENT = st.from_regex(r"[a-z0-9]{1,5}((\.|_|__|-{1,3})[a-z0-9]{1,5}){0,2}", fullmatch=True)
HOSTS = st.sampled_from(
    [
        "ghcr.io",
        "localhost:5000",
        "127.0.0.1:5001",
        "[::1]:5000",
        "containers.example.com",
        "localhost",
    ]
)
REPOSITORIES = st.builds(
    lambda host, parts: Repository(host, "/".join(parts)),
    HOSTS,
    st.lists(COMPONENT, min_size=1, max_size=4),
)
TAGS = st.from_regex(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}", fullmatch=True).map(Tag)
DIGESTS = st.binary(max_size=20).map(Digest.of)


@pytest.mark.parametrize(
    ("text", "registry", "path"),
    [
        ("ghcr.io/octo/app", "ghcr.io", "octo/app"),
        ("ghcr.io/octo/app/part", "ghcr.io", "octo/app/part"),
        ("GHCR.io/octo/app", "ghcr.io", "octo/app"),
        ("localhost/app", "localhost", "app"),
        ("localhost:5000/app", "localhost:5000", "app"),
        ("127.0.0.1:5000/a/b", "127.0.0.1:5000", "a/b"),
        ("[::1]:5000/a", "[::1]:5000", "a"),
        ("octo/app", "docker.io", "octo/app"),
        ("alpine", "docker.io", "library/alpine"),
        ("docker.io/alpine", "docker.io", "library/alpine"),
        ("containers.ghe.example/a/b__c--d.e", "containers.ghe.example", "a/b__c--d.e"),
    ],
)
def test_repository__reads_host_and_path(text: str, registry: str, path: str) -> None:
    assert Repository.parse(text) == Repository(registry, path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ghcr.io/Octo/app", "has capitals"),
        ("ghcr.io/octo//app", "is not a repository"),
        ("ghcr.io/", "is not a repository"),
        ("", "is not a repository"),
        ("ghcr.io/octo/-app", "is not a repository"),
        ("ghcr.io/octo/a___b", "is not a repository"),
        ("-bad.io/a", "is not the host of a registry"),
        ("127.0.0.1:65536/a", "'127.0.0.1:65536' has no port: those are 1 to 65535"),
        ("localhost:0/a", "has no port"),
        ("r.example:" + "9" * 5000 + "/a", "is not the host of a registry"),
        ("ghcr.io/" + "a" * 250, "more than 255 characters"),
        ("https://ghcr.io/octo/app", "is not"),
        ("ghcr.io/octo/app\n", "is not a repository"),
    ],
)
def test_repository__refuses(text: str, says: str) -> None:
    with pytest.raises(InvalidValue, match=says):
        Repository.parse(text)


@pytest.mark.parametrize(
    "text", ["latest", "1.2.3", "_x", "V1", "a" * 128, "sha256-abc", "1.0.0-rc.1"]
)
def test_tag__accepts(text: str) -> None:
    assert str(Tag.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "a tag is empty"),
        (".hidden", "starts with '.'"),
        ("-x", "starts with '-'"),
        ("a" * 129, "has 129 characters: 128 are allowed"),
        ("feature/x", "has '/' in it"),
        ("1.0+build", r"has '\+' in it"),
        ("ä", "has 'ä' in it"),
        ("a\n", "has '\\\\n' in it"),
    ],
)
def test_tag__refuses(text: str, says: str) -> None:
    with pytest.raises(InvalidValue, match=says):
        Tag.parse(text)


@pytest.mark.parametrize("text", [f"sha256:{HEX}", f"sha512:{HEX}{HEX}"])
def test_digest__round_trips(text: str) -> None:
    assert str(Digest.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256",
        f"sha256:{HEX[1:]}",
        f"sha256:{HEX.upper()}",
        f"md5:{HEX}",
        f"sha512:{HEX}",
        f"sha256:{HEX}\n",
    ],
)
def test_digest__refuses(text: str) -> None:
    with pytest.raises(InvalidValue, match="is not a digest"):
        Digest.parse(text)


def test_digest__of_bytes() -> None:
    digest = Digest.of(b"{}")

    assert str(digest) == "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert digest.matches(b"{}")
    assert not digest.matches(b"{} ")
    assert digest.short == "44136fa355b3"


@pytest.mark.parametrize(
    ("text", "tag", "digest"),
    [
        ("ghcr.io/o/a", None, None),
        ("ghcr.io/o/a:1", "1", None),
        (f"ghcr.io/o/a@sha256:{HEX}", None, HEX),
        (f"ghcr.io/o/a:1@sha256:{HEX}", "1", HEX),
        ("localhost:5000/a", None, None),
        ("localhost:5000/a:5000", "5000", None),
    ],
)
def test_reference__reads_tag_and_digest(text: str, tag: str | None, digest: str | None) -> None:
    found = Reference.parse(text)

    assert found.tag == (Tag(tag) if tag else None)
    assert found.digest == (Digest("sha256", digest) if digest else None)
    assert str(found) == text


@pytest.mark.parametrize(
    "text", ["ghcr.io/o/a:", "ghcr.io/o/a@", "ghcr.io/o/a:b c", "ghcr.io/o/a@sha256:x", ":tag"]
)
def test_reference__refuses(text: str) -> None:
    with pytest.raises(InvalidValue):
        Reference.parse(text)


@pytest.mark.parametrize(
    ("reference", "target"),
    [
        ("ghcr.io/o/a", "latest"),
        ("ghcr.io/o/a:1", "1"),
        (f"ghcr.io/o/a:1@sha256:{HEX}", f"sha256:{HEX}"),
    ],
)
def test_reference__target_is_digest_then_tag_then_latest(reference: str, target: str) -> None:
    assert Reference.parse(reference).target == target


@given(REPOSITORIES, st.none() | TAGS, st.none() | DIGESTS)
def test_reference__parse_and_print_round_trip(
    repository: Repository, tag: Tag | None, digest: Digest | None
) -> None:
    reference = Reference(repository, tag, digest)

    assert Reference.parse(str(reference)) == reference


@given(st.text(max_size=40))
def test_reference__reads_or_refuses_any_text(text: str) -> None:
    try:
        found = Reference.parse(text)
    except InvalidValue:
        return

    assert Reference.parse(str(found)) == found


@pytest.mark.parametrize(
    ("text", "found"), [(f"sha256:{HEX}", Digest("sha256", HEX)), ("latest", None), ("", None)]
)
def test_digest__is_found_where_it_is_one(text: str, found: Digest | None) -> None:
    assert Digest.find(text) == found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("GHCR.io/octo/app", "ghcr.io/octo/app"),
        ("ghcr.io:443/octo/app", "ghcr.io/octo/app"),
        ("index.docker.io/octo/app", "docker.io/octo/app"),
        ("registry-1.docker.io/octo/app", "docker.io/octo/app"),
        ("Index.Docker.io:443/app", "docker.io/library/app"),
        ("docker.io/app", "docker.io/library/app"),
        ("localhost:443/app", "localhost:443/app"),
        ("127.0.0.1:443/app", "127.0.0.1:443/app"),
        ("ghcr.io:8443/octo/app", "ghcr.io:8443/octo/app"),
        ("[::1]:443/app", "[::1]:443/app"),
    ],
)
def test_repository__a_registry_has_one_spelling(text: str, name: str) -> None:
    assert str(Repository.parse(text)) == name
