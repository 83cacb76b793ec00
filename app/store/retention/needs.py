"""What the documents of runs that are kept need."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from app.store.keys import RUNS
from app.store.retention.limits import KnownFile

References = Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True)
class Needs:
    """``references`` are the identities by document, ``identities`` those that a run's document names.

    A run that is opened after this was decided uses files that it has just claimed.
    """

    references: References
    identities: frozenset[str]

    def has(self, file: KnownFile) -> bool:
        """Files that were made from the same inputs are needed together: a plate and its motion."""
        return file.identity in self.identities

    def is_named_in(self, document: KnownFile) -> bool:
        """Whether a cached document names a file that is needed: without it that file would not be found again."""
        return not self.identities.isdisjoint(self.references.get(document.key, ()))


def needs(references: References, removed: Collection[str]) -> Needs:
    """``removed`` are the keys of documents that do not count any more."""
    owners = [owner for owner in references if owner.startswith(RUNS) and owner not in removed]
    return Needs(references, frozenset(identity for owner in owners for identity in references[owner]))
