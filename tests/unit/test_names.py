import pytest

from ghcr_action.errors import SettingsError
from ghcr_action.names import asked
from ghcr_action.values.event import Event
from ghcr_action.values.reference import Reference, Repository

EVENT = Event(name="push", ref="refs/heads/main", sha="a" * 40, repository="Octo/App")


def parse(
    images: str = "", tags: str = "", *, event: Event = EVENT, registry: str = ""
) -> asked.Names:
    return asked.parse(images, tags, event, registry=registry)


@pytest.mark.parametrize(
    ("images", "tags", "expected_images", "rules", "references"),
    [
        ("", "", ("ghcr.io/octo/app",), (), ()),
        ("ghcr.io/a/b\nquay.io/a/b", "", ("ghcr.io/a/b", "quay.io/a/b"), (), ()),
        (
            "",
            "type=ref,event=branch\nlatest",
            ("ghcr.io/octo/app",),
            ("type=ref,event=branch", "latest"),
            (),
        ),
        ("", "ghcr.io/a/b:1", (), (), ("ghcr.io/a/b:1",)),
        ("", "ghcr.io/A/b:RC1,quay.io/a/b", (), (), ("ghcr.io/a/b:RC1", "quay.io/a/b")),
        ("", "ghcr.io/a/b:1\nlatest", ("ghcr.io/octo/app",), ("latest",), ("ghcr.io/a/b:1",)),
        ("", "a/b:1", (), (), ("docker.io/a/b:1",)),
        ("", "report:latest", (), (), ("docker.io/library/report:latest",)),
        (
            "",
            "Web_app.x:1-a, b:2",
            (),
            (),
            ("docker.io/library/web_app.x:1-a", "docker.io/library/b:2"),
        ),
        ("", "a:{{sha}}", ("ghcr.io/octo/app",), ("a:{{sha}}",), ()),
        ("", "localhost/b", (), (), ("localhost/b",)),
        ("", "a/b", ("ghcr.io/octo/app",), ("a/b",), ()),
        ("", "feature/{{branch}}.x", ("ghcr.io/octo/app",), ("feature/{{branch}}.x",), ()),
        ("", "# comment\nghcr.io/a/b:1\nghcr.io/a/b:1", (), (), ("ghcr.io/a/b:1",)),
        (
            "ghcr.io/a/b",
            '"type=match,""pattern=a,b"""',
            ("ghcr.io/a/b",),
            ('type=match,"pattern=a,b"',),
            (),
        ),
        ("", "latest,ghcr.io/a/b:1", ("ghcr.io/octo/app",), ("latest",), ("ghcr.io/a/b:1",)),
        ("name=ghcr.io/A/b", "1", ("ghcr.io/a/b",), ("1",), ()),
        ("name=ghcr.io/a/b,enable=false\nquay.io/a/b", "1", ("quay.io/a/b",), ("1",), ()),
        ("ghcr.io/a/b,quay.io/a/b", "1", ("ghcr.io/a/b", "quay.io/a/b"), ("1",), ()),
        ("# old\nghcr.io/a/b\n#quay.io/a/b", "1", ("ghcr.io/a/b",), ("1",), ()),
        ("ghcr.io/a/b\nGHCR.io/A/b", "1", ("ghcr.io/a/b",), ("1",), ()),
        ("name=ghcr.io/a/b,enable=false", "quay.io/a/b:1", (), (), ("quay.io/a/b:1",)),
    ],
)
def test_parse__tells_rules_from_references(
    images: str,
    tags: str,
    expected_images: tuple[str, ...],
    rules: tuple[str, ...],
    references: tuple[str, ...],
) -> None:
    found = parse(images, tags)

    assert (found.repositories, found.rules, found.references) == (
        tuple(map(Repository.parse, expected_images)),
        rules,
        tuple(map(Reference.parse, references)),
    )


