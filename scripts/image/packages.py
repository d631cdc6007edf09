"""Removes from installed Python packages what only their developers read, then compiles the rest;
runs inside the build.

Licences and metadata stay: the law asks for the first, vulnerability scanners for the second.
"""

import compileall
import py_compile
import shutil
import sys
from pathlib import Path

UNUSED = ("tests", "test_data", "__pycache__")
"""Directories."""
UNREAD = ("*.pyi", "*.pyx", "*.pxd", "*.c", "*.h", "py.typed")


def main(root: Path) -> None:
    shutil.rmtree(root / "bin", ignore_errors=True)
    for name in UNUSED:
        for directory in list(root.rglob(name)):
            shutil.rmtree(directory)
    for pattern in UNREAD:
        for path in root.rglob(pattern):
            path.unlink()
    compileall.compile_dir(
        root, quiet=1, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
    )


main(Path(sys.argv[1]))
