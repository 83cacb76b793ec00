"""docs/engines.md names every engine, every model and price that is data, every setting and every field of the API."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import pytest

from app.api.engine_bodies import EngineBody
from app.core.config import PREFIX, Settings
from app.core.plugins import scan
from engines.registry import GROUP, PACKAGE
from engines.vendors.gemini_models import MODELS as GOOGLE
from engines.vendors.luma_models import AGENTS_MODELS, DREAM_MACHINE_MODELS
from engines.vendors.model_files import load_models
from engines.vendors.runway_models import MODELS as RUNWAY
from schemas.engine import EngineModel
from schemas.money import shown_usd
from tests.conftest import ROOT

DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGE = (ROOT / "docs" / "engines.md").read_text()
SECTIONS = dict(re.findall(r"^### (.+?)\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE))


def section(name: str) -> str:
    """The section of an engine; one section may have two engines."""
    (text,) = [text for heading, text in SECTIONS.items() if f"`{name}`" in heading]
    return text


@pytest.mark.parametrize("name", scan(PACKAGE, GROUP))
def test_every_engine_has_a_section_with_what_leaves_the_machine(name: str) -> None:
    assert "leaves the" in " ".join(section(name).split()).lower()


@pytest.mark.parametrize(
    ("name", "models"),
    [("runway", RUNWAY), ("luma", (*AGENTS_MODELS, *DREAM_MACHINE_MODELS)), ("google", GOOGLE)],
)
def test_every_model_of_a_provider_is_named(name: str, models: Sequence[EngineModel]) -> None:
    assert [model.name for model in models if f"`{model.name}`" not in section(name)] == []


@pytest.mark.parametrize("provider", ["fal", "replicate"])
def test_every_model_that_is_a_file_is_named_alone_or_with_its_variant(provider: str) -> None:
    text = section(provider)
    names = [name.removesuffix("_text").removesuffix("_image") for name in load_models(provider).models]
    assert names
    assert [name for name in names if name not in text] == []


@pytest.mark.parametrize("model", RUNWAY, ids=lambda model: model.name)
def test_the_prices_of_runway_are_those_of_its_models(model: EngineModel) -> None:
    (row,) = [line for line in section("runway").splitlines() if line.startswith(f"| `{model.name}` |")]
    (price,) = model.prices
    most = f"–{price.max_usd:.2f}" if price.max_usd else ""
    assert row.endswith(f"| {shown_usd(price.usd)}{most} |")


def test_every_setting_on_the_page_exists() -> None:
    known = {PREFIX + field.name.upper() for field in fields(Settings)}
    assert set(re.findall(rf"{PREFIX}[A-Z_]*[A-Z]", PAGE)) <= known


def test_every_field_of_an_engine_is_described() -> None:
    start = PAGE.index("| field | meaning |")
    named = set(re.findall(r"`(\w+)`", PAGE[start : PAGE.index("\n\n", start)]))
    assert set(EngineBody().fields) - {"name", "max_seconds"} <= named


def headings(document: Path) -> set[str]:
    """The anchors of the headings of a document, as GitHub makes them."""
    texts = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in texts}


@pytest.mark.parametrize("document", DOCS, ids=lambda path: path.name)
def test_every_link_to_a_heading_has_one(document: Path) -> None:
    links = re.findall(r"\]\(([^)\s#]*)#([^)\s]+)\)", document.read_text())
    local = [(target, anchor) for target, anchor in links if not target.startswith("http")]
    missing = [
        (target, anchor)
        for target, anchor in local
        if anchor not in headings((document.parent / target) if target else document)
    ]
    assert missing == []
