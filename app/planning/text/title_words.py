"""Closed lists of words that decide where a title may end, for seven languages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TitleWords:
    """The words of one language.

    A noun follows ``determiners``. ``links`` begin what may be left out: prepositions, conjunctions and relative words.
    ``verbs`` are frequent finite verbs, before which a subject ends; ``pronouns`` are no subject of a title.
    ``openers`` begin a clause that is not the main one, or that only says when. ``copulas`` are verbs after which a
    relative clause belongs to its noun. ``introductions`` come before the words of a sentence that say something.
    """

    determiners: frozenset[str]
    links: frozenset[str]
    verbs: frozenset[str]
    pronouns: frozenset[str]
    openers: frozenset[str]
    copulas: frozenset[str]
    introductions: tuple[str, ...] = ()

    def may_end(self, word: str) -> bool:
        """Return whether a title may end with ``word``, in lower case and without marks."""
        return word not in self.determiners | self.links | self.verbs | self.pronouns


def _words(*lists: str, introductions: tuple[str, ...]) -> TitleWords:
    determiners, links, verbs, pronouns, openers, copulas = (frozenset(words.split()) for words in lists)
    return TitleWords(determiners, links, verbs, pronouns, openers, copulas, introductions)


WORDS_OF = {
    "en": _words(
        "a an the my your our his her its their this that these those every each some any no another both all "
        "most many two three four five six seven eight nine ten",
        "of to in on at by for from with without into onto over under through between among about after "
        "before during against toward towards across behind beyond near since until till as than and or but "
        "nor so because while when where who whom whose which that if whether though although like per via "
        "inside outside around along up down off out away not never also only always often probably just "
        "almost even",
        "is are was were be been am has have had do does did can could will would shall should may might must "
        "makes make made gets get got gives give gave takes take took goes go went comes come came says say "
        "said needs need wants want helps help keeps keep kept lets let begins begin began starts start "
        "started becomes became means mean meant shows show showed uses use used looks look looked feels feel "
        "felt seems seem lives live lived works worked turns turn turned holds hold held brings bring brought "
        "knows know knew thinks think thought finds find found sees see saw pulls pull pushes push moves "
        "moved falls fell rises rose runs ran loves love loved likes contains includes produces creates "
        "causes caused lies lie lay allows offers sells sold costs opened opens won wins lost it's that's there's "
        "isn't aren't wasn't don't doesn't didn't can't won't you're we're they're i'm",
        "i you he she it we they there one me him us them",
        "when if because while although though since after before until as once whenever where unless in on "
        "at for from with without during by to of despite every each today yesterday tomorrow then first "
        "finally however also and but or so yes no well now still meanwhile instead maybe perhaps",
        "is are was were be been",
        introductions=(
            "did you know that",
            "did you know",
            "have you ever wondered",
            "this is why",
            "it is said that",
        ),
    ),
    "de": _words(
        "der die das den dem des ein eine einen einem einer eines mein meine meinen dein deine sein seine ihr "
        "ihre unser unsere unseren unserem euer dieser diese dieses diesen jeder jede jedes jeden kein keine "
        "viele alle einige manche beide",
        "von vom zu zum zur in im an am auf aus bei beim mit ohne für über unter nach vor durch gegen um "
        "zwischen während wegen seit bis als wie und oder aber denn sondern dass weil wenn ob obwohl damit da "
        "wo wer was welche welcher welches deren dessen nicht",
        "ist sind war waren wird werden wurde wurden hat haben hatte hatten kann können konnte muss müssen "
        "soll sollen will wollen darf mag macht machen machte gibt geht gehen ging kommt kommen kam steht "
        "stehen liegt liegen hält halten bringt braucht zeigt nimmt lässt bleibt sieht sagt weiß findet "
        "beginnt bedeutet kostet zieht fällt wächst lebt leben schläft schlafen arbeitet hilft enthält gehört "
        "öffnet entsteht sorgt führt läuft",
        "ich du er sie es wir ihr man mich dich sich uns euch",
        "wenn weil als während obwohl nachdem bevor bis seit ob da damit in im am an auf bei für mit ohne "
        "nach vor durch jeden heute gestern morgen dann zuerst schließlich aber und oder doch auch jetzt "
        "trotz seitdem",
        "ist sind war waren",
        introductions=(
            "wusstest du, dass",
            "wussten sie, dass",
        ),
    ),
    "fr": _words(
        "le la les l un une des du de d mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs ce "
        "cet cette ces chaque quelques plusieurs tout tous toute toutes aucun",
        "de d à au aux en dans sur sous par pour avec sans vers chez entre contre depuis pendant avant après "
        "comme et ou mais car donc ni que qu qui dont où quand si lorsque parce puisque selon jusqu ne pas",
        "est sont était étaient sera a ont avait avaient peut peuvent doit doivent fait font va vont vient "
        "viennent met prend donne permet reste devient commence montre attire garde coûte vit vivent dort "
        "dorment tombe pousse contient aide ouvre trouve veut sait dit c'est",
        "je j tu il elle on nous vous ils elles ça cela se s me te y",
        "quand lorsque si parce puisque comme pendant avant après depuis dans en à au sur pour avec sans "
        "chaque aujourd'hui hier demain puis enfin d'abord mais et ou donc aussi malgré",
        "est sont était étaient c'est",
        introductions=(
            "saviez-vous que",
            "savais-tu que",
            "le saviez-vous",
        ),
    ),
    "es": _words(
        "el la los las un una unos unas mi mis tu tus su sus nuestro nuestra nuestros nuestras este esta "
        "estos estas ese esa cada todo toda todos todas algunos muchas muchos ningún",
        "de del a al en con sin por para sobre entre hacia hasta desde contra durante según como y e o u pero "
        "sino porque que quien donde cuando si aunque ni no",
        "es son era eran fue fueron será está están estaba ha han había hay tiene tienen tenía puede pueden "
        "debe deben hace hacen va van viene da dan pone sale muestra atrae mantiene cuesta vive viven duerme "
        "duermen cae crece contiene ayuda abre empieza comienza significa quiere sabe dice necesita ofrece "
        "produce",
        "yo tú él ella ello nosotros vosotros ellos ellas usted ustedes se me te nos lo le les",
        "cuando si porque aunque mientras como antes después desde durante en a con sin por para cada hoy "
        "ayer mañana luego entonces primero finalmente pero y o también ahora",
        "es son era eran fue fueron",
        introductions=(
            "sabías que",
            "sabía que",
        ),
    ),
    "it": _words(
        "il lo la i gli le l un uno una mio mia tuo tua suo sua nostro nostra nostri nostre questo questa "
        "questi queste ogni alcuni molte molti tutti tutte del della dei delle",
        "di d del della dei delle a al alla ai in nel nella nei con senza per su sul sulla tra fra da dal "
        "dalla verso come e ed o ma perché che chi cui dove quando se mentre non né",
        "è sono era erano fu ha hanno aveva può possono deve devono fa fanno va vanno viene dà attira tiene "
        "mantiene costa vive vivono dorme dormono cade cresce contiene aiuta apre inizia significa vuole sa "
        "dice",
        "io tu lui lei noi voi loro si mi ti ci vi",
        "quando se perché mentre dopo prima durante in a al con senza per ogni oggi ieri domani poi infine ma "
        "e o anche",
        "è sono era erano fu",
        introductions=(
            "lo sapevi che",
            "sapevi che",
        ),
    ),
    "pt": _words(
        "o a os as um uma uns umas meu minha teu seu sua seus suas nosso nossa nossos nossas este esta estes "
        "estas esse essa cada todo toda todos todas muitos muitas alguns",
        "de do da dos das a ao à em no na nos nas com sem por pelo pela para sobre entre até desde contra "
        "durante como e ou mas porque que quem onde quando se embora nem não",
        "é são era eram foi foram será está estão tem têm tinha há pode podem deve devem faz fazem vai vão "
        "vem dá atrai mantém custa vive vivem dorme dormem cai cresce contém ajuda abre começa significa quer "
        "sabe diz",
        "eu tu ele ela você nós eles elas vocês se me te lhe",
        "quando se porque enquanto embora depois antes durante em no na com sem por para cada hoje ontem "
        "amanhã então mas e ou também agora",
        "é são era eram foi foram",
        introductions=(
            "você sabia que",
            "sabia que",
        ),
    ),
    "nl": _words(
        "de het een mijn jouw zijn haar ons onze jullie hun deze dit die dat elke elk ieder alle veel sommige geen",
        "van in op aan bij met zonder voor over onder na door tegen om tussen tijdens sinds tot uit naar als "
        "en of maar want dat omdat terwijl wanneer waar wie wat die toen niet te",
        "is zijn was waren wordt worden heeft hebben had kan kunnen moet moeten zal zullen wil maakt maken "
        "gaat gaan komt komen staat ligt houdt brengt geeft neemt blijft ziet zegt begint betekent kost trekt "
        "valt groeit leeft slaapt slapen werkt helpt bevat opent",
        "ik jij je u hij zij ze het wij we jullie men er zich",
        "als wanneer omdat terwijl nadat voordat sinds toen in op aan bij met zonder voor na door elke "
        "vandaag gisteren morgen dan eerst maar en of ook nu",
        "is zijn was waren",
        introductions=(
            "wist je dat",
            "wist u dat",
        ),
    ),
}
