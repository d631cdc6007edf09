"""A value that must not be printed: it shows itself only when asked by name."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Secret:
    """A password or token; ``str`` and ``repr`` give stars."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """The value itself, for a header, an environment or standard input; never for a command
        line or a log."""
        return self._value

    def __str__(self) -> str:
        return "***"

    __repr__ = __str__

    def __bool__(self) -> bool:
        return bool(self._value)
