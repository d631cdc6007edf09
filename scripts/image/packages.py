"""Removes from installed Python packages what only their developers read, then compiles the rest
and takes the sources away; runs inside the build.

Licences and metadata stay: the law asks for the first, vulnerability scanners for the second.
"""

import compileall
import py_compile
import shutil
import sys
from pathlib import Path

UNUSED = ("tests", "test_data", "__pycache__")
"""Directories."""
UNNEEDED = (
    *("charset_normalizer", "charset_normalizer-*"),  # requests guesses encodings with it
    *("jwt", "pyjwt-*", "nacl", "pynacl-*"),  # PyGithub signs in as an app, and encrypts secrets
    *("cffi", "cffi-*", "pycparser", "pycparser-*"),  # cryptography needs the backend alone
    *("tzdata", "tzdata-*"),  # the system has the same
)
"""Packages for what is not done here; ``adapters`` tells those that would load them."""
UNREAD = ("*__mypyc*.so", "*.pyi", "*.pyx", "*.pxd", "*.c", "*.h", "py.typed")


def main(root: Path) -> None:
    shutil.rmtree(root / "bin", ignore_errors=True)
    found = [path for name in UNUSED for path in root.rglob(name)]
    for directory in [*found, *(path for name in UNNEEDED for path in root.glob(name))]:
        shutil.rmtree(directory)
    for pattern in UNREAD:
        for path in root.rglob(pattern):
            path.unlink()
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(root, quiet=1, invalidation_mode=mode, legacy=True)
    for source in root.rglob("*.py"):
        if source.with_suffix(".pyc").exists():
            source.unlink()


main(Path(sys.argv[1]))
