"""Words that stay with a number, a name or another abbreviation, in the most frequent languages of Latin script."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CURRENCIES = _words(
    "€ $ £ ¥ ₹ ₽ ₩ ₺ ₪ ฿ EUR USD GBP CHF JPY CNY INR CAD AUD SEK NOK DKK PLN CZK US$ C$ A$ Rs Rs. Fr. kr"
)
# Symbols of units, which mean something else in another case.
UNIT_SYMBOLS = CURRENCIES | _words("""
m mm cm dm km µm nm l L ml mL cl dl hl g mg kg t h min s ms sec hr hrs d yr yrs Hz kHz MHz GHz THz B KB kB MB GB TB PB
Mbit Gbit Mbps Gbps kbps W kW MW GW kWh MWh Wh V kV A mA Ah mAh Ω J kJ MJ N Pa hPa kPa bar psi K °C °F ° % ‰ ℃ ℉ kcal
cal lb lbs oz ft in. yd mi mph kph km/h m/s m² m³ km² cm² cm³ ha sq cu px dpi MP fps dB lm lx mol ppm bn mn tn Mio Mrd
Mrd. mln mld p.m a.m p.m. a.m. pm am PM AM x × Std Sek Min ct c ¢ C F
""")
# Names of units, in lower case.
UNIT_NAMES = _words("""
second seconds minute minutes hour hours day days week weeks month months year years percent degrees degree o'clock
gram grams kilogram kilograms kilo kilos litre litres liter liters metre metres meter meters mile miles inch inches foot
feet pound pounds ounce ounces cup cups tablespoon tablespoons teaspoon teaspoons tbsp tsp gallon gallons acre acres
kilometre kilometres kilometer kilometers centimetre centimetres centimeter centimeters watt watts volt volts megapixel
megapixels gigabyte gigabytes calories dollar dollars cent cents euro euros yen pence times
hundred thousand million millions billion billions trillion dozen
sekunde sekunden minuten stunde stunden tag tage tagen woche wochen monat monate monaten jahr jahre jahren prozent grad
uhr gramm kilogramm milliliter meter kilometer zentimeter tausend millionen milliarde milliarden franken el tl
seconde secondes heure heures jour jours semaine semaines mois an ans année années degrés grammes litres mètres
mille milliard milliards
segundo segundos minuto minutos hora horas día días semana semanas mes meses año años grados gramos litros metros
kilómetros mil millón millones
secondi minuti ore giorni settimane mesi anni gradi grammi litri metri chilometri mila milione milioni miliardi
dias anos graus gramas quilômetros milhão milhões
seconden minuut minuten uur dagen weken maanden jaar procent graden gram kilometer miljoen miljard
""")
# Numbers that are written as words before a currency or another unit.
MAGNITUDES = _words("""
hundred thousand million millions billion billions trillion bn mn mio mrd mln mld tausend millionen milliarden million
milliard milliards mille mil millones milioni miliardi milhões miljoen miljard
""")
# A counter of Chinese or Japanese after digits, without a space between them.
EAST_ASIAN_COUNTERS = frozenset("年月日号時时分秒点點度個个元円圓人岁歳回本枚杯倍米斤克升％%")
# Words before a number, in lower case; those with a dot are in ``abbreviations.yaml``.
NUMBERED = _words("""
nr n° nº n.º № num # § §§ pp room
step steps tip chapter part page day week rule level lesson episode figure table fact reason idea number volume phase
schritt tipp kapitel teil seite tag regel folge nummer lektion abbildung tabelle grund phase
étape conseil chapitre partie numéro leçon règle
paso consejo capítulo parte página día número lección regla
passo capitolo pagina numero giorno
""")
# Numbers in words after one of them.
NUMBER_WORDS = _words("""
one two three four five six seven eight nine ten eins zwei drei vier fünf sechs sieben acht neun zehn
un deux trois quatre cinq six sept huit neuf dix uno dos tres cuatro cinco seis siete ocho nueve diez
""")
# What goes on after a time of day ("5 p.m. Monday", "5 p.m. EST").
HALVES_OF_DAY = _words("a.m. p.m.")
AFTER_TIMES = _words("""
Monday Tuesday Wednesday Thursday Friday Saturday Sunday Mon Tue Wed Thu Fri Sat Sun
EST EDT ET PST PDT PT CST CDT CT MST MDT MT GMT UTC BST CET CEST IST JST AEST
""")
# Titles before a name without a dot.
UNDOTTED_TITLES = _words("Mr Mrs Ms Mx Dr Prof St Ste Mt Mme Mlle Herr Frau Sra Srta")
# What follows a name, in lower case.
NAME_SUFFIXES = _words("jr. sr. inc. ltd. co. corp. llc gmbh etc. usw. b.c. a.d. ph.d. phd m.d. esq.")
STREETS = _words("""
st st. ave ave. rd rd. blvd blvd. ln ln. dr dr. ct ct. sq sq. pl pl. hwy hwy. pkwy pkwy. ter. street avenue road lane
drive boulevard court square place way terrace
""")
_MONTHS_CAPITAL = """
January February March April May June July August September October November December
Jan. Feb. Mar. Apr. Jun. Jul. Aug. Sep. Sept. Oct. Nov. Dec. Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec
Januar Jänner Februar März Mai Juni Juli Oktober Dezember Okt. Dez. Mrz.
Janvier Février Mars Avril Juin Juillet Août Septembre Octobre Novembre Décembre
Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık
Enero Febrero Marzo Abril Mayo Junio Julio Agosto Septiembre Octubre Noviembre Diciembre
"""
_MONTHS_LOWER = """
janvier février fév. févr. mars avril avr. mai juin juillet juil. août septembre octobre novembre décembre déc.
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre ene. dic.
gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre
janeiro fevereiro março maio junho julho setembro outubro novembro dezembro
januari februari maart april juni juli augustus oktober november december
januar februar marts mars maj mai augusti august desember
stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia
ledna února března dubna květen května máj máje června červen července červenec srpna srpen září října říjen listopadu
prosince januára februára apríla mája júna júla augusta septembra októbra novembra decembra
tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta
joulukuuta január február március április május június július augusztus szeptember október november
ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık
siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna studenoga prosinca
ianuarie februarie martie aprilie mai iunie iulie septembrie octombrie noiembrie decembrie
января февраля марта апреля мая июня июля августа сентября октября ноября декабря
січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня
Ιανουαρίου Φεβρουαρίου Μαρτίου Απριλίου Μαΐου Ιουνίου Ιουλίου Αυγούστου Σεπτεμβρίου Οκτωβρίου Νοεμβρίου Δεκεμβρίου
"""
MONTHS = _words(_MONTHS_CAPITAL) | _words(_MONTHS_LOWER)
# Words between the parts of a date.
DATE_LINKS = _words("of de di do del")
# Words before a German ordinal, and nouns after one: "der 2. Weltkrieg", but "Es sind 12. Wir gehen".
WORDS_BEFORE_ORDINALS = _words("""
der die das den dem des im am vom zum zur beim ins ein eine einen einem einer eines jeder jede jedes jeden
dieser diese dieses unser unsere unseren sein seine ihr ihre mein meine meinen dein deine
""")
ORDINAL_NOUNS = _words("""
Jahrhundert Jahrhunderts Jahrhunderte Jh Jahrtausend Weltkrieg Weltkriegs Tag Mal Klasse Stock Etage Platz Runde Liga
Geburtstag Geburtstags Lebensjahr Stelle Generation Woche Auflage Bundesliga Quartal Halbzeit Jahrestag Advent
""")
# Words before a letter that is not an initial, in lower case: "Plan B. Then".
LETTERED = _words(
    "plan vitamin option type grade team group section appendix hepatitis class level part gruppe klasse typ"
)
