"""English names of units, currencies and magnitudes, by their written forms without dots."""

from __future__ import annotations

from app.planning.text.spoken_forms.vocabulary import Currency, Unit

# Singular, plural and written forms.
_UNITS = """
percent|percent|% pct
per mille|per mille|‰
percentage point|percentage points|pp
degree|degrees|°
degree Celsius|degrees Celsius|°C,° C,℃
degree Fahrenheit|degrees Fahrenheit|°F,° F,℉
kilometer|kilometers|km
meter|meters|m
centimeter|centimeters|cm
millimeter|millimeters|mm
micrometer|micrometers|µm μm
nanometer|nanometers|nm
mile|miles|mi
foot|feet|ft
inch|inches|in
yard|yards|yd yds
square meter|square meters|m²,m2,sqm,sq m
square kilometer|square kilometers|km²,km2,sq km
square centimeter|square centimeters|cm²,cm2
square foot|square feet|ft²,ft2,sq ft,sqft
square mile|square miles|sq mi,mi²
square inch|square inches|sq in,in²
cubic meter|cubic meters|m³,m3
cubic centimeter|cubic centimeters|cm³,cm3,cc
cubic foot|cubic feet|cu ft,ft³
hectare|hectares|ha
acre|acres|ac
kilogram|kilograms|kg kgs
gram|grams|g gr
milligram|milligrams|mg
microgram|micrograms|µg μg mcg
ton|tons|t
pound|pounds|lb lbs
ounce|ounces|oz
fluid ounce|fluid ounces|fl oz,floz
liter|liters|l L ℓ
milliliter|milliliters|ml mL
centiliter|centiliters|cl cL
deciliter|deciliters|dl dL
gallon|gallons|gal
quart|quarts|qt
pint|pints|pt
tablespoon|tablespoons|tbsp tbs
teaspoon|teaspoons|tsp
second|seconds|s sec secs
millisecond|milliseconds|ms
minute|minutes|min mins
hour|hours|h hr hrs
day|days|d
week|weeks|wk wks
month|months|mo mos mth mths
year|years|yr yrs
kilometer per hour|kilometers per hour|km/h kph kmh
mile per hour|miles per hour|mph
meter per second|meters per second|m/s
mile per gallon|miles per gallon|mpg
frame per second|frames per second|fps
dot per inch|dots per inch|dpi
beat per minute|beats per minute|bpm
revolution per minute|revolutions per minute|rpm
hertz|hertz|Hz
kilohertz|kilohertz|kHz
megahertz|megahertz|MHz
gigahertz|gigahertz|GHz
kilobyte|kilobytes|kB KB
megabyte|megabytes|MB
gigabyte|gigabytes|GB
terabyte|terabytes|TB
petabyte|petabytes|PB
megabit per second|megabits per second|Mbps Mbit/s
gigabit per second|gigabits per second|Gbps Gbit/s
kilobit per second|kilobits per second|kbps
pixel|pixels|px
megapixel|megapixels|MP
watt|watts|W
kilowatt|kilowatts|kW
megawatt|megawatts|MW
gigawatt|gigawatts|GW
watt-hour|watt-hours|Wh
kilowatt-hour|kilowatt-hours|kWh
megawatt-hour|megawatt-hours|MWh
volt|volts|V
amp|amps|A
milliamp|milliamps|mA
amp-hour|amp-hours|Ah
milliamp-hour|milliamp-hours|mAh
ohm|ohms|Ω
horsepower|horsepower|hp
calorie|calories|cal
kilocalorie|kilocalories|kcal
kilojoule|kilojoules|kJ
pascal|pascals|Pa
hectopascal|hectopascals|hPa
decibel|decibels|dB
lumen|lumens|lm
times|times|x X ×
star|stars|★
"""

# Singular, plural, the hundredth part in the singular and plural, and written forms.
_CURRENCIES = """
dollar|dollars|cent|cents|$
US dollar|US dollars|cent|cents|US$,USD,USD $
Canadian dollar|Canadian dollars|cent|cents|C$,CA$,CAD
Australian dollar|Australian dollars|cent|cents|A$,AU$,AUD
New Zealand dollar|New Zealand dollars|cent|cents|NZ$,NZD
Hong Kong dollar|Hong Kong dollars|cent|cents|HK$,HKD
Singapore dollar|Singapore dollars|cent|cents|S$,SGD
real|reais|centavo|centavos|R$,BRL
euro|euros|cent|cents|€,EUR
pound|pounds|penny|pence|£,GBP
yen|yen|||¥,JPY,JP¥
yuan|yuan|||CN¥,CNY,RMB
rupee|rupees|paisa|paise|₹,INR,Rs
won|won|||₩,KRW
ruble|rubles|kopeck|kopecks|₽,RUB
lira|lira|kurus|kurus|₺,TRY
hryvnia|hryvnias|kopiyka|kopiykas|₴,UAH
shekel|shekels|agora|agorot|₪,ILS
baht|baht|satang|satang|฿,THB
dong|dong|||₫,VND
peso|pesos|centavo|centavos|₱,PHP
naira|naira|kobo|kobo|₦,NGN
Swiss franc|Swiss francs|centime|centimes|CHF
krona|kronor|||SEK
krone|kroner|||NOK,DKK,kr
zloty|zlotys|grosz|groszy|zł,PLN
koruna|korunas|||Kč,CZK
forint|forints|||Ft,HUF
leu|lei|ban|bani|RON
lev|levs|stotinka|stotinki|BGN
dirham|dirhams|fils|fils|AED
riyal|riyals|||SAR
rand|rand|cent|cents|ZAR
ether|ether|||ETH
cent|cents|||¢
penny|pence|||p
bitcoin|bitcoins|||₿,BTC
"""


