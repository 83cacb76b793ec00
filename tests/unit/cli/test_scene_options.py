"""The options of ``pytoon revise`` about engines, takes and archetypes, as fields of an edit."""

from __future__ import annotations

from typing import Any

import pytest

from app.cli.scene_options import SCENE_OPTIONS, SHARED_OPTIONS, scene_fields
from app.core.errors import BadRequest
from schemas.edit import SceneEditSchema


def fields_of(**given: Any) -> dict[str, Any]:
    return scene_fields(dict.fromkeys((*SCENE_OPTIONS, *SHARED_OPTIONS)) | {"scene": 2, **given})


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({"take": "new"}, {"take": "new"}),
        ({"take": "3"}, {"take": 3}),
        ({"engine": "luma"}, {"engine": "luma"}),
        ({"engine": "runway:gen4.5", "take": "2"}, {"engine": "runway:gen4.5", "take": 2}),
        ({"engine": "film"}, {"engine": None}),
        ({"archetype": "overlay"}, {"archetype": "overlay"}),
        ({"archetype": "none"}, {"archetype": None}),
    ],
)
def test_options_become_fields_of_a_valid_edit(options: dict[str, str], fields: dict[str, Any]) -> None:
    assert fields_of(**options) == fields
    assert SceneEditSchema.plain(SceneEditSchema.read({"scene": 2, **fields})) == {"scene": 2, **fields}


@pytest.mark.parametrize("take", ["old", "-1", "2.5", ""])
def test_take_is_new_or_a_number(take: str) -> None:
    with pytest.raises(BadRequest, match="neither new nor the number of a take"):
        fields_of(take=take)
