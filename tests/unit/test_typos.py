import pytest

from ghcr_action.settings import typos


@pytest.mark.parametrize(
    ("text", "items"),
    [
        pytest.param("- a\n- b", ("a", "b"), id="block"),
        pytest.param(
            "\n  - 'a'\r\n\n  -   \"b c\"\n", ("a", "b c"), id="block-with-quotes-and-blank-lines"
        ),
        pytest.param("[a, b]", ("a", "b"), id="flow"),
        pytest.param('["a","b",]', ("a", "b"), id="flow-with-quotes"),
        pytest.param('[\n  "a",\n  "b"\n]', ("a", "b"), id="json-of-several-lines"),
        pytest.param('["type=image,push=true", "b"]', ("type=image,push=true", "b"), id="commas"),
        pytest.param("['a,b', c , ]", ("a,b", "c"), id="commas-in-single-quotes"),
        pytest.param('[{"type": "image", "push": true}]', ("type=image,push=true",), id="objects"),
        pytest.param("", (), id="nothing"),
        pytest.param("a\n- b", (), id="not-every-line"),
        pytest.param("-a", (), id="no-blank"),
        pytest.param("[0-9]", (), id="glob"),
        pytest.param("[0-9],[a-z]", (), id="globs"),
        pytest.param("[0-9]*.*.*\nv[0-9]", (), id="globs-on-lines"),
    ],
)
def test_yaml_items__of_a_text(text: str, items: tuple[str, ...]) -> None:
    assert typos.yaml_items(text) == items


@pytest.mark.parametrize(
    ("text", "meant"),
    [("yes", "true"), ("ON", "true"), ("0", "false"), ("No", "false"), ("maybe", ""), ("", "")],
)
def test_boolean__meant(text: str, meant: str) -> None:
    assert typos.boolean(text) == meant


def test_word__the_nearest_else_the_first() -> None:
    assert [typos.word(text, ("auto", "gha", "registry")) for text in ("GHA", "registy", "?")] == [
        "gha",
        "registry",
        "auto",
    ]


def test_name__of_another_action_the_nearest_or_none() -> None:
    assert [
        typos.name(text, ("tags", "file")) for text in ("dockerfile", "tag", "zzz", "port")
    ] == [
        "file",
        "tags",
        "",
        "",
    ]
