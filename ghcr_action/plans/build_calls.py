"""The calls of buildx in one run: what is tested or checked first, what is published, what is
loaded."""

from dataclasses import dataclass, replace

from ghcr_action.buildx import annotations, build_request, command, options, provenance
from ghcr_action.buildx.build_request import BuildRequest
from ghcr_action.buildx.builder import Bridge
from ghcr_action.buildx.checks import Checks
from ghcr_action.buildx.command import BuildFiles
from ghcr_action.buildx.destination import ByDigest, Destination, Nowhere, TagsByEngine
from ghcr_action.plans.build_plan import Trial
from ghcr_action.plans.builder import BuildFacts
from ghcr_action.settings.publish import PublishSettings
from ghcr_action.values.engine import BuildCommand
from ghcr_action.values.platform import Platform

_TESTED = "localhost/tested"
"""The local repository of an image under test: no registry has this name, so that nothing is pulled
in its place."""


@dataclass(frozen=True, kw_only=True)
class BuildCalls:
    """One build, and its repetitions: all of one run share these."""

    settings: PublishSettings
    facts: BuildFacts
    request: BuildRequest
    """What is asked for, with names, labels and caches."""
    destination: Destination
    bridge: Bridge | None
    files: BuildFiles
    fallback: provenance.Default
    keeps_digest: bool
    """Whether a loaded image can have the very bytes that are published."""

    def published(self) -> BuildCommand:
        """The build that is pushed. After a trial it takes the trial's steps from the cache, and
        loading may have a call of its own."""
        is_repeated = self._is_tested or self._is_checked_first
        request = self._repeated if is_repeated else self.request
        return self._command(self._over_bridge(self._without_load(request)), self.destination)

    def trial(self) -> Trial | None:
        """The build before it: for the user's test, or for the checks that must hold."""
        if self._is_tested:
            return self._test()
        if self._is_checked_first:
            return Trial(build=self._beside(self.request, "type=cacheonly", "trial"))
        return None

    def load(self) -> BuildCommand | None:
        """The same steps once more, into the engine; None where nothing is loaded, or the published
        build does it."""
        if not self.request.load or not self._loads_apart:
            return None
        names = ",".join(map(str, self.request.tags))
        media_types = (("oci-mediatypes", "true"),) if self.keeps_digest else ()
        named = (("name", names),) if names else ()
        output = options.write((("type", "docker"), *named, *media_types))
        return self._beside(self._repeated, output, "load")

    def warnings(self) -> tuple[str, ...]:
        """What is left out of the published image, and why."""
        written = (
            f"{','.join(item.levels)}:{item.template.text}"
            for item in self.settings.metadata.request.annotations
        )
        asked = annotations.for_an_index((*self.settings.build.annotations, *written))
        return command.warnings(
            self._without_load(self.request),
            self.facts.engine.buildx,
            self.settings.common.event,
            destination=self.destination,
            fallback=self.fallback,
            asked=asked,
        )

    @property
    def _is_tested(self) -> bool:
        return bool(self.settings.test) and not self.request.call

    @property
    def _is_checked_first(self) -> bool:
        """Whether a build for the checks alone comes before the one that pushes."""
        return self.settings.building.checks is Checks.ERROR and isinstance(
            self.destination, TagsByEngine | ByDigest
        )

    @property
    def _loads_apart(self) -> bool:
        """Whether loading takes a call of its own: two exporters that write one layer at once stop
        each other in containerd's store."""
        return isinstance(self.destination, ByDigest)

    @property
    def _repeated(self) -> BuildRequest:
        """The same build once more: it takes the steps that have just run."""
        return replace(self.request, no_cache=False, no_cache_filters=())

    def _test(self) -> Trial:
        """The image for this machine, loaded under a name of its own."""
        image = f"{_TESTED}:{self.facts.scratch.name}"
        output = f"type=docker,name={image}" + (",oci-mediatypes=true" if self.keeps_digest else "")
        native = replace(self._repeated, platforms=self._native)
        return Trial(
            build=self._beside(native, output, "trial"),
            script=self.settings.test,
            image=image,
            names_by_digest=self.facts.engine.has_containerd_store,
            keeps_digest=self.keeps_digest and not self.request.image,
            fresh=self._fresh(),
        )

    def _fresh(self) -> BuildCommand | None:
        """Every step anew, once: a trial and a published build that each did so would be two
        images."""
        if not (self.request.no_cache or self.request.no_cache_filters):
            return None
        return self._beside(self.request, "type=cacheonly", "fresh")

    @property
    def _native(self) -> tuple[Platform, ...]:
        """The engine's own platform, if it is among those asked for; else the first of them."""
        asked, own = self.request.platforms, self.facts.engine.platforms
        native = tuple(each for each in asked if each in own or each.is_local)
        return native[:1] or asked[:1]

    def _without_load(self, request: BuildRequest) -> BuildRequest:
        """The same without ``load``, where that is for another call."""
        return replace(request, load=request.load and not self._loads_apart)

    def _over_bridge(self, request: BuildRequest) -> BuildRequest:
        """The same on the bridge's builder. Its driver ``remote`` does not know what
        ``host-gateway`` stands for."""
        if self.bridge is None:
            return request
        address = self.facts.builder.host_gateway if self.facts.builder else ""
        known = build_request.with_host_gateway(request, address) if address else request
        return replace(known, builder=self.bridge.name)

    def _beside(self, request: BuildRequest, output: str, name: str) -> BuildCommand:
        """A build of the same steps for this machine only: no attestations, which its store may not
        take, no cache written. ``name`` tells its files apart."""
        scratch = self.facts.scratch
        files = replace(self.files, metadata=scratch / f"{name}.json", iid=scratch / f"{name}-iid")
        local = replace(
            request,
            attests=(),
            provenance="false",
            sbom="",
            cache_to=(),
            outputs=(output,),
            load=False,
            push=False,
        )
        return replace(self, files=files)._command(local, Nowhere())

    def _command(self, request: BuildRequest, destination: Destination) -> BuildCommand:
        """One call of buildx."""
        planned = command.command(
            request,
            self.facts.context,
            buildx=self.facts.engine.buildx,
            files=self.files,
            event=self.settings.common.event,
            destination=destination,
            fallback=self.fallback,
        )
        added = self.settings.building.environment
        return replace(planned, environment=(*planned.environment, *added))
