"""The engines that a request may name."""

from __future__ import annotations

import pytest

from app.core.errors import BadRequest
from app.jobs.validation import check_engine


@pytest.mark.parametrize("name", [None, "", "local", "local:any_model"])
def test_known_engine_is_accepted_with_any_model(name: str | None) -> None:
    check_engine(name, "engine_preference")


@pytest.mark.parametrize("name", ["no_such_engine", "no_such_engine:gen4", "gen4:local"])
def test_unknown_engine_is_refused_with_those_that_are_known(name: str) -> None:
    with pytest.raises(BadRequest, match=r"there is no engine '(no_such_engine|gen4)'") as caught:
        check_engine(name, "engine_preference")
    assert "local" in str(caught.value)
