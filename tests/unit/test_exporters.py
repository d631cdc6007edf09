"""`outputs` taken apart: what is published, what lies beside it, and what they are called."""

from typing import Any

import pytest

from ghcr_action.errors import SettingsError
from ghcr_action.settings import exporters, option_keys
from ghcr_action.settings.exporters import Outputs

APP = "ghcr.io/octo/app"
PUSHED = {"has_image": True, "push": True}
SILENT = {"has_image": True, "why_not": "`outputs` has an image and does not say `push=true`"}
REFUSED = {
    "has_image": True,
    "push": False,
    "why_not": "`outputs` has an image and says `push=false`",
}
ONLY = "`outputs` asks for {} only; `push: true` publishes as well"
FILES = ONLY.format("files")
DESCRIPTION = "org.opencontainers.image.description"
READ: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "none": ((), {}),
    "image-pushed": (("type=image,push=true",), PUSHED),
    "registry": (("type=registry",), PUSHED),
    "image-alone": (("type=image",), SILENT),
    "image-not-pushed": (("type=image,push=false",), REFUSED),
    "a-name": ((f"type=image,name={APP}:1,push=true",), PUSHED | {"names": (f"{APP}:1",)}),
    "two-names": ((f'type=registry,"name={APP},b/c"',), PUSHED | {"names": (APP, "b/c")}),
    "by-digest": (
        (f"type=image,name={APP},push-by-digest=true,name-canonical=true,push=true",),
        PUSHED | {"names": (APP,), "by_digest": True},
    ),
    "by-digest-alone": (("type=image,push-by-digest=true",), SILENT | {"by_digest": True}),
    "by-digest-off": (("type=registry,push-by-digest=false",), PUSHED),
    "options": (
        ("type=image,compression=zstd,force-compression=true,oci-mediatypes=false,push=true",),
        PUSHED
        | {
            "image": (
                ("compression", "zstd"),
                ("force-compression", "true"),
                ("oci-mediatypes", "false"),
            )
        },
    ),
    "options-of-two": (
        ("type=registry,compression=zstd", "type=image,compression=zstd,store=true"),
        PUSHED | {"image": (("compression", "zstd"), ("store", "true"))},
    ),
    "annotations": (
        (
            f"type=image,annotation-index.{DESCRIPTION}=My own words,annotation.a=1",
            "type=image,annotation-manifest[linux/amd64].b=2,annotation-manifest-descriptor.c=3",
        ),
        SILENT
        | {
            "annotations": (
                f"index:{DESCRIPTION}=My own words",
                "manifest:a=1",
                "manifest[linux/amd64]:b=2",
                "manifest-descriptor:c=3",
            )
        },
    ),
    "files": (("type=local,dest=out",), {"exports": ("type=local,dest=out",), "why_not": FILES}),
    "a-bare-path": (("out",), {"exports": ("out",), "why_not": FILES}),
    "a-tar": (
        ("type=tar,dest=x.tar", "type=docker"),
        {
            "exports": ("type=tar,dest=x.tar", "type=docker"),
            "why_not": ONLY.format("files and an image in the engine"),
        },
    ),
    "an-archive-of-the-engine": (
        ("type=docker,dest=x.tar",),
        {"exports": ("type=docker,dest=x.tar",), "why_not": FILES},
    ),
    "the-engine": (
        ("type=docker,name=app:1",),
        {
            "exports": ("type=docker,name=app:1",),
            "why_not": ONLY.format("an image in the engine"),
        },
    ),
    "the-cache": (
        ("type=cacheonly",),
        {"exports": ("type=cacheonly",), "why_not": ONLY.format("the cache")},
    ),
    "both": (
        ("type=registry", "type=oci,dest=x.tar"),
        PUSHED | {"exports": ("type=oci,dest=x.tar",)},
    ),
}


@pytest.mark.parametrize(("items", "expected"), READ.values(), ids=READ)
def test_exporters__read(items: tuple[str, ...], expected: dict[str, Any]) -> None:
    assert exporters.read(items) == Outputs(**expected)


