"""The command ``pytoon``, run in the test process, and what it prints."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from app.cli.main import run


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """Both outputs as one line, without line breaks of a narrow terminal."""
        return re.sub(r"\s+", " ", self.out + self.err)


def run_command(capsys: pytest.CaptureFixture[str], *args: str) -> Result:
    code = run([*args])
    captured = capsys.readouterr()
    return Result(code, captured.out, captured.err)
