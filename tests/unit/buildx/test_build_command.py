"""The whole argument list for every input."""

from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import pytest

from ghcr_action.buildx.build_request import BuildRequest
from ghcr_action.buildx.command import BuildFiles
from ghcr_action.buildx.context import Context
from ghcr_action.buildx.destination import TagsByEngine
from ghcr_action.buildx.provenance import Default
from ghcr_action.errors import SettingsError
from ghcr_action.values.engine import BuildCommand
from ghcr_action.values.platform import Platform
from tests.unit.buildx.planning import (
    FILES,
    NO_ATTESTATION,
    ONE,
    REST,
    RUN,
    TWO,
    arguments,
    planned,
)

SINGLE = {
    "nothing": ({}, f"--iidfile IID {NO_ATTESTATION} {REST}"),
    "add-hosts": (
        {"add_hosts": ("a:1.2.3.4", "b:host-gateway")},
        f"--add-host a:1.2.3.4 --add-host b:host-gateway --iidfile IID {NO_ATTESTATION} {REST}",
    ),
    "allow": (
        {"allow": ("network.host", "security.insecure")},
        f"--allow network.host --allow security.insecure --iidfile IID {NO_ATTESTATION} {REST}",
    ),
    "annotation": (
        {"annotations": ("a=b",)},
        f"--annotation a=b --iidfile IID {NO_ATTESTATION} {REST}",
    ),
    "annotation-manifest": (
        {"annotations": ("manifest:a=b c",)},
        f"--annotation 'manifest:a=b c' --iidfile IID {NO_ATTESTATION} {REST}",
    ),
    "annotation-index-of-one-platform": (
        {"annotations": ("index,manifest:a=b", "index:c=d")},
        f"--annotation manifest:a=b --iidfile IID {NO_ATTESTATION} {REST}",
    ),
    "annotation-index-of-two-platforms": (
        {"annotations": ("index,manifest:a=b",), "platforms": ("linux/amd64", "linux/arm64")},
        (
            "--annotation index,manifest:a=b --iidfile IID --platform "
            f"linux/amd64,linux/arm64 {NO_ATTESTATION} {REST}"
        ),
    ),
    "annotation-index-of-same-platform-twice": (
        {"annotations": ("index:a=b",), "platforms": ("linux/amd64", "linux/amd64")},
        f"--iidfile IID --platform linux/amd64,linux/amd64 {NO_ATTESTATION} {REST}",
    ),
    "annotation-index-with-provenance": (
        {"annotations": ("index:a=b",), "provenance": "true"},
        f"--annotation index:a=b --iidfile IID --attest type=provenance,builder-id={RUN} {REST}",
    ),
    "annotation-index-with-sbom": (
        {"annotations": ("index:a=b",), "sbom": "true"},
        (
            f"--annotation index:a=b --iidfile IID {NO_ATTESTATION} --attest "
            f"type=sbom,disabled=false {REST}"
        ),
    ),
    "annotation-index-forced": (
        {"annotations": ("index:a=b",), "build_args": ("BUILDKIT_MULTI_PLATFORM=1",)},
        (
            "--annotation index:a=b --build-arg BUILDKIT_MULTI_PLATFORM=1 --iidfile IID "
            f"{NO_ATTESTATION} {REST}"
        ),
    ),
    "annotation-index-not-forced": (
        {"annotations": ("index:a=b",), "build_args": ("BUILDKIT_MULTI_PLATFORM=no",)},
        f"--build-arg BUILDKIT_MULTI_PLATFORM=no --iidfile IID {NO_ATTESTATION} {REST}",
    ),
    "attests": (
        {"attests": ("type=sbom,generator=local/scan:1",)},
        f"--iidfile IID {NO_ATTESTATION} --attest type=sbom,generator=local/scan:1 {REST}",
    ),
    "build-args": (
        {"build_args": ("A=1", "B=x, y", "TOKEN", 'J={"a":"b"}')},
        (
            "--build-arg A=1 --build-arg 'B=x, y' --build-arg TOKEN --build-arg "
            f'\'J={{"a":"b"}}\' --iidfile IID {NO_ATTESTATION} {REST}'
        ),
    ),
    "build-arg-of-two-lines": (
        {"build_args": ("A=1\n2",)},
        f"--build-arg 'A=1\n2' --iidfile IID {NO_ATTESTATION} {REST}",
    ),
    "builder": ({"builder": "b1"}, f"--iidfile IID {NO_ATTESTATION} --builder b1 {REST}"),
    "cache-from": (
        {"cache_from": ("type=gha", "ghcr.io/octo/app:cache")},
        (
            "--cache-from type=gha --cache-from ghcr.io/octo/app:cache --iidfile IID "
            f"{NO_ATTESTATION} {REST}"
        ),
    ),
    "cache-to": (
        {"cache_to": ("type=gha,mode=max",)},
        f"--cache-to type=gha,mode=max --iidfile IID {NO_ATTESTATION} {REST}",
    ),
    "call": ({"call": "check"}, f"--call check --iidfile IID {NO_ATTESTATION} {REST}"),
    "call-with-format": (
        {"call": "check,format=json"},
        f"--call check,format=json --iidfile IID {NO_ATTESTATION} {REST}",
    ),
    "cgroup-parent": (
        {"cgroup_parent": "/x"},
        f"--cgroup-parent /x --iidfile IID {NO_ATTESTATION} {REST}",
    ),
    "file": (
        {"file": "./docker/Dockerfile"},
        f"--file ./docker/Dockerfile --iidfile IID {NO_ATTESTATION} {REST}",
    ),
    "file-with-blank": (
        {"file": "my app/Dockerfile"},
        f"--file 'my app/Dockerfile' --iidfile IID {NO_ATTESTATION} {REST}",
    ),
    "labels": (
        {"labels": ("a=b", "c=")},
        f"--iidfile IID --label a=b --label c= {NO_ATTESTATION} {REST}",
    ),
    "load": ({"load": True}, f"--iidfile IID {NO_ATTESTATION} --load {REST}"),
    "network": (
        {"network": "host"},
        f"--iidfile IID {NO_ATTESTATION} --metadata-file MD --network host --progress=rawjson .",
    ),
    "no-cache": (
        {"no_cache": True},
        f"--iidfile IID {NO_ATTESTATION} --metadata-file MD --no-cache --progress=rawjson .",
    ),
    "no-cache-filters": (
        {"no_cache_filters": ("build", "test")},
        f"--iidfile IID --no-cache-filter build --no-cache-filter test {NO_ATTESTATION} {REST}",
    ),
    "platform": (
        {"platforms": ("linux/arm64",)},
        f"--iidfile IID --platform linux/arm64 {NO_ATTESTATION} {REST}",
    ),
    "platform-as-written": (
        {"platforms": ("local", "linux/arm64/v8")},
        f"--iidfile IID --platform local,linux/arm64/v8 {NO_ATTESTATION} {REST}",
    ),
    "provenance-true": (
        {"provenance": "true"},
        f"--iidfile IID --attest type=provenance,builder-id={RUN} {REST}",
    ),
    "provenance-false": ({"provenance": "false"}, f"--iidfile IID {NO_ATTESTATION} {REST}"),
    "provenance-attributes": (
        {"provenance": "mode=max"},
        f"--iidfile IID --attest type=provenance,mode=max,builder-id={RUN} {REST}",
    ),
    "pull": (
        {"pull": True},
        f"--iidfile IID {NO_ATTESTATION} --metadata-file MD --progress=rawjson --pull .",
    ),
    "push-and-tags-are-the-destination's": (
        {"push": True, "tags": (ONE,)},
        f"--iidfile IID {NO_ATTESTATION} {REST}",
    ),
    "sbom-generator": (
        {"sbom": "generator=local/scan:1"},
        f"--iidfile IID {NO_ATTESTATION} --attest type=sbom,generator=local/scan:1 {REST}",
    ),
    "sbom-false": (
        {"sbom": "false"},
        f"--iidfile IID {NO_ATTESTATION} --attest type=sbom,disabled=true {REST}",
    ),
    "secret-envs": (
        {"secret_envs": (("npm", "NPM_TOKEN"), ("a", "B"))},
        f"--secret id=npm,env=NPM_TOKEN --secret id=a,env=B --iidfile IID {NO_ATTESTATION} {REST}",
    ),
    "secret-files": (
        {"secret_files": (("npm", "./.npmrc"),)},
        f"--iidfile IID {NO_ATTESTATION} --secret id=npm,src=./.npmrc {REST}",
    ),
    "secret-file-with-comma": (
        {"secret_files": (("npm", "a,b"),)},
        f"--iidfile IID {NO_ATTESTATION} --secret 'id=npm,\"src=a,b\"' {REST}",
    ),
    "shm-size": ({"shm_size": "2g"}, f"--iidfile IID {NO_ATTESTATION} --shm-size 2g {REST}"),
    "ssh": (
        {"ssh": ("default", "k=/key")},
        f"--iidfile IID {NO_ATTESTATION} --ssh default --ssh k=/key {REST}",
    ),
    "target": ({"target": "prod"}, f"--iidfile IID {NO_ATTESTATION} --target prod {REST}"),
    "ulimit": (
        {"ulimit": ("nofile=1024:1024", "nproc=3")},
        f"--iidfile IID {NO_ATTESTATION} --ulimit nofile=1024:1024 --ulimit nproc=3 {REST}",
    ),
}