def _written_forms(cell: str) -> list[str]:
    """Return the forms of a cell: separated by commas if a form has a space."""
    return [form.strip() for form in cell.split("," if "," in cell else None)]


def _rows(table: str) -> list[list[str]]:
    return [line.split("|") for line in table.strip().splitlines()]


UNITS = {form: Unit(one, many) for one, many, forms in _rows(_UNITS) for form in _written_forms(forms)}
CURRENCIES = {
    form: Currency(Unit(one, many), Unit(cent, cents) if cent else None)
    for one, many, cent, cents, forms in _rows(_CURRENCIES)
    for form in _written_forms(forms)
}
MAGNITUDES = {
    form: Unit(name, name)
    for name, forms in {
        "hundred": "hundred",
        "thousand": "thousand k K",
        "million": "million mn m M mil",
        "billion": "billion bn b B bil",
        "trillion": "trillion tn T",
        "lakh": "lakh lakhs",
        "crore": "crore crores cr",
    }.items()
    for form in forms.split()
}
PER_UNITS = {
    "s": "second",
    "h": "hour",
    "d": "day",
    "w": "week",
    "y": "year",
    "a": "year",
    "m": "month",
    "min": "minute",
    "pers": "person",
    "pp": "person",
}
# The metre of "2m tall"; "2m users" are millions.
_LENGTHS = (
    r"tall|long|wide|high|deep|away|apart|thick|above|below|under|over|from|to|up|down|off|sprint|race|dash|run|swim|"
    r"hurdles|freestyle|pool|rope|cable|ladder|wall|jump|dive|radius|diameter|span|range|distance|final|relay|butterfly|backstroke|breaststroke|underwater"
)
# Decimals, a sign of currency, or a noun in the plural.
_LARGE_CONTEXT = (
    r"(?<=\.\d.)|(?<=\.\d\d.)|(?<=[$€£]\d.)|(?<=[$€£]\d\d.)|(?<=[$€£]\d{3}.)|"
    r"(?=[ ](?:(?!is\b|was\b|has\b|as\b)[a-z]+s|people)\b)"
)
MAGNITUDE_PATTERNS = {
    **{form: rf"{form}(?![^\W_])" for form in ("k", "M")},
    # In "Gate 23B" the letter does not mean billions.
    **{form: rf"{form}(?![^\W_])(?:{_LARGE_CONTEXT})" for form in ("B", "T")},
    # "4K video" and "a 10k run" are no thousands.
    "k": r"k(?![^\W_])(?![ ](?:runs?|races?)\b)",
    "K": r"(?<!\b[248])K(?![^\W_])(?![ ](?:runs?|races?)\b)",
    "b": r"(?<=[\d.]\d)b(?![^\W_])",
    "m": rf"m(?![^\W_])(?![ -](?:{_LENGTHS})\b)(?![ ]?[x×/])(?![ ]in[ ]\d)",
    # "5 hundred" and the like have a gap, abbreviations of three letters and more may have one.
    "cr": r"[ ]cr(?!\w)",
    "mil": r"[ ]?mil(?!\w)",
    "bil": r"[ ]?bil(?!\w)",
}
UNIT_PATTERNS = {
    # "in" is a preposition more often than an inch.
    "in": r"(?:in(?=\.)|(?<=-)in(?!\w))",
    "x": r"(?<=\d)x(?!\w)",
    "X": r"(?<=\d)X(?!\w)",
    "×": r"(?<=\d)×(?![\d ])",
    # "1,000s of fans" are no seconds.
    "s": r"s(?!\w)(?<!00s)",
    # Single letters that are the name of a flat or a size as often: only directly after a digit.
    **{form: rf"(?<=\d){form}(?!\w)" for form in ("t", "d", "pp")},
    "V": r"(?<=[\d \u00a0])V(?!\w)",
    "A": r"(?<=\d)A(?!\w)",
    # In "1080p" the letter does not mean pence.
    "p": r"(?<=\d)(?<!\d\d\d)p(?!\w)",
    "gr": r"gr(?=\.)",
    "ac": r"ac(?=\.)",
    "cal": r"cal(?=\.)",
}
