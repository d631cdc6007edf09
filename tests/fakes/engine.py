"""An engine in memory: it "builds" an image per platform, and pushes it by digest where the
command says so."""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from ghcr_action.errors import ActionError, BuildFailed, NotFound, Unavailable
from ghcr_action.images import transfer
from ghcr_action.inputs import lists
from ghcr_action.ports import Registry
from ghcr_action.values import oci
from ghcr_action.values.engine import Build, BuildCommand, BuilderFacts, EngineFacts, Printed
from ghcr_action.values.oci import Descriptor, Index, Manifest, MediaType
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference
from tests.fakes.layout import MemoryLayout
from tests.fakes.registry import FakeRegistry
from tests.fakes.workspace import FakeWorkspace

NATIVE = Platform("linux", "amd64")
FACTS = EngineFacts(buildx=(0, 29, 1), has_containerd_store=True, platforms=(NATIVE,))


@dataclass
class FakeEngine:
    registry: Registry = field(default_factory=FakeRegistry)
    """Where it pushes to."""
    facts: EngineFacts = FACTS
    output: tuple[str, ...] = ("#1 [internal] load build definition", "#2 DONE 0.1s")
    failure: str = ""
    failing: list[tuple[str, ...]] = field(default_factory=list)
    """What the next builds say, each of which fails; the one after them succeeds."""
    metadata: dict[str, Any] | None = None
    """What the metadata file holds, in place of the truth."""
    drops: Platform | None = None
    """A platform that is asked for and not built."""
    builders: dict[str, BuilderFacts] = field(
        default_factory=lambda: {"": BuilderFacts(driver="docker", platforms=(NATIVE,))}
    )
    exits: int = 0
    """The exit code of the user's script."""
    refuses: str = ""
    """Commands that hold this text fail."""
    says: str = "refused"
    """Why they fail."""
    builds_again: Platform | None = None
    """What a build gives that only has to repeat another, where its cache was lost."""
    pulled: list[str] = field(default_factory=list)
    arrives: str = ""
    """What a pull brings, in place of what it was asked for."""
    commands: list[BuildCommand] = field(default_factory=list)
    calls: list[tuple[str, ...]] = field(default_factory=list)
    loaded: str = ""
    """The digest of the image that was loaded last."""
    bridges: list[PurePosixPath] = field(default_factory=list)
    """Sockets that lead to its BuildKit now."""
    bridged_to: list[str] = field(default_factory=list)
    """The builder behind each socket there has been."""
    bridged: dict[str, str] = field(default_factory=dict)
    """The socket of each remote builder."""
    scripts: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    workspace: FakeWorkspace | None = None
    """Where the plan files of a bake are."""
    broken: str = ""
    """A target of a bake that does not build."""
    answers: dict[str, Printed] = field(default_factory=dict)
    """What a command says that holds this argument."""
    asked: list[tuple[tuple[str, ...], Mapping[str, str] | None, str]] = field(default_factory=list)
    """Arguments, environment and directory of each question."""

    def describe(self) -> EngineFacts:
        return self.facts

    def build(self, command: BuildCommand, show: Callable[[str], None]) -> Build:
        self.commands.append(command)
        fails, output = (
            (True, self.failing.pop(0)) if self.failing else (bool(self.failure), self.output)
        )
        for line in output:
            show(line)
        if fails:
            raise BuildFailed(f"The build failed: {self.failure or output[-1]}")
        arguments = command.arguments
        if arguments[:2] == ("buildx", "bake"):
            return self._bake(arguments)
        builder = next(
            (value for name, value in itertools.pairwise(arguments) if name == "--builder"), ""
        )
        listed = next(
            (value for name, value in itertools.pairwise(arguments) if name == "--platform"), ""
        )
        wanted = [Platform.parse(text) for text in listed.split(",")] if listed else [NATIVE]
        if self.builds_again and len(self.commands) > 1:
            wanted = [self.builds_again]
        root, blobs = image([platform for platform in wanted if platform != self.drops])
        if any(argument.startswith("type=docker") for argument in arguments):
            self.loaded = str(root.descriptor.digest)
        for text in (text for name, text in itertools.pairwise(arguments) if name == "--output"):
            exported = dict(lists.attributes(text))
            if exported.get("push-by-digest") == "true":
                self._push(root, blobs, exported["name"].split(","), builder)
        truth = {
            "containerimage.digest": str(root.descriptor.digest),
            "buildx.build.provenance": {"buildType": "x"},
        }
        return Build(
            metadata=truth if self.metadata is None else self.metadata,
            image_id=str(
                root.config.digest if isinstance(root, Manifest) else root.descriptor.digest
            ),
        )

    def _bake(self, arguments: tuple[str, ...]) -> Build:
        """Every target of the plan file that is named, in order; a broken one ends it all."""
        options = dict(itertools.pairwise(arguments))
        assert self.workspace is not None
        document = json.loads(self.workspace.files[options["--file"]])
        metadata = {}
        for name in (word for word in arguments if word in document["target"]):
            if name == self.broken:
                raise BuildFailed(f"The build failed: target {name}: failed to solve")
            target = document["target"][name]
            wanted = [Platform.parse(text) for text in target.get("platforms", ())] or [NATIVE]
            root, blobs = image([each for each in wanted if each != self.drops], of=name)
            for output in (dict(lists.attributes(value)) for value in target["output"]):
                if output.get("push-by-digest") == "true":
                    names = output["name"].split(",")
                    self._push(root, blobs, names, options.get("--builder", ""))
            metadata[name] = {
                "containerimage.digest": str(root.descriptor.digest),
                "buildx.build.provenance": {"buildType": "x"},
            }
        return Build(metadata=metadata if self.metadata is None else self.metadata)

    def _push(
        self, root: Manifest | Index, blobs: dict[Digest, bytes], names: list[str], builder: str
    ) -> None:
        """By digest; the driver ``docker`` refuses that, and a remote one needs somebody behind its socket."""
        made = self.builders.get(builder)
        if (
            made is None
            or made.driver == "docker"
            or (self.bridged.get(builder, "") not in map(str, ("", *self.bridges)))
        ):
            raise BuildFailed(
                "The build failed: push-by-digest is currently not implemented for docker driver"
            )
        for name in names:
            try:
                transfer.push(
                    MemoryLayout(root, blobs),
                    root.descriptor,
                    Reference.parse(name).repository,
                    self.registry,
                )
            except ActionError as refused:
                raise BuildFailed(
                    f"The build failed: failed to push {name}: {refused.why}"
                ) from refused

    def builder(self, name: str) -> BuilderFacts | None:
        return self.builders.get(name)

    def call(self, arguments: tuple[str, ...], show: Callable[[str], None]) -> str:
        self.calls.append(arguments)
        if self.refuses and self.refuses in " ".join(arguments):
            raise Unavailable(f"'docker {' '.join(arguments)}' failed: {self.says}")
        if arguments[0] == "pull":
            self.pulled.append(self.arrives or arguments[-1])
        if "{{json .RepoDigests}}" in arguments:
            return json.dumps(self.pulled)
        if arguments[:2] == ("image", "inspect"):
            return self.loaded
        if arguments[:2] == ("buildx", "create"):
            name, driver = (
                next((b for a, b in itertools.pairwise(arguments) if a == flag), "")
                for flag in ("--name", "--driver")
            )
            self.builders.setdefault(name, BuilderFacts(driver=driver))
            self.bridged[name] = (
                arguments[-1].removeprefix("unix://") if arguments[-1].startswith("unix://") else ""
            )
        if arguments[:2] == ("buildx", "rm") and not self.builders.pop(arguments[-1], None):
            raise NotFound(
                "'docker buildx rm' failed: ERROR: failed to remove one or more builders"
            )
        show("as told")
        return "as told"

    def ask(
        self,
        arguments: tuple[str, ...],
        environ: Mapping[str, str] | None = None,
        *,
        directory: str = "",
    ) -> Printed:
        self.asked.append((arguments, environ, directory))
        said = next((said for word, said in self.answers.items() if word in arguments), None)
        return said or Printed(code=1, output="", errors=("ERROR: nobody said what to answer",))

    @contextmanager
    def bridge(self, path: PurePosixPath, *, builder: str = "") -> Iterator[None]:
        if self.refuses and self.refuses in f"bridge {path}":
            raise Unavailable(
                "The engine does not offer its BuildKit, so that nothing can be pushed by digest"
            )
        self.bridges.append(path)
        self.bridged_to.append(builder)
        try:
            yield
        finally:
            self.bridges.remove(path)
            for name in [name for name, end in self.bridged.items() if end == str(path)]:
                self.builders.pop(name, None)

    def shell(self, script: str, variables: Mapping[str, str], show: Callable[[str], None]) -> int:
        self.scripts.append((script, dict(variables)))
        show("the test says hello")
        return self.exits