@pytest.mark.parametrize(
    ("items", "says"),
    [
        (('type=image,"name=a',), "`outputs`: 'type=image,\"name=a' can't be read"),
        (("type=image,push=maybe",), "`outputs`: push=maybe: "),
        (("type=image,push-by-digest=x",), "`outputs`: push-by-digest=x: "),
        (
            ("type=registry,compression=zstd", "type=image,compression=gzip"),
            "`outputs`: compression is zstd in one image and gzip in another",
        ),
        ((f"type=image,name={APP}:{{{{sha}}}}",), f"`outputs`: name={APP}:{{{{sha}}}} is not the"),
        ((f"type=image,name={APP}:a b",), f"`outputs`: name={APP}:a b is not the name"),
        ((f"type=registry,name={APP}:a=b",), f"`outputs`: name={APP}:a=b is not the name"),
        (("-",), "`outputs`: - does not say where the files go"),
        (("type=tar,dest=-",), "`outputs`: type=tar,dest=- does not say where"),
        (("type=tar",), "`outputs`: type=tar does not say where"),
        (("type=oci",), "`outputs`: type=oci does not say where"),
        (("type=docker,dest=-",), "`outputs`: type=docker,dest=- does not say where"),
        (("type=image", "type=local"), "`outputs`: type=local does not say where"),
    ],
)
def test_exporters__what_can_not_be_meant_is_told(items: tuple[str, ...], says: str) -> None:
    with pytest.raises(SettingsError) as raised:
        exporters.read(items)

    assert raised.value.what.startswith(says)


@pytest.mark.parametrize(
    ("source", "item", "fix"),
    [
        ("outputs", "type=image,push=true,compresion=zstd", "compression=zstd"),
        ("outputs", "type=image,force_compression=true", "force-compression=true"),
        ("outputs", "type=image,push-by-diget=true", "push-by-digest=true"),
        ("outputs", "type=local,dst=out", "dest=out"),
        ("outputs", "typ=local,dest=out", "type=local"),
        ("cache-to", "type=gha,scop=x,mode=max", "scope=x"),
        ("cache-to", "type=registry,ref=x,mod=max", "mode=max"),
        ("cache-from", "type=s3,buckett=x", "bucket=x"),
        ("cache-to", "type=s3,endpoint-url=x", "endpoint_url=x"),
    ],
)
def test_keys__one_that_is_nearly_an_option_is_told(source: str, item: str, fix: str) -> None:
    with pytest.raises(SettingsError, match="there is no option") as raised:
        option_keys.check(source, [item])

    assert raised.value.fix == fix


@pytest.mark.parametrize(
    "item",
    [
        "out",
        "type=image,annotation-index.a.b=c,annotation[linux/amd64].d=e,annotation-manifest.x=y",
        "type=image,brand-new=x",
        "type=image,path=x",
        'type=oci,"dest=a,b",tar=false,rewrite-timestamp=true',
    ],
)
def test_keys__others_are_left_to_the_engine(item: str) -> None:
    option_keys.check("outputs", [item])


LEFT_OUT = (
    "`outputs`: name=target has no tag and is left out: `images` and `tags` say what the image is "
    "called."
)
NAMES: dict[str, tuple[str, str, str, tuple[str, str, tuple[str, ...]]]] = {
    "no-name": ("type=image", "", "", ("", "", ())),
    "a-tag-alone": (f"type=image,name={APP}:1.2.3", "", "", ("", f"{APP}:1.2.3", ())),
    "no-tag-alone": (f"type=image,name={APP}", "", "", ("", f"{APP}:latest", ())),
    "of-docker-hub": ("type=image,name=octo/app", "", "", ("", "octo/app:latest", ())),
    "no-owner": ("type=image,name=target", "", "", ("", "", (LEFT_OUT,))),
    "beside-tags": (f"type=image,name={APP}:1", "", f"{APP}:2", ("", f"{APP}:2\n{APP}:1", ())),
    "beside-images": (f"type=image,name={APP}:1", APP, "", (APP, f"{APP}:1", ())),
    "no-tag-beside-tags": ("type=image,name=target", "", "1", ("", "1", (LEFT_OUT,))),
    "no-tag-beside-images": (f"type=image,name={APP}", APP, "", (APP, "", ())),
    "by-digest": (f"type=image,push-by-digest=true,name={APP}", "", "", (APP, "", ())),
    "by-digest-beside-tags": (f"type=image,push-by-digest=true,name={APP}", "", "1", ("", "1", ())),
}


@pytest.mark.parametrize(("item", "images", "tags", "expected"), NAMES.values(), ids=NAMES)
def test_exporters__names(
    item: str, images: str, tags: str, expected: tuple[str, str, tuple[str, ...]]
) -> None:
    assert exporters.names(exporters.read((item,)), images, tags) == expected
