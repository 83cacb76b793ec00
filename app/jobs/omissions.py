"""What a strict request does not allow: that something it gives is not in the film."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.errors import Omitted
from schemas.job import JobRequest
from schemas.omissions import joined_omissions, omissions_in


def check_omissions(request: JobRequest, warnings: Iterable[str]) -> None:
    """Raise ``Omitted`` with all warnings that name something that is not in the film, if the request is strict."""
    if request.strict and (omitted := omissions_in(warnings)):
        raise Omitted(joined_omissions(omitted))
