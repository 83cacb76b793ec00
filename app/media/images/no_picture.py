"""The error of an image file that is whole but not shown."""

from __future__ import annotations

SAVE_AGAIN = "Save it again with another program and send that file."


class NoPicture(ValueError):
    """``NoPicture(reason, advice)``: ``reason`` completes the sentence "the file …"."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(reason)
        self.advice = advice
