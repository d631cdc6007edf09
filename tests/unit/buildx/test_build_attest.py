"""The values of ``--attest`` by the three inputs, the default and the event."""

from dataclasses import replace
from typing import Any

import pytest

from ghcr_action.buildx import provenance
from ghcr_action.buildx.build_request import BuildRequest
from ghcr_action.buildx.provenance import Default
from ghcr_action.values.event import Event

EVENT = Event(
    name="push",
    ref="refs/heads/main",
    sha="c" * 40,
    repository="octo/app",
    run_id="7",
    run_attempt="2",
)
PRIVATE = replace(EVENT, is_private=True)
OUTSIDE = replace(EVENT, run_id="")
BUILDER = "builder-id=https://github.com/octo/app/actions/runs/7/attempts/2"

PROVENANCE = {
    "true": ("true", (f"type=provenance,{BUILDER}",)),
    "True": ("True", (f"type=provenance,{BUILDER}",)),
    "TRUE": ("TRUE", (f"type=provenance,{BUILDER}",)),
    "false": ("false", ("type=provenance,disabled=true",)),
    "False": ("False", ("type=provenance,disabled=true",)),
    "go-true": ("1", (f"type=provenance,disabled=false,{BUILDER}",)),
    "go-false": ("f", (f"type=provenance,disabled=true,{BUILDER}",)),
    "mode-min": ("mode=min", (f"type=provenance,mode=min,{BUILDER}",)),
    "mode-max": ("mode=max", (f"type=provenance,mode=max,{BUILDER}",)),
    "mode-and-boolean": ("true,mode=max", (f"type=provenance,disabled=false,mode=max,{BUILDER}",)),
    "version": ("mode=max,version=v1", (f"type=provenance,mode=max,version=v1,{BUILDER}",)),
    "own-builder": ("mode=max,builder-id=x", ("type=provenance,mode=max,builder-id=x",)),
    "own-builder-empty": ("builder-id=", ("type=provenance,builder-id=",)),
    "word-that-is-no-boolean": ("max", (f"type=provenance,max,{BUILDER}",)),
    "blanks": (
        " mode = max , inline-only=true ",
        (f"type=provenance,mode=max,inline-only=true,{BUILDER}",),
    ),
    "quoted-comma": ('"reproducible=a,b"', (f'type=provenance,"reproducible=a,b",{BUILDER}',)),
}


@pytest.mark.parametrize(("text", "expected"), PROVENANCE.values(), ids=PROVENANCE)
@pytest.mark.parametrize("fallback", Default)
def test_values__provenance_input(text: str, expected: tuple[str, ...], fallback: Default) -> None:
    assert provenance.values(BuildRequest(provenance=text), EVENT, fallback) == expected


NO_RUN = {
    "true": ("true", Default.OFF, ("type=provenance",)),
    "attributes": ("mode=max", Default.OFF, ("type=provenance,mode=max",)),
    "default": ("", Default.PEER, ("type=provenance,mode=max",)),
}


@pytest.mark.parametrize(("text", "fallback", "expected"), NO_RUN.values(), ids=NO_RUN)
def test_values__no_builder_outside_a_run(
    text: str, fallback: Default, expected: tuple[str, ...]
) -> None:
    assert provenance.values(BuildRequest(provenance=text), OUTSIDE, fallback) == expected


MAX, MIN = (
    f"type=provenance,mode=max,{BUILDER}",
    f"type=provenance,mode=min,inline-only=true,{BUILDER}",
)
DEFAULTS: dict[str, tuple[dict[str, Any], Event, Default, tuple[str, ...]]] = {
    "off": ({}, EVENT, Default.OFF, ("type=provenance,disabled=true",)),
    "off-private": ({}, PRIVATE, Default.OFF, ("type=provenance,disabled=true",)),
    "off-load": ({"load": True}, EVENT, Default.OFF, ("type=provenance,disabled=true",)),
    "engine": ({}, EVENT, Default.ENGINE, ()),
    "engine-private": ({}, PRIVATE, Default.ENGINE, ()),
    "public": ({}, EVENT, Default.PEER, (MAX,)),
    "private": ({}, PRIVATE, Default.PEER, (MIN,)),
    "public-load": ({"load": True}, EVENT, Default.PEER, ()),
    "public-docker-output": ({"outputs": ("type=docker,dest=x",)}, EVENT, Default.PEER, ()),
    "public-docker-output-second": ({"outputs": ("out", "type=docker")}, EVENT, Default.PEER, ()),
    "public-other-output": ({"outputs": ("type=oci,dest=x",)}, EVENT, Default.PEER, (MAX,)),
    "public-with-sbom": ({"sbom": "true"}, EVENT, Default.PEER, (MAX, "type=sbom,disabled=false")),
    "off-with-sbom": (
        {"sbom": "true"},
        EVENT,
        Default.OFF,
        ("type=provenance,disabled=true", "type=sbom,disabled=false"),
    ),
    "off-with-attested-sbom": (
        {"attests": ("type=sbom",)},
        EVENT,
        Default.OFF,
        ("type=provenance,disabled=true", "type=sbom"),
    ),
    "off-with-attested-provenance": (
        {"attests": ("type=provenance,mode=min",)},
        EVENT,
        Default.OFF,
        (f"type=provenance,mode=min,{BUILDER}",),
    ),
    "public-with-attested-provenance": (
        {"attests": ("type=provenance,mode=min",)},
        EVENT,
        Default.PEER,
        (f"type=provenance,mode=min,{BUILDER}",),
    ),
}