def test_parse__lowers_names_with_one_notice() -> None:
    found = parse("", "ghcr.io/A/b:RC1\nlatest")

    assert found.notices == (
        (
            "Repository names are lower case: ghcr.io/Octo/App, ghcr.io/A/b:RC1 is published "
            "as ghcr.io/octo/app, ghcr.io/a/b:RC1."
        ),
    )
    assert parse("ghcr.io/a/b").notices == ()


def test_parse__takes_the_registry_that_is_asked_for() -> None:
    assert parse(registry="127.0.0.1:5000").repositories == (
        Repository("127.0.0.1:5000", "octo/app"),
    )


@pytest.mark.parametrize(
    ("images", "tags", "says"),
    [
        ("", "ghcr.io/a/b:-x\nghcr.io/a//b:1", "`tags`: tag '-x' starts with '-'"),
        ("", "ghcr.io/a/b:-x\nghcr.io/a//b:1", "`tags`: 'ghcr.io/a//b' is not a repository"),
        ("", f"ghcr.io/a/b@sha256:{'a' * 64}", "has a digest"),
        ("", "https://ghcr.io/a/b:1", "is an address, not a name; write ghcr.io/a/b:1"),
        ("", "docker://ghcr.io/a/b:1/", "is an address, not a name; write ghcr.io/a/b:1"),
        ('"open', "", "`images`: line 1: a quote is opened"),
        ("", '"open', "`tags`: line 1: a quote is opened"),
        ("name=a/b,enable=maybe", "", "`images`: 'name=a/b,enable=maybe': enable='maybe': true or"),
        ("name=a/b,enable=false", "1", "`images` names no image"),
    ],
)
def test_parse__says_what_is_wrong(images: str, tags: str, says: str) -> None:
    with pytest.raises(SettingsError) as raised:
        parse(images, tags)

    assert says in str(raised.value)


def test_parse__needs_a_name_outside_a_workflow() -> None:
    with pytest.raises(SettingsError, match="`images` is empty"):
        parse(event=Event(name="", ref="", sha="", repository=""))


def test_repositories__are_all_checked() -> None:
    assert asked.repositories(("ghcr.io/a/b",)) == (Repository("ghcr.io", "a/b"),)
    with pytest.raises(SettingsError, match="a//b"):
        asked.repositories(("ghcr.io/a//b",))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(
            "https://ghcr.io/octo/x/",
            (
                "`images`: 'https://ghcr.io/octo/x/' is an address, not a name; write "
                "images: ghcr.io/octo/x"
            ),
            id="url",
        ),
        pytest.param(
            "ghcr.io:443/o/x:1.2",
            "'ghcr.io:443/o/x:1.2' has a tag; write images: ghcr.io:443/o/x, with tags: 1.2",
            id="tag",
        ),
        pytest.param(
            f"ghcr.io/o/x@sha256:{'a' * 64}",
            "has a digest, which is what a build gives; write images: ghcr.io/o/x",
            id="digest",
        ),
        pytest.param("ghcr.io/o/_x", "`images`: 'ghcr.io/o/_x' is not a repository", id="grammar"),
    ],
)
def test_repositories__say_what_stands_in_the_place_of_a_name(text: str, says: str) -> None:
    with pytest.raises(SettingsError) as raised:
        asked.repositories((text,))

    assert says in raised.value.what


def test_images__are_read_alone_as_with_tags() -> None:
    text = "# ours\nname=ghcr.io/octo/App\nname=docker.io/octo/app,enable=false\nquay.io/o/a,o/b"

    assert list(map(str, asked.images(text))) == [
        "ghcr.io/octo/app",
        "quay.io/o/a",
        "docker.io/o/b",
    ]
    assert asked.images(text) == parse(text, "1").repositories


def test_has_rules__default_ones_are_for_empty_tags() -> None:
    assert parse("ghcr.io/a/b").has_rules
    assert parse("ghcr.io/a/b", "ghcr.io/a/b:nightly\nlatest").has_rules
    assert not parse("ghcr.io/a/b", "ghcr.io/a/b:nightly").has_rules