def image(platforms: list[Platform], of: str = "") -> tuple[Manifest | Index, dict[Digest, bytes]]:
    """A manifest for one platform, an index for several, and every byte they name; ``of`` tells
    images apart."""
    blobs: dict[Digest, bytes] = {}
    manifests = [_manifest(platform, blobs, of) for platform in platforms]
    if len(platforms) == 1:
        return manifests[0], blobs
    for manifest in manifests:
        blobs[manifest.descriptor.digest] = manifest.raw
    entries = [
        oci.describe(
            Descriptor(
                media_type=m.media_type, digest=m.descriptor.digest, size=len(m.raw), platform=p
            )
        )
        for m, p in zip(manifests, platforms, strict=True)
    ]
    index = oci.parse(
        oci.dump({"schemaVersion": 2, "mediaType": MediaType.OCI_INDEX, "manifests": entries})
    )
    return index, blobs


def _manifest(platform: Platform, blobs: dict[Digest, bytes], of: str) -> Manifest:
    config = json.dumps(
        {"os": platform.os, "architecture": platform.architecture, "variant": platform.variant}
    ).encode()
    layers = [b"layer shared by all", f"layer of {of}{platform}".encode()]
    for blob in (config, *layers):
        blobs[Digest.of(blob)] = blob
    document = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_MANIFEST,
        "config": {
            "mediaType": MediaType.OCI_CONFIG,
            "digest": str(Digest.of(config)),
            "size": len(config),
        },
        "layers": [
            {
                "mediaType": MediaType.OCI_LAYER_GZIP,
                "digest": str(Digest.of(layer)),
                "size": len(layer),
            }
            for layer in layers
        ],
    }
    found = oci.parse(oci.dump(document))
    assert isinstance(found, Manifest)
    return found
