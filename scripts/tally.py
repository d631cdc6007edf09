"""Says how many tests ran, all runs together, and fails if one failed, was skipped, or if none ran.

tally.py RESULTS.xml…: as `pytest --junitxml` writes them.
"""

import sys
from xml.etree import ElementTree


def count(paths: list[str], attribute: str) -> int:
    return sum(
        int(suite.get(attribute, "0"))
        for path in paths
        for suite in ElementTree.parse(path).iter("testsuite")
    )


def main(paths: list[str]) -> None:
    skipped = count(paths, "skipped")
    failed = count(paths, "failures") + count(paths, "errors")
    passed = count(paths, "tests") - failed - skipped
    print(f"tests: {passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or skipped or not passed else 0)


main(sys.argv[1:])
