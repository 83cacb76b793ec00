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
# Words before a number, in lower case; an abbreviation has its dot.
NUMBERED = _words("""
no. nos. nr. nr n° nº n.º № num. núm. # p. pp. pg. s. vol. bd. ch. chap. kap. cap. fig. figs. abb. art. § §§ sec. pág.
pag. pp pt. str. ver. room
step steps tip chapter part page day week rule level lesson episode figure table fact reason idea number volume phase
schritt tipp kapitel teil seite tag regel folge nummer lektion abbildung tabelle grund phase
étape conseil chapitre partie numéro leçon règle
paso consejo capítulo parte página día número lección regla
passo capitolo pagina numero giorno
""")
# Titles before a name, in lower case and without their dot.
TITLES = _words("""
dr prof mr mrs ms mx messrs hr hrn fr frl m mm mme mmes mlle mlles mgr me pr sr sra srta d dña dott dott.ssa sig sig.ra
rev hon gen col lt capt cpt sgt maj adm gov sen rep pres st ste sto sta mt ft ing dipl univ hrsg geb bros
""")
UNDOTTED_TITLES = _words("Mr Mrs Ms Mx Dr Prof St Ste Mt Mme Mlle Herr Frau Sra Srta")
# Abbreviations that introduce what follows, in lower case and without spaces.
INTRODUCING = _words("""
e.g. eg. i.e. ie. z.b. d.h. u.a. ca. approx. vs. cf. vgl. bzw. sog. inkl. incl. excl. exkl. zzgl. p.ex. p.ej. resp.
evtl. ggf. viz. etw. c.-à-d. c.à.d. i.d.r. h.c. bijv. d.w.z. o.ä. av.
""")
# Abbreviations that introduce a number and may otherwise end a sentence.
INTRODUCING_NUMBERS = _words("max. min. est. avg. c. ab. tel. ext. apt. mon. tue. tues. wed. thu. thur. fri. sat. sun.")
# The second part of an abbreviation of which only the first is one letter.
SECOND_PARTS = _words("chr. ex. ej. es. à d.")
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
Enero Febrero Marzo Abril Mayo Junio Julio Agosto Septiembre Octubre Noviembre Diciembre
"""
_MONTHS_LOWER = """
janvier février fév. févr. mars avril avr. mai juin juillet juil. août septembre octobre novembre décembre déc.
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre ene. dic.
gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre
janeiro fevereiro março maio junho julho setembro outubro novembro dezembro
januari februari maart april juni juli augustus oktober november december
"""
MONTHS = _words(_MONTHS_CAPITAL) | _words(_MONTHS_LOWER)
# Words between the parts of a date.
DATE_LINKS = _words("of de di do del")
# Capital words that begin a sentence rather than continue a name.
SENTENCE_STARTERS = _words("""
The A An It We I You He She They This That These Those And But So Or Then Now In On At As If When Where Why How What Who
There Here Our My Your His Her Its Their Not No Yes For From With Without After Before Today Let Just Only All Some One
Der Die Das Den Dem Ein Eine Es Wir Ich Du Er Sie Und Aber Oder Dann Nun Jetzt Im Am In Auf Als Wenn Wo Warum Wie Was
Wer Da Hier Dort Unser Mein Dein Heute So Nur Alle
Le La Les Un Une Il Elle On Nous Vous Je Tu Ils Elles Et Mais Ou Alors Puis Dans En Sur Si Quand Où Pourquoi Comment Ce
Cette Ces C'est Notre Mon Votre Pour Avec
El Los Las Una Lo Nosotros Yo Ella Ellos Y Pero O Entonces Ahora Cuando Donde Por Qué Esto Este Esta Nuestro Mi Para Con
""")
# Words before a letter that is not an initial, in lower case: "Plan B. Then".
LETTERED = _words(
    "plan vitamin option type grade team group section appendix hepatitis class level part gruppe klasse typ"
)
