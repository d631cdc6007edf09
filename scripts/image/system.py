"""Cuts the base system of our image down to what Python, its packages, a shell and TLS need; runs
inside the build.

system.py DIRECTORY: the Python packages, whose compiled parts link to libraries as well.

A Debian package stays if it is named below or owns a library that something kept links to. The
package database keeps exactly those, so that a vulnerability scanner still knows what is there.
Python loses pip, its tests, its GUI parts and what only a developer at a prompt uses, and keeps its
modules compiled, without their sources: the public image carries none compiled, and without them
every start would compile the standard library.
"""

import compileall
import py_compile
import re
import shutil
import site
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

KEPT = (
    "base-files",
    "base-passwd",
    "ca-certificates",
    "coreutils",
    "dash",
    "libc-bin",
    "libgcc-s1",
    "netbase",
    "tzdata",
)
UNUSED_PYTHON = (
    *("_pyrepl", "curses", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "test", "tkinter"),
    *("turtledemo", "unittest", "venv", "wsgiref", "xmlrpc", "dbm", "sqlite3"),
    *("antigravity.py", "doctest.py", "pdb.py", "pydoc.py", "this.py", "turtle.py"),
)
UNUSED_COMPILED = ("_curses*", "_dbm*", "_gdbm*", "_sqlite3*", "_test*", "_tkinter*", "readline*")
"""Of ``lib-dynload``: the libraries that only these link to go with them."""
UNUSED_FILES = (
    "/usr/share/doc",
    "/usr/share/man",
    "/usr/share/info",
    "/usr/share/locale",
    "/var/lib/apt",
    "/var/cache",
    "/var/log",
    "/tmp",
)
DATABASE = Path("/var/lib/dpkg")
STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))


def packages() -> dict[str, set[Path]]:
    """The files of each installed package, links in the directories above them resolved."""
    lists = {
        path.name.removesuffix(".list").partition(":")[0]: path
        for path in (DATABASE / "info").glob("*.list")
    }
    return {
        name: {resolved(Path(line)) for line in path.read_text().split("\n") if line}
        for name, path in lists.items()
    }


def resolved(path: Path) -> Path:
    return path.parent.resolve() / path.name


def programs(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_file() and not path.is_symlink() and path.open("rb").read(4) == b"\x7fELF":
            yield path


def libraries(paths: Iterable[Path]) -> set[Path]:
    """What these programs link to, by the loader's own answer; links and their targets both."""
    listing = subprocess.run(["ldd", *paths], capture_output=True, text=True, check=False).stdout
    found = {Path(path) for path in re.findall(r"(/\S+) \(0x", listing)}
    return {resolved(path) for path in found} | {path.resolve() for path in found}


def python_files() -> set[Path]:
    return {
        *links(Path(sys.executable)),
        *STANDARD_LIBRARY.rglob("*"),
        *Path(sys.argv[1]).rglob("*.so*"),
    }


def links(path: Path) -> Iterator[Path]:
    """A program and, one by one, what it is a link to."""
    yield resolved(path)
    if path.is_symlink():
        yield from links(path.parent / path.readlink())


def remove_unused() -> None:
    unused = [STANDARD_LIBRARY / name for name in UNUSED_PYTHON] + list(
        STANDARD_LIBRARY.glob("config-*")
    )
    dynamic = STANDARD_LIBRARY / "lib-dynload"
    unused += [path for name in UNUSED_COMPILED for path in dynamic.glob(name)]
    third_party = [
        path
        for directory in [*site.getsitepackages(), "/usr/lib/python3/dist-packages"]
        for path in Path(directory).glob("*")
    ]
    commands = [
        path
        for name in ("pip*", "wheel*", "idle*", "pydoc*", "*-config")
        for path in Path("/usr/local/bin").glob(name)
    ]
    converters = list(Path("/usr/lib").glob("*/gconv"))  # Python has its own
    for path in [*unused, *third_party, *commands, *converters, *map(Path, UNUSED_FILES)]:
        remove(path)


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def kept_packages(files: dict[str, set[Path]]) -> set[str]:
    needed = python_files()
    kept = {name for name, owned in files.items() if name in KEPT or owned & needed}
    roots = set(programs(needed.union(*(files[name] for name in kept))))
    linked = libraries(roots)
    return kept | {name for name, owned in files.items() if owned & linked}


def remove_packages(files: dict[str, set[Path]], kept: set[str]) -> None:
    staying = set[Path]().union(*(files[name] for name in kept))
    going = (
        set[Path]().union(*(owned for name, owned in files.items() if name not in kept)) - staying
    )
    for path in sorted(going, reverse=True):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        else:
            path.unlink(missing_ok=True)


def rewrite_database(kept: set[str]) -> None:
    status = DATABASE / "status"
    entries = [
        entry
        for entry in status.read_text().split("\n\n")
        if (name := re.match(r"Package: (\S+)", entry)) and name[1] in kept
    ]
    shutil.rmtree(DATABASE)
    DATABASE.mkdir()
    status.write_text("\n\n".join(entries) + "\n")


def remove_dangling_links() -> None:
    for directory in ("/usr/bin", "/usr/sbin", "/usr/local/bin", "/etc/alternatives"):
        for path in Path(directory).glob("*"):
            if path.is_symlink() and not path.exists():
                path.unlink()


def compile_standard_library() -> None:
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    for stale in STANDARD_LIBRARY.rglob("__pycache__"):
        shutil.rmtree(stale)
    compileall.compile_dir(STANDARD_LIBRARY, quiet=1, invalidation_mode=mode, legacy=True)
    for source in STANDARD_LIBRARY.rglob("*.py"):
        if source.with_suffix(".pyc").exists():
            source.unlink()


def main() -> None:
    files = packages()
    remove_unused()
    kept = kept_packages(files)
    remove_packages(files, kept)
    rewrite_database(kept)
    remove_dangling_links()
    compile_standard_library()
    Path("/tmp").mkdir()
    Path("/tmp").chmod(0o1777)
    sys.stdout.write(f"kept {len(kept)} of {len(files)} packages: {' '.join(sorted(kept))}\n")


main()
