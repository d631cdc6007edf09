"""A workspace in memory: paths to bytes."""

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from ghcr_action.errors import SettingsError
from ghcr_action.ports import LayoutWriter
from tests.fakes.layout import MemoryWriter


@dataclass
class FakeWorkspace:
    files: dict[str, bytes] = field(default_factory=dict)
    written: dict[str, MemoryWriter] = field(default_factory=dict)

    def _key(self, path: str | PurePosixPath) -> str:
        return posixpath.normpath(posixpath.join("/workspace", str(path)))

    def is_file(self, path: str) -> bool:
        return self._key(path) in self._absolute

    def is_directory(self, path: str) -> bool:
        key = self._key(path)
        return key == "/workspace" or any(name.startswith(f"{key}/") for name in self._absolute)

    def entries(self, path: str) -> Iterable[str]:
        key = self._key(path)
        return sorted(
            {
                name[len(key) + 1 :].partition("/")[0]
                for name in self._absolute
                if name.startswith(f"{key}/")
            }
        )

    def contains(self, path: str) -> bool:
        key = self._key(path)
        return any(key == base or key.startswith(f"{base}/") for base in ("/workspace", "/temp"))

    def keep(self, name: str, content: bytes) -> PurePosixPath:
        self.files[f"/private/{name}"] = content
        return PurePosixPath("/private") / name

    def scratch(self, name: str) -> PurePosixPath:
        return PurePosixPath("/private") / name

    def socket(self, name: str) -> PurePosixPath:
        return self.scratch(name)

    def read(self, path: PurePosixPath, most: int = -1) -> bytes | None:
        found = self._absolute.get(self._key(path))
        return found if found is None or most < 0 else found[:most]

    def write_layout(self, path: str) -> LayoutWriter:
        written = MemoryWriter()
        self.written[path] = written
        return written

    def write(self, path: str, content: bytes) -> None:
        if not self.contains(path):
            raise SettingsError(f"{path} is outside the workspace")
        self.files[self._key(path)] = content

    def publish(self, name: str, content: bytes) -> PurePosixPath:
        self.files[f"/temp/{name}"] = content
        return PurePosixPath("/temp") / name

    @property
    def _absolute(self) -> dict[str, bytes]:
        return {self._key(name): content for name, content in self.files.items()}