@pytest.mark.parametrize(("fields", "text"), SINGLE.values(), ids=SINGLE)
def test_command__one_input(fields: dict[str, Any], text: str) -> None:
    assert planned(BuildRequest(**fields)).arguments == arguments(text)


def test_command__a_context_is_no_flag() -> None:
    context = Context(value="--push", is_git=False, why="as the input says")

    assert planned(BuildRequest(), context=context).arguments[-2:] == ("--", "--push")


def test_command__every_input_in_the_peers_order() -> None:
    request = BuildRequest(
        add_hosts=("a:1",),
        allow=("network.host",),
        annotations=("index:a=b",),
        attests=("type=custom,x=1",),
        build_args=("A=1",),
        build_contexts=("raw=stays-out",),
        builder="b1",
        cache_from=("type=gha",),
        cache_to=("type=gha,mode=max",),
        call="build",
        cgroup_parent="/x",
        context="stays-out",
        file="D",
        labels=("l=1",),
        load=True,
        network="host",
        no_cache=True,
        no_cache_filters=("s",),
        outputs=("type=image,compression=zstd",),
        platforms=(Platform("linux", "amd64"), Platform("linux", "arm64")),
        provenance="mode=max",
        pull=True,
        push=True,
        sbom="true",
        secret_envs=(("e", "E"),),
        secret_files=(("f", "F"),),
        shm_size="1g",
        ssh=("default",),
        tags=(TWO,),
        target="t",
        ulimit=("nproc=3",),
    )
    files = replace(
        FILES,
        secrets=(("v", PurePosixPath("S0")),),
        git_logins=(("GIT_AUTH_TOKEN.github.com", PurePosixPath("S1")),),
    )
    context = Context(
        value="https://github.com/octo/app.git#main", is_git=True, why="", named=("n=dir",)
    )

    made = planned(
        request,
        context=context,
        files=files,
        destination=TagsByEngine(references=(ONE, TWO)),
    )

    assert made == BuildCommand(
        arguments=arguments(
            "--add-host a:1 --allow network.host --annotation index:a=b --build-arg A=1 --build-context n=dir --cache-from type=gha"
            " --cache-to type=gha,mode=max --call build --cgroup-parent /x --secret id=e,env=E --file D --iidfile IID --label l=1"
            " --no-cache-filter s --output type=image,compression=zstd --platform linux/amd64,linux/arm64"
            f" --attest type=provenance,mode=max,builder-id={RUN} --attest type=sbom,disabled=false --attest type=custom,x=1"
            " --secret id=v,src=S0 --secret id=f,src=F --secret id=GIT_AUTH_TOKEN.github.com,src=S1 --shm-size 1g --ssh default"
            " --tag ghcr.io/octo/app:1 --tag ghcr.io/octo/app:2 --target t --ulimit nproc=3 --builder b1 --load --metadata-file MD"
            " --network host --no-cache --progress=rawjson --pull --push https://github.com/octo/app.git#main"
        ),
        environment=(("BUILDX_METADATA_WARNINGS", "true"),),
        metadata_file=PurePosixPath("MD"),
        iid_file=PurePosixPath("IID"),
        context="https://github.com/octo/app.git#main",
        call="build",
    )


