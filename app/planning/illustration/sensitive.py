"""Lines about death, violence, illness and disasters, over which a small picture would be out of place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

# By language: the beginnings of words, and whole words. "" counts in every language.
BEGINNINGS: Mapping[str, str] = {
    "": "suicid genocid holocaust terroris nazi hitler covid leukemi tumor torture massac racis fascis",
    "en": """kill murder cancer assault abus violen victim casualt corpse funeral cemeter traged tragic disaster
        catastroph earthquake tsunami hurricane wildfire famine starv pandemic epidemic disease illness diabet
        alzheimer dementia miscarr stillb abort overdos addict alcoholi slaver rape racial refugee hostage invasion
        shooting shooter bullet bomb missile soldier militar weapon prison crime criminal depress autis disab porn
        sexual bankrupt execut flood obes overweight jesus allah muslim islam jewish""",
    "de": """gestorben verstorben ermord mörder selbstmord suizid krieg waffe bomb attentat anschlag opfer gewalt
        missbrauch vergewaltig leiche beerdigung friedhof trauer völkermord rassis katastroph erdbeben hungersnot
        flüchtling depressi krankheit krebs unfall gefängnis verbrech behinder soldat terror""",
    "fr": """mourir mourut décès décéd meurtr assassin guerr bomb attentat victime violen violé cadavre enterrement
        obsèques cimetière deuil génocid catastroph séisme famine réfugié dépressi maladie tumeur prison crime
        handicap soldat terror""",
    "es": """muert muri morir falleci asesin guerra bomb atentado víctima violen violac cadáver funeral cementerio
        luto catástrof terremoto hambruna refugiad depresi enfermed accidente cárcel crimen discapac soldad terror
        cáncer""",
    "it": "morte morti morto morir guerra cancro omicid assassin vittim violenz stupr funeral terremot malatt",
    "pt": "morte morto morrer guerra câncer cancro homicíd assassin vítima violên estupr funeral terremot doença",
    "nl": "dood sterven gestorven oorlog kanker moord slachtoffer geweld verkracht begrafenis aardbeving ziekte",
}
WHOLE_WORDS: Mapping[str, str] = {
    "": "hiv aids",
    "en": "die dies died dying dead death deaths deadly war wars gun guns grave graves widow orphan attack attacks "
    "army sick sex drug drugs raped rapist wounded arrested stroke god jews passed\\s+away lost\\s+everything",
    "de": "tot tote toter toten tod todes starb stirbt sterben mord unfälle",
    "fr": "mort morts morte mortes meurt meurent tué tuée tués tuer arme armes viol accident cancer",
    "es": "mató matar mata arma armas",
}


def is_sensitive(line: str, code: str) -> bool:
    """Return whether a line in the language ``code`` is about something grave."""
    return _pattern(code).search(line.casefold()) is not None


@cache
def _pattern(code: str) -> re.Pattern[str]:
    beginnings, words = ((table[""] + " " + table.get(code, "")).split() for table in (BEGINNINGS, WHOLE_WORDS))
    return re.compile(rf"\b(?:(?:{'|'.join(beginnings)})\w*|(?:{'|'.join(words)})\b)")
