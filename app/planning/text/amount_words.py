"""Closed lists of words and signs beside the amounts of a text."""

from __future__ import annotations

SYMBOLS = "$€£¥₹₽₩₺₫₴฿₪"
# Codes and words of currencies that stand after a number.
CODES = "USD|EUR|GBP|CHF|JPY|CAD|AUD|INR|SEK|NOK|DKK|PLN|CZK|euros?|dollars?|Euro|Dollar|kr|zł|Kč|元|円|원"
# Words and letters that multiply the number before them, by the exponent of ten; letters follow it directly.
_MAGNITUDES = {
    3: "thousand tausend mille mil",
    6: "million millions mio millionen millones",
    9: "bn billion milliard milliards milliarden mrd",
    12: "trillion",
}
EXPONENTS = {word: exponent for exponent, words in _MAGNITUDES.items() for word in words.split()}
LETTER_EXPONENTS = {"k": 3, "m": 6, "b": 9}
# Symbols of units, which any number may have, and the marks of ratings.
_MEASURES = """
km/h m/s mph kph km cm mm m mi ft yd km² m² m³ cm² ha kg mg g t lb lbs oz L l ml cl kWh MWh Wh kW W MW GW V mAh Hz kHz
MHz GHz kB KB MB GB TB Mbit Gbit Mbps Gbps fps MP dB px dpi kcal cal bar psi ppm stars Sterne étoiles estrellas
"""
PERCENT_WORDS = "percent|per cent|Prozent|pour cent|por ciento"
# Periods and things that a price is for: "a month", "im Monat", "al mes".
_PERIODS = """
second minute hour day night week month year person piece Sekunde Minute Stunde Tag Nacht Woche Monat Jahr Person Stück
heure jour nuit semaine mois an hora día noche semana mes año
"""
# A number after one of these words is a name, not an amount.
_NUMBERED = """
no nr nº number step chapter page part room episode level version day week lesson tip fact point figure track route
schritt kapitel seite teil folge tag tipp punkt nummer étape chapitre jour numéro partie paso capítulo día número parte
"""
# A number before one of these words is a time, a date, an ordinal or the end of its clause.
_NO_UNITS = """
am pm uhr o oclock noon midnight heures horas bc ad st nd rd th and or to of in on at by for from with than but that
und oder bis von der die das in im am auf mit für et ou à de et en sur avec pour y a con para por
is was are were has have had can will ist war est es lebt i you he she it we they only now here there this pro max plus
ich du er sie wir tu il nous yo
january february march april may june july august september october november december
jan feb mar apr jun jul aug sep sept oct nov dec
januar februar märz mai juni juli oktober dezember
janvier février mars avril juin juillet août septembre octobre novembre décembre
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
"""
# Adjectives between a number and the thing that is counted.
_ADJECTIVES = """
more new other different small big great good best better easy simple quick free full whole wild real happy active
neue neuen andere verschiedene kleine große gute beste besten einfache wilde glückliche zufriedene
nouveaux nouvelles autres petits petites grands grandes
"""
MEASURES, PERIODS, ADJECTIVES = _MEASURES.split(), _PERIODS.split(), _ADJECTIVES.split()
NUMBERED, NO_UNITS = frozenset(_NUMBERED.split()), frozenset(_NO_UNITS.split())