FALLBACKS = {
    "off": (Default.OFF, f"{NO_ATTESTATION} "),
    "engine": (Default.ENGINE, ""),
    "peer": (Default.PEER, f"--attest type=provenance,mode=max,builder-id={RUN} "),
}


@pytest.mark.parametrize(("fallback", "text"), FALLBACKS.values(), ids=FALLBACKS)
def test_command__default_provenance(fallback: Default, text: str) -> None:
    assert planned(BuildRequest(), fallback=fallback).arguments == arguments(
        f"--iidfile IID {text}{REST}"
    )


SECRETS = {
    "values": (replace(FILES, secrets=(("a", PurePosixPath("/s/0")),)), "--secret id=a,src=/s/0"),
    "values-in-order": (
        replace(FILES, secrets=(("b", PurePosixPath("/s/0")), ("a", PurePosixPath("/s/1")))),
        "--secret id=b,src=/s/0 --secret id=a,src=/s/1",
    ),
    "path-with-comma": (
        replace(FILES, secrets=(("a", PurePosixPath("/s,/0")),)),
        "--secret 'id=a,\"src=/s,/0\"'",
    ),
    "token": (
        replace(FILES, git_logins=(("GIT_AUTH_TOKEN.ghe.example", PurePosixPath("/s/t")),)),
        "--secret id=GIT_AUTH_TOKEN.ghe.example,src=/s/t",
    ),
}