@pytest.mark.parametrize(
    ("fields", "event", "fallback", "expected"), DEFAULTS.values(), ids=DEFAULTS
)
def test_values__default(
    fields: dict[str, Any], event: Event, fallback: Default, expected: tuple[str, ...]
) -> None:
    assert provenance.values(BuildRequest(**fields), event, fallback) == expected


SBOM = {
    "true": ("true", "type=sbom,disabled=false"),
    "false": ("false", "type=sbom,disabled=true"),
    "go-true": ("1", "type=sbom,disabled=false"),
    "generator": ("generator=local/scan:1", "type=sbom,generator=local/scan:1"),
    "generator-and-boolean": ("true,generator=x", "type=sbom,disabled=false,generator=x"),
    "word": ("yes", "type=sbom,yes"),
}


@pytest.mark.parametrize(("text", "expected"), SBOM.values(), ids=SBOM)
def test_values__sbom_input(text: str, expected: str) -> None:
    assert provenance.values(BuildRequest(sbom=text), EVENT, Default.ENGINE) == (expected,)


ATTESTS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "sbom-as-written": ({"attests": ("type=sbom,true",)}, ("type=sbom,true",)),
    "sbom-blank": ({"attests": ("type = sbom, generator=x",)}, ("type = sbom, generator=x",)),
    "sbom-beaten": (
        {"attests": ("type=sbom,generator=x",), "sbom": "false"},
        ("type=sbom,disabled=true",),
    ),
    "provenance": ({"attests": ("type=provenance",)}, (f"type=provenance,{BUILDER}",)),
    "provenance-builder": (
        {"attests": ("type=provenance,builder-id=x",)},
        ("type=provenance,builder-id=x",),
    ),
    "provenance-beaten": (
        {"attests": ("type=provenance,mode=max",), "provenance": "false"},
        ("type=provenance,disabled=true",),
    ),
    "other": ({"attests": ("type=custom,a=b",)}, ("type=custom,a=b",)),
    "other-boolean": ({"attests": ("type=custom,false",)}, ("type=custom,disabled=true",)),
    "no-type": ({"attests": ("a=b",)}, ("a=b",)),
    "order-kept": (
        {"attests": ("type=custom", "type=provenance", "type=sbom"), "sbom": "true"},
        ("type=sbom,disabled=false", "type=custom", f"type=provenance,{BUILDER}"),
    ),
    "both-beaten-others-stay": (
        {
            "attests": ("type=sbom", "type=custom", "type=provenance"),
            "sbom": "true",
            "provenance": "mode=max",
        },
        (f"type=provenance,mode=max,{BUILDER}", "type=sbom,disabled=false", "type=custom"),
    ),
    "twice": ({"attests": ("type=sbom", "type=sbom,x=1")}, ("type=sbom", "type=sbom,x=1")),
}


@pytest.mark.parametrize(("fields", "expected"), ATTESTS.values(), ids=ATTESTS)
def test_values__attests_input(fields: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert provenance.values(BuildRequest(**fields), EVENT, Default.ENGINE) == expected


REGISTRIES = {
    "github": (("ghcr.io",), EVENT, False, Default.OFF),
    "github-and-hub": (("docker.io", "ghcr.io"), EVENT, False, Default.OFF),
    "hub": (("docker.io",), EVENT, False, Default.PEER),
    "none": ((), EVENT, False, Default.PEER),
    "enterprise": (
        ("containers.ghe.example",),
        replace(EVENT, server_url="https://ghe.example"),
        False,
        Default.OFF,
    ),
    "ghcr-from-enterprise": (
        ("ghcr.io",),
        replace(EVENT, server_url="https://ghe.example"),
        False,
        Default.PEER,
    ),
    "switched-off-github": (("ghcr.io",), EVENT, True, Default.ENGINE),
    "switched-off-hub": (("docker.io",), EVENT, True, Default.ENGINE),
}


@pytest.mark.parametrize(
    ("registries", "event", "is_off", "expected"), REGISTRIES.values(), ids=REGISTRIES
)
def test_default__by_registry(
    registries: tuple[str, ...], event: Event, is_off: bool, expected: Default
) -> None:
    assert provenance.default(registries, event, is_off=is_off) is expected


INLINE = "type=provenance,mode=min,inline-only=true"
MADE = {
    "none": ((), False, False),
    "disabled": (("type=provenance,disabled=true",), False, False),
    "disabled-by-word": (("type=provenance,false",), False, False),
    "disabled-1": (("type=provenance,disabled=1",), False, False),
    "both-off": (("type=provenance,disabled=true", "type=sbom,disabled=true"), False, False),
    "inline-only": ((INLINE,), True, False),
    "inline-only-disabled": ((f"{INLINE},disabled=true",), False, False),
    "inline-only-and-sbom": ((INLINE, "type=sbom"), True, True),
    "inline-only-false": (("type=provenance,inline-only=false",), True, True),
    "provenance": (("type=provenance",), True, True),
    "sbom": (("type=provenance,disabled=true", "type=sbom,disabled=false"), True, True),
    "enabled": (("type=sbom,disabled=false",), True, True),
    "disabled-unreadable": (("type=sbom,disabled=perhaps",), True, True),
}


@pytest.mark.parametrize(("values", "in_a_registry", "in_a_file"), MADE.values(), ids=MADE)
def test_are_made__by_values(values: tuple[str, ...], in_a_registry: bool, in_a_file: bool) -> None:
    assert provenance.are_made(values, inline=True) is in_a_registry
    assert provenance.are_made(values, inline=False) is in_a_file
