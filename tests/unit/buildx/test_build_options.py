"""``key=value,…`` read, written and read again; and the exporter that an output names."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghcr_action.buildx import options
from ghcr_action.errors import SettingsError

WRITTEN = {
    "nothing": ((), ""),
    "one": ((("type", "oci"),), "type=oci"),
    "several": ((("type", "oci"), ("dest", "x")), "type=oci,dest=x"),
    "no-key": ((("", "true"),), "true"),
    "comma": ((("name", "a,b"),), '"name=a,b"'),
    "quote": ((("name", 'a"b'),), '"name=a""b"'),
    "line-break": ((("name", "a\nb"),), '"name=a\nb"'),
    "carriage-return": ((("name", "a\rb"),), '"name=a\rb"'),
    "blank": ((("name", "a b"),), "name=a b"),
    "empty-value": ((("name", ""),), "name="),
}


@pytest.mark.parametrize(("pairs", "text"), WRITTEN.values(), ids=WRITTEN)
def test_write__quotes_where_needed(pairs: tuple[tuple[str, str], ...], text: str) -> None:
    assert options.write(pairs) == text


KEYS = st.text("abcz-", min_size=1)
VALUES = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\r")).map(
    str.strip
)


@settings(deadline=None)
@given(st.lists(st.tuples(KEYS, VALUES), min_size=1).map(tuple))
def test_write__is_read_back(pairs: tuple[tuple[str, str], ...]) -> None:
    assert options.read(options.write(pairs), source="outputs") == pairs


EXPORTERS = {
    "path": ("out", "local"),
    "path-with-blank": ("my out", "local"),
    "dash": ("-", "tar"),
    "type": ("type=image", "image"),
    "type-later": ("dest=x,type=oci", "oci"),
    "blanks": (" type = oci , dest=x", "oci"),
    "quoted": ('"type=image","name=a,b"', "image"),
    "no-type": ("dest=x", ""),
    "no-type-two": ("dest=x,y", ""),
    "last-type-wins": ("type=oci,type=tar", "tar"),
}


@pytest.mark.parametrize(("output", "exporter"), EXPORTERS.values(), ids=EXPORTERS)
def test_exporter__of_an_output(output: str, exporter: str) -> None:
    assert options.exporter(output) == exporter


HAS = {
    "none": ((), ("local",), False),
    "yes": (("type=image", "out"), ("local", "tar"), True),
    "no": (("type=image", "type=oci"), ("local", "tar"), False),
}


@pytest.mark.parametrize(("outputs", "types", "answer"), HAS.values(), ids=HAS)
def test_has_exporter__among_outputs(
    outputs: tuple[str, ...], types: tuple[str, ...], answer: bool
) -> None:
    assert options.has_exporter(outputs, *types) is answer


def test_read__names_the_input() -> None:
    with pytest.raises(SettingsError) as caught:
        options.read('type=image,name="a"', source="outputs")

    assert str(caught.value) == (
        "`outputs`: 'type=image,name=\"a\"' can't be read\n"
        'Why: line 1: a quote inside a field; put the whole field in double quotes: "key=value"\n'
        'Fix: Put a field that has a comma in double quotes as a whole, for example type=image,"name=a,b"'
    )


LAYOUTS = {"oci": "type=oci,tar=false,dest=x", "docker": "type=docker,tar=0,dest=x"}


@pytest.mark.parametrize("output", LAYOUTS.values(), ids=LAYOUTS)
def test_refuse_layouts__what_is_a_directory(output: str) -> None:
    with pytest.raises(SettingsError, match="beside a push") as refused:
        options.refuse_layouts("`outputs`", [output])

    assert "dest=x.tar" in refused.value.fix


NO_LAYOUTS = {
    "said": "type=oci,tar=true,dest=x",
    "by-default": "type=docker,dest=x",
    "not-of-an-image": "type=local,tar=false,dest=x",
    "for-buildkit-to-refuse": "type=oci,tar=maybe,dest=x",
}


@pytest.mark.parametrize("output", NO_LAYOUTS.values(), ids=NO_LAYOUTS)
def test_refuse_layouts__leaves_the_others(output: str) -> None:
    options.refuse_layouts("`outputs`", [output])
