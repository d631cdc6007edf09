"""What a person reads on an error page: a proxy says there why it refuses."""

from html.parser import HTMLParser

_LONGEST = 16 * 1024
_HIDDEN = frozenset({"script", "style", "template"})


def words(text: str) -> str:
    """The words of the first 16 KiB of a page."""
    found = _Words()
    found.feed(text[:_LONGEST])
    return " ".join(" ".join(found.said).split())


class _Words(HTMLParser):
    """The text of a page, without scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, _: object) -> None:
        """What follows is not for readers."""
        self._hidden += tag in _HIDDEN

    def handle_endtag(self, tag: str) -> None:
        """It is again."""
        self._hidden -= tag in _HIDDEN and self._hidden > 0

    def handle_data(self, data: str) -> None:
        """A piece of text."""
        if not self._hidden:
            self.said.append(data)
