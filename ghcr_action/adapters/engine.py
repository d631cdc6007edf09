"""Docker with buildx behind the Engine port, driven by its command line.

The engine is never re-implemented: arguments come from the plan, this module runs them and reads
what they leave.
"""

import contextlib
import json
import logging
import os
import re
import shlex
import shutil
import subprocess
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from ghcr_action.adapters import (
    buildx_directory,
    child,
    docker_config,
    engine_errors,
    engine_socket,
    interrupts,
)
from ghcr_action.buildx import builder_facts, engine_facts, options
from ghcr_action.buildx.builder import ENGINE_DRIVER
from ghcr_action.errors import BuildFailed, Unavailable
from ghcr_action.values.answer import Answer, Where
from ghcr_action.values.engine import Build, BuildCommand, BuilderFacts, EngineFacts, Printed

log = logging.getLogger(__name__)

_OURS = r"INPUT_|STATE_|ACTIONS_ID_TOKEN_"
"""Variables the engine has no use for; several of them hold secrets."""

_OURS_IN_A_SHELL = r"ACTIONS_RUNTIME_|ACTIONS_RESULTS_|ACTIONS_CACHE_"
"""Variables that only the engine has a use for."""

_STANDARD_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
"""Where programs are searched last, so that a workflow's own PATH can't hide them."""

_STAND_INS = "/action/programs"
"""Programs of our image that answer only buildx, where there is no real one: ``git``."""
_ASKS_FOR_CHANGES = "BUILDX_GIT_CHECK_DIRTY"

_CONFIGURED = ("PATH", "DOCKER_CONFIG", "BUILDX_CONFIG")
"""Variables that this adapter decides."""
_KEPT_LINES = 40
_ANSWER_SECONDS = 30.0


