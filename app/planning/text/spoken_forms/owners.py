"""Assign the spoken words of a phrase to the written tokens that the phrase consists of."""

from __future__ import annotations

from collections.abc import Sequence

Range = tuple[int, int]


def assign_owners(preferred: Sequence[int], count: int) -> tuple[Range, ...]:
    """Return for each spoken word the written tokens ``[start, end)`` that it says, out of ``count``.

    ``preferred`` is the token that each word says by its meaning. The result is sorted and covers every token: the
    order of speech may differ from that of writing ("€ 5" is "five euros"), but captions are highlighted in order.
    Words say several tokens only if there are fewer words than tokens.
    """
    words = len(preferred)
    if words < count:
        return tuple((n * count // words, (n + 1) * count // words) for n in range(words))
    owners = _nearest_sorted(preferred, count)
    return tuple((owner, owner + 1) for owner in owners)


def _nearest_sorted(preferred: Sequence[int], count: int) -> list[int]:
    """Return sorted owners with each token at least once, that differ from ``preferred`` as little as possible.

    ``costs[token]`` is the least number of differences of the words so far, if the last of them belongs to ``token``.
    """
    infinite = len(preferred) + 1
    costs = [int(preferred[0] != 0)] + [infinite] * (count - 1)
    advances: list[list[bool]] = []
    for owner in preferred[1:]:
        steps = [False] + [costs[token - 1] < costs[token] for token in range(1, count)]
        costs = [costs[token - steps[token]] + int(owner != token) for token in range(count)]
        advances.append(steps)
    owners = [count - 1]
    for steps in reversed(advances):
        owners.append(owners[-1] - steps[owners[-1]])
    return owners[::-1]
