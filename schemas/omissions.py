"""What a user gave and the film does not have; it is reported as a warning that names it and says why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from marshmallow import validate

from schemas import fields
from schemas.contract import Contract
from schemas.fields import doc

OMITTED = "not in the film: "
MAX_OMISSIONS = 500
# The message of a refusal names at most this many omissions.
NAMED_OMISSIONS = 10


@dataclass(frozen=True, slots=True)
class Omission:
    """Something that is left out of the film."""

    what: str
    why: str

    @property
    def warning(self) -> str:
        return f"{OMITTED}{self.what}: {self.why}"


class OmissionSchema(Contract[Omission]):
    dataclass_type = Omission
    what = fields.Str(
        required=True,
        validate=validate.Length(1, 300),
        metadata=doc("What is left out, such as the name of a file or the beginning of a line."),
    )
    why = fields.Str(required=True, validate=validate.Length(1, 300), metadata=doc("Why it is left out."))


def omission(what: str, why: str) -> str:
    """Return the warning about ``what`` is left out, and ``why``."""
    return Omission(what, why).warning


def omissions_in(warnings: Iterable[str]) -> list[str]:
    """Return the warnings that name something that is left out; a strict request is refused because of them."""
    return [warning for warning in warnings if warning.startswith(OMITTED)]


def joined_omissions(warnings: Sequence[str]) -> str:
    """Return one sentence that names the first of ``warnings``, which are omissions, and counts the others."""
    named = "; ".join(warning.removeprefix(OMITTED) for warning in warnings[:NAMED_OMISSIONS])
    more = len(warnings) - NAMED_OMISSIONS
    return f"{OMITTED}{named}" + (f"; and {more} more" if more > 0 else "")