@pytest.mark.parametrize(("files", "text"), SECRETS.values(), ids=SECRETS)
def test_command__secret_files(files: BuildFiles, text: str) -> None:
    assert planned(BuildRequest(), files=files).arguments == arguments(
        f"--iidfile IID {NO_ATTESTATION} {text} {REST}"
    )


@pytest.mark.parametrize("version", ["0.14.1", "0.5.0"])
def test_command__call_needs_a_newer_buildx(version: str) -> None:
    with pytest.raises(SettingsError) as caught:
        planned(BuildRequest(call="check"), version=version)

    assert str(caught.value) == (
        "`call: check` needs buildx 0.15.0\n"
        f"Why: the engine has buildx {version}\n"
        "Fix: Remove `call`, or install a newer buildx with docker/setup-buildx-action"
    )


BROKEN = {
    "outputs": (
        {"outputs": ('type=image,name="a,b"',)},
        "`outputs`: 'type=image,name=\"a,b\"' can't be read",
    ),
    "attests": ({"attests": ('type=sbom,"x',)}, "`attests`: 'type=sbom,\"x' can't be read"),
    "provenance": ({"provenance": 'mode="max"'}, "`provenance`: 'mode=\"max\"' can't be read"),
    "sbom": ({"sbom": '"x'}, "`sbom`: '\"x' can't be read"),
}


@pytest.mark.parametrize(("fields", "what"), BROKEN.values(), ids=BROKEN)
def test_command__broken_quote(fields: dict[str, Any], what: str) -> None:
    with pytest.raises(SettingsError) as caught:
        planned(BuildRequest(**fields))

    assert caught.value.what == what
    assert caught.value.fix == (
        "Put a field that has a comma in double quotes as a whole, for example "
        'type=image,"name=a,b"'
    )
