"""Lines out of chunks of bytes. Separate because a chunk may end inside a line, and inside a character."""

import codecs


class LineDecoder:
    """One stream of one step: UTF-8, with a replacement character for what is not."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def feed(self, chunk: bytes) -> tuple[str, ...]:
        """The lines that this chunk completes."""
        *lines, self._rest = (self._rest + self._decoder.decode(chunk)).split("\n")
        return tuple(map(_shown, lines))

    def finish(self) -> tuple[str, ...]:
        """The line without an end, if there is one."""
        rest, self._rest = self._rest + self._decoder.decode(b"", final=True), ""
        self._decoder.reset()
        return (_shown(rest),) if rest else ()


def _shown(line: str) -> str:
    """What a terminal shows of a line in the end: the part after its last carriage return."""
    return line.rstrip("\r").rpartition("\r")[2]
