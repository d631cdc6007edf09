import pytest

from ghcr_action.errors import InvalidValue
from ghcr_action.values.platform import Platform


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("linux/amd64", "linux/amd64"),
        ("linux/x86_64", "linux/amd64"),
        ("linux/amd64/v1", "linux/amd64"),
        ("linux/amd64/v3", "linux/amd64/v3"),
        ("linux/arm64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/aarch64", "linux/arm64"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/7", "linux/arm/v7"),
        ("linux/arm/v6", "linux/arm/v6"),
        ("linux/armel", "linux/arm/v6"),
        ("linux/i386", "linux/386"),
        ("arm64", "linux/arm64"),
        (" Linux/AMD64 ", "linux/amd64"),
        ("windows/amd64", "windows/amd64"),
    ],
)
def test_platform__is_normalised(text: str, printed: str) -> None:
    platform = Platform.parse(text)

    assert str(platform) == printed
    assert Platform.parse(printed) == platform


@pytest.mark.parametrize("text", ["", "linux/", "linux/a/b/c", "linux amd64", "linux/amd 64"])
def test_platform__refuses(text: str) -> None:
    with pytest.raises(InvalidValue, match="is not a platform"):
        Platform.parse(text)


def test_platform__unknown_is_nobodys() -> None:
    assert not Platform("unknown", "unknown").is_known
    assert Platform("linux", "amd64").is_known


@pytest.mark.parametrize(
    ("found", "normal"),
    [
        (Platform("linux", "arm64", "v8"), Platform("linux", "arm64")),
        (Platform("windows", "amd64", "", "10.0.20348.1"), Platform("windows", "amd64")),
        (Platform("lin ux", "amd64"), Platform("lin ux", "amd64")),
    ],
    ids=["variant", "os version", "nothing that can be asked for"],
)
def test_platform__normal(found: Platform, normal: Platform) -> None:
    assert found.normal == normal