class DockerEngine:
    """The docker program, with a configuration directory of ours and without our own secrets in its
    environment."""

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        directory: Path | None = None,
        config: Path | None = None,
        program: str = "docker",
        git: str = "git",
    ) -> None:
        self._environ = {
            name: value for name, value in environ.items() if not re.match(_OURS, name)
        }
        self._environ["PATH"] = _completed(environ.get("PATH", ""))
        if config is not None:
            self._environ |= {
                "DOCKER_CONFIG": str(config),
                "BUILDX_CONFIG": str(buildx_directory.own(environ)),
            }
            if environ.get("DOCKER_TLS_VERIFY") or environ.get("DOCKER_TLS"):
                home = str(docker_config.directory(environ))
                self._environ["DOCKER_CERT_PATH"] = environ.get("DOCKER_CERT_PATH") or home
        self._program, self._git = program, git
        self._bridged: tuple[Path, str] | None = None
        """While a bridge is open: buildx's private directory, and its identity there."""
        self._directory, self._private = directory, config.parent if config else None
        self._context = engine_facts.OWN_CONTEXT
        self._plugin = ""
        self._asked: subprocess.Popen[str] | None = None
        """A question that is under way."""

    def begin(self) -> None:
        """Ask what the engine is, before anybody needs to know. ``describe`` reads the answer, and
        tells what went wrong."""
        with contextlib.suppress(OSError), interrupts.held():
            self._asked = self._ask()

    def end(self) -> None:
        """End a question whose answer nobody has read."""
        asked, self._asked = self._asked, None
        if asked:
            with asked:
                asked.kill()

    def _ask(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self._program, "info", "--format", "{{json .}}"],
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _answered(self) -> tuple[Any, str]:
        """The answer as JSON, and what was said beside it."""
        with interrupts.held():
            asked = self._asked = self._asked or self._ask()
        try:
            answer, errors = asked.communicate(timeout=_ANSWER_SECONDS)
        finally:
            self.end()  # a stop of the run waits for no engine that hangs
        return json.loads(answer or "null"), errors

    def describe(self) -> EngineFacts:
        """Versions and abilities, by one ``docker info``; Unavailable with what was tried where no
        engine answers, AccessDenied where it is not for this user."""
        host = self._environ.get("DOCKER_HOST", "")
        try:
            answer, errors = self._answered()
        except FileNotFoundError as cause:
            raise engine_errors.no_program(self._program, self._environ["PATH"]) from cause
        except subprocess.TimeoutExpired as cause:
            said = f"'docker info' gave no answer within {_ANSWER_SECONDS:g} seconds"
            raise engine_errors.no_engine(host, said) from cause
        except ValueError as cause:
            raise engine_errors.no_engine(host, "'docker info' printed no JSON") from cause
        answer = answer if isinstance(answer, dict) else {}
        if not answer.get("ServerVersion"):
            listed = answer.get("ServerErrors") or [errors.strip() or "it said nothing"]
            said = "; ".join(map(str, listed))
            raise engine_errors.no_engine(host, said, context=engine_facts.context(answer))
        plugin = engine_facts.plugin(answer)
        if not plugin.version:
            raise engine_errors.no_plugin()
        found = engine_facts.engine(answer)
        self._context, self._plugin = found.builder, plugin.path
        return found

    def build(self, command: BuildCommand, show: Callable[[str], None]) -> Build:
        """Run one build; standard output and error go line by line to ``show``."""
        environ = self._building(self._environ | dict(command.environment))
        arguments = self._in_ascii(command)
        if self._bridged and command.context:
            buildx_directory.name_for(*self._bridged, command.context)
        code, lines = self._run(self._argv(arguments), environ, show, command.directory)
        if code < 0:
            raise engine_errors.killed(command.arguments, -code)
        if code != 0:
            raise BuildFailed(
                f"The build failed: {engine_errors.last_error(lines)}",
                why="\n".join(lines),
                fix="Read the build log.",
                answer=Answer(where=Where.ENGINE, words="\n".join(lines)),
            )
        return Build(
            metadata=_read_json(command.metadata_file),
            image_id=_read_text(command.iid_file).strip(),
        )

    def builder(self, name: str) -> BuilderFacts | None:
        """What ``buildx inspect`` says of a builder, the current one for an empty name; None where
        there is none of this name."""
        code, lines = self._run(
            self._argv(("buildx", "inspect", *options.positional(*filter(None, (name,))))),
            self._environ,
            _ignore,
        )
        if code != 0 and engine_errors.is_unknown(lines):
            return None
        if code != 0:
            raise engine_errors.refused(("buildx", "inspect", name), lines)
        return builder_facts.builder("\n".join(lines))

    def call(self, arguments: tuple[str, ...], show: Callable[[str], None]) -> str:
        """Run another docker command; Unavailable with its last lines where it fails, NotFound
        where it names a builder that is not there."""
        code, lines = self._run(self._argv(arguments), self._environ, show)
        if code < 0:
            raise engine_errors.killed(arguments, -code)
        if code != 0:
            raise engine_errors.refused(arguments, lines)
        return "\n".join(lines)

    def ask(
        self,
        arguments: tuple[str, ...],
        environ: Mapping[str, str] | None = None,
        *,
        directory: str = "",
    ) -> Printed:
        """Run one command in this environment, to which only our own configuration is added."""
        ours = {name: self._environ[name] for name in _CONFIGURED if name in self._environ}
        variables = self._environ if environ is None else {**environ, **ours}
        argv = self._argv(arguments)
        log.debug("running %s", shlex.join(argv))
        with child.process(argv, variables, self._below(directory), subprocess.PIPE) as process:
            output, errors = process.communicate()
        lines = tuple(line.rstrip() for line in errors.splitlines())
        return Printed(code=process.returncode, output=output, errors=lines[-_KEPT_LINES:])

    @contextlib.contextmanager
    def bridge(self, path: PurePosixPath, *, builder: str = "") -> Iterator[None]:
        """Listen at a private socket that leads to the engine's BuildKit: directly where the
        engine's address is known, else by ``buildx dial-stdio``.

        Meanwhile buildx keeps its builders beside the socket. So the builder on the socket is in no
        list of the user's, and nobody has to remove it. Builders of the driver ``docker`` are
        docker's contexts, which buildx knows there too.
        """
        from ghcr_action.adapters import bridge

        before = self._environ
        is_own = not builder and self._context == engine_facts.OWN_CONTEXT
        near = engine_socket.address(before) if is_own else None
        argv = self._argv(("buildx", "dial-stdio", "--builder", builder or self._context))
        if not near and not builder:
            self._expect_buildkit()
        connect = bridge.by_socket(near) if near else bridge.by_program(argv, before)
        private = Path(path.parent / "buildx")
        place = buildx_directory.place(before)
        with bridge.listening(Path(path), connect) as refusal:
            identity = buildx_directory.private(private, buildx_directory.own(before), place)
            self._bridged = private, identity
            self._environ = {**before, "BUILDX_CONFIG": str(private)}
            try:
                yield
            except (BuildFailed, Unavailable) as error:
                error.why = "\n".join(filter(None, (error.why, refusal())))
                raise
            finally:
                self._environ, self._bridged = before, None

    def _expect_buildkit(self) -> None:
        """Unavailable where buildx does not find the BuildKit of a far engine: asked for the way to
        it, buildx would start another one in a container there, which nobody would remove.

        Source: https://github.com/docker/buildx, ``driver/docker/factory.go`` (``Priority``).
        """
        found = self.builder(self._context)
        if found and found.driver not in ("", ENGINE_DRIVER):
            raise engine_socket.refused(
                f"for the context {self._context} buildx would start a BuildKit of its own, with "
                f"the driver {found.driver}: the engine there does not answer to POST /grpc"
            )

    def shell(self, script: str, variables: Mapping[str, str], show: Callable[[str], None]) -> int:
        """Run a user's script with ``sh -e``, in the workspace, with the engine's configuration and
        without the runner's tokens."""
        environ = {
            name: value
            for name, value in self._environ.items()
            if not re.match(_OURS_IN_A_SHELL, name)
        }
        return self._run(["sh", "-e", "-c", script], environ | dict(variables), show)[0]

    def _argv(self, arguments: tuple[str, ...]) -> list[str]:
        """What to run. The plugin itself where it is known: docker asks every plugin who it is
        before it starts one, which takes longer than most of what it is asked for.
        """
        is_plugin = bool(self._plugin) and arguments[:1] == ("buildx",)
        return [self._plugin, *arguments[1:]] if is_plugin else [self._program, *arguments]

    def _in_ascii(self, command: BuildCommand) -> tuple[str, ...]:
        """The arguments of a build; where the directory of its context has a name that is no ASCII,
        a link stands for it. buildx tells BuildKit the name in a header of gRPC, which takes
        nothing else; its driver ``docker`` alone has another way.

        Source: https://github.com/moby/buildkit, ``session/session.go`` (``headerSession…``).
        """
        place = (self._below(command.directory) or Path()) / command.context
        is_ascii = f"{place.name}{place.resolve().name}".isascii()
        if is_ascii or not command.context or not place.is_dir() or not self._private:
            return command.arguments
        link = self._private / "context"
        if not link.is_symlink():
            link.symlink_to(place.resolve())
        return (*command.arguments[:-1], str(link))

    def _building(self, environ: dict[str, str]) -> dict[str, str]:
        """The environment of a build. Where there is no git program, one of ours answers buildx: it
        knows the commit of a work tree, and not whether its files have changed."""
        if shutil.which(self._git, path=environ["PATH"]):
            return environ
        if environ.pop(_ASKS_FOR_CHANGES, ""):
            log.warning(
                "%s is passed over: no git program is here that could tell whether the work tree "
                "has changes; the provenance names its commit alone",
                _ASKS_FOR_CHANGES,
            )
        return environ | {"PATH": f"{environ['PATH']}{os.pathsep}{_STAND_INS}"}

    def _below(self, directory: str) -> Path | None:
        """The directory of the workspace in which a command runs."""
        return (self._directory or Path()) / directory if directory else self._directory

    def _run(
        self,
        argv: list[str],
        environ: Mapping[str, str],
        show: Callable[[str], None],
        directory: str = "",
    ) -> tuple[int, deque[str]]:
        """Exit code and last lines of a program; each line of its output and errors goes to
        ``show``."""
        log.debug("running %s", shlex.join(argv))
        tail: deque[str] = deque(maxlen=_KEPT_LINES)
        with child.process(argv, environ, self._below(directory)) as process:
            for line in process.stdout or ():
                text = line.rstrip("\r\n")
                tail.append(text)
                show(text)
        return process.returncode, tail


def _completed(path: str) -> str:
    return os.pathsep.join(dict.fromkeys((*filter(None, path.split(os.pathsep)), *_STANDARD_PATH)))


def _ignore(_line: str) -> None:
    """Lines nobody has to see."""


def _read_text(path: os.PathLike[str] | None) -> str:
    try:
        return Path(path).read_text(encoding="utf-8") if path else ""
    except FileNotFoundError:
        return ""


def _read_json(path: os.PathLike[str] | None) -> Mapping[str, Any]:
    """The metadata file: an object, or nothing; it may hold the text ``null``."""
    text = _read_text(path)
    found = json.loads(text) if text.strip() else None
    return found if isinstance(found, dict) else {}
