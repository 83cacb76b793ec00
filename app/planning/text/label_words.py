"""The labels of scripts for films in several languages, by what follows them, and the words of directions.

Each is a regular expression of whole labels in small letters, with single spaces.
"""

from __future__ import annotations

# Before words that are spoken.
SPEECH = (
    r"narrator(?:in)?s?|narration|narrative|voice ?-? ?overs?|v\.? ?/? ?o\.?|o\. ?s\.|"
    r"(?:voice ?-? ?over|narration|narrator)(?:'?s)? (?:script|text|lines?)|voice|speakers?|hosts?|co-?host|"
    r"announcer|"
    r"presenter|moderator(?:in)?|spoken|spoken (?:text|words)|dialogue?|speech|talking points?|script|lines?|"
    r"sprecher(?:in)?(?:text)?|sprechertext|erzähler(?:in)?|off-?(?:text|stimme|sprecher(?:in)?)|kommentar|"
    r"narrateur|narratrice|voix ?-? ?off|commentaire|narrador(?:a)?|narración|narração|voz en off|locutora?|locución|"
    r"locução|narratore|narratrice|voce fuori campo|voce narrante|verteller|voice-?over-?tekst|lektor|narracja|"
    r"narrator|"
    r"диктор|рассказчик|голос за кадром|закадровый голос|ведущ(?:ий|ая)|текст диктора|"
    r"旁白|解说|解說|配音|口播|主播|台词|台詞|ナレーター|ナレーション|セリフ|語り|내레이션|나레이션|내레이터|성우|"
    r"الراوي|المعلق|التعليق الصوتي|वाचक|कथावाचक|वॉयसओवर|anlatıcı|seslendirme|dış ses|người dẫn chuyện|lời bình"
)
# Before the description of a picture.
PICTURE = (
    r"visuals?|visual(?:s)? (?:description|cue|idea|suggestion|direction)s?|scene (?:description|visuals?)|b-?roll|"
    r"stock footage|footage|imagery|on ?-?screen|screen|shot|shots|image (?:idea|prompt|description)|video prompt|"
    r"inserts?|"
    r"suggested visuals?|visuelles?|bildbeschreibung|bildebene|bild(?:idee)?|szenenbild|visuels?|image|à l['’]écran|"
    r"visuales?|imagen(?:es)?|visuais|imagem|immagin[ei]|visivo|визуал|видеоряд|картинка|в кадре|"
    r"画面|画面描述|视觉|視覺|镜头|鏡頭|映像|画|ビジュアル|화면|비주얼|영상|المشهد البصري|المرئيات|दृश्य वर्णन|"
    r"görsel|hình ảnh"
)
# Before words that are shown.
CAPTION = (
    r"(?:text|words|caption|title|graphics?)s? on (?:the )?-?screen|"
    r"on-? ?screen (?:text|caption|title|graphics?)s?(?: (?:ideas?|suggestions?))?|"
    r"onscreen text|screen text|text overlays?|overlay(?: text)?s?|overlay texts?|super(?:s|imposed text)?|"
    r"title cards?|"
    r"lower thirds?|captions?|end cards?|subtitles?|bildtext|einblendung(?:en)?|texteinblendung(?:en)?|untertitel|"
    r"text im bild|texte? (?:à|a) l['’]écran|texte affiché|incrustation|texto en (?:la )?pantalla|texto na tela|"
    r"rótulo|testo (?:a|sullo) schermo|tekst na ekranie|текст на экране|титры?|надпись|"
    r"字幕|屏幕文字|螢幕文字|文字|テロップ|画面テキスト|자막|화면 텍스트|النص على الشاشة|स्क्रीन पर टेक्स्ट|"
    r"ekran yazısı|chữ trên màn hình"
)
# Before what is heard besides the voice.
SOUND = (
    r"sfx|fx|sound ?-?(?:fx|effects?|design|track)|bgm|background (?:music|audio|sounds?)|music cue|musik(?:bett)?|"
    r"soundeffekte?|geräusche?|musique|bruitages?|música(?: de fondo)?|efectos? de sonido|musica|effetti sonori|"
    r"музыка|звук(?:и|овые эффекты)?|音乐|音樂|音效|背景音乐|配乐|音楽|効果音|음악|효과음|موسيقى|संगीत|müzik|âm nhạc"
)
# Before what is done in the picture, which narration does not say.
ACTION = (
    r"cut(?:s)? to|fade (?:in|out|to)(?: black)?|smash cut(?: to)?|dissolve(?: to)?|transition|transitions?|"
    r"camera (?:angle|movement|direction|work|shot)s?|action line|stage directions?|direction|schnitt|übergang|regie|"
    r"transición|transizione|transição|переход|转场|切换|トランジション|전환"
)
# Labels that narration may have too ("Camera: forty-eight megapixels."): they are directions in a script for a film
# only, by what they are there.
AMBIGUOUS_PICTURE = (
    r"camera|kamera|cámara|caméra|telecamera|камера|镜头|カメラ|image|picture|video|photo|action|setting|clip"
)
AMBIGUOUS_SOUND = r"sound|ton|son|sonido|music|audio|musik|musique|música|musica"
# Notes about the film, before or after its script.
NOTE = (
    r"(?:target |estimated |total |approximate |video )?(?:duration|length|runtime|run time)|word count|tone|style|"
    r"mood|"
    r"(?:target )?audience|platform|format|aspect ratio|hashtags?|keywords?|tags|seo (?:title|description)|"
    r"(?:video )?description|thumbnail(?: (?:idea|text))?|production notes?|editing notes?|director'?s notes?|"
    r"voice (?:tone|style)|pacing|props|location|"
    r"dauer|länge|gesamtlänge|zielgruppe|stil|stimmung|tonalität|durée|public cible|ton|style visuel|duración|tono|"
    r"estilo|"
    r"público|duração|durata|длительность|хронометраж|时长|時長|风格|受众|標籤|标签|尺|ハッシュタグ|길이|해시태그"
)
TITLE = (
    r"(?:video|film|reel|tiktok|shorts?|youtube)[ -]?(?:video )?script|(?:video |film |working |script )?title|"
    r"(?:video|film)?titel|titre(?: de la vidéo)?|título(?: del v[ií]deo)?|"
    r"titolo(?: del video)?|tytuł|название|заголовок|标题|標題|题目|影片标题|タイトル|제목|العنوان|शीर्षक|başlık|"
    r"tiêu đề"
)
# A part of a film. With a number it is a heading wherever it stands.
NUMBERED_PARTS = (
    r"scene|shot|szene|scène|escena|scena|cena|plan|plano|сцена|кадр|sahne|cảnh|frame|panel|slide|segment|clip|beat|"
    r"screen|bild|sequence|séquence|场景|場景|镜头|鏡頭|シーン|カット|장면|씬|مشهد|दृश्य"
)
NAMED_PARTS = (
    r"hook|opening hook|intro(?:duction)?|opening|outro|ending|closing|end screen|cta|call[- ]to[- ]action|body|"
    r"main (?:content|body|points?)|problem|solution|climax|payoff|setup|conclusion|einleitung|aufhänger|hauptteil|"
    r"schluss|handlungsaufforderung|accroche|appel à l['’]action|gancho|introducción|cierre|llamada a la acción|"
    r"llamado a la acción|introdução|chamada para ação|gancio|хук|вступление|концовка|призыв к действию|"
    r"开场|開場|钩子|结尾|結尾|行动号召|フック|導入|締め|오프닝|훅|마무리|도입"
)
# Of these, the names that other texts do not have.
SURE_PARTS = (
    r"hook|opening hook|intro|outro|end screen|cta|call[- ]to[- ]action|aufhänger|handlungsaufforderung|accroche|"
    r"appel à l['’]action|gancho|llamada a la acción|llamado a la acción|chamada para ação|gancio|хук|"
    r"призыв к действию|钩子|行动号召|フック|훅"
)
# Before sentences of narration, although they may come again and again like the name of a speaker.
NOT_SPEAKERS = (
    r"tip|note|result|fact|fun fact|question|answer|q|a|step|example|warning|pros?|cons?|ingredients?|reason|rule|"
    r"idea|"
    r"myth|truth|reality|before|after|problem|solution|bonus|update|quote|lesson|mistake|pro tip|hint|remember|"
    r"plus|minus|price|cost|size|weight|color|colour|battery|display|camera|sound|speed|time|date|day|monday|tuesday|"
    r"wednesday|thursday|friday|saturday|sunday|today|tomorrow|yesterday|week|month|year|then|now|"
    r"tipp|hinweis|ergebnis|fakt|frage|antwort|beispiel|warnung|vorteil|nachteil|mythos|wahrheit|f|vorher|nachher|"
    r"preis|"
    r"conseil|remarque|résultat|fait|question|réponse|exemple|attention|avantage|inconvénient|mythe|réalité|avant|"
    r"après|"
    r"consejo|nota|resultado|dato|pregunta|respuesta|ejemplo|aviso|ventaja|desventaja|mito|verdad|realidad|antes|"
    r"después|"
    r"p|r|dica|pergunta|resposta|exemplo|suggerimento|domanda|risposta|esempio|совет|факт|вопрос|ответ|миф|правда|"
    r"提示|注意|问|答|問|事实|ヒント|質問|回答|질문|답변"
)
# Of the labels above, those that other texts have too ("Screen: six inches.", "Speaker: loud."): they are no sign of a
# script for a film.
WEAK = (
    r"narrative|voice|speakers?|hosts?|co-?host|announcer|presenter|moderator(?:in)?|spoken|dialogue?|speech|script|"
    r"lines?|talking points?|kommentar|commentaire|locutora?|lektor|ведущ(?:ий|ая)|主播|台词|台詞|세리프|성우|المعلق|"
    r"inserts?|"
    r"on ?-?screen|screen|shots?|image|imagery|footage|bild(?:idee)?|imagen(?:es)?|imagem|immagin[ei]|visivo|画面|"
    r"镜头|"
    r"鏡頭|画|映像|화면|영상|картинка|в кадре|hình ảnh|visuelles?|visuels?|visuales?|visuais|"
    r"super(?:s)?|captions?|overlays?|title cards?|lower thirds?|end cards?|subtitles?|untertitel|字幕|文字|자막|"
    r"rótulo|"
    r"надпись|титры?|fx|sound ?-?(?:design|track)|musik(?:bett)?|geräusche?|musique|música|musica|музыка|звук|音乐|"
    r"音樂|"
    r"音楽|음악|موسيقى|संगीत|müzik|âm nhạc|transitions?|direction|übergang|regie|transición|transizione|transição|"
    r"переход|"
    r"切换|전환|schnitt"
)
# -- words of directions ---------------------------------------------------------------------------------------------
ADJECTIVES = (
    r"soft|softly|upbeat|dramatic|dramatically|short|long|brief|briefly|background|gentle|gently|calm|calmly|happy|"
    r"happily|sad|sadly|tense|epic|slow|slowly|fast|quiet|quietly|loud|loudly|nervous|nervously|warm|warmly|deep|"
    r"deeply|"
    r"excited|excitedly|light|a|the|an?|more|again|audience|crowd|everyone|narrator|speaker|host|leise|laute?|sanfte|"
    r"ruhige|kurze?|dramatische|fröhliche|petite|longue|légère?|breve|larga|suave|алегре|тихая|тихо|громко"
)
SOUNDS = (
    r"laugh(?:s|ing|ter)?|sigh(?:s|ing)?|whisper(?:s|ing|ed)?|gasp(?:s|ing)?|cough(?:s|ing)?|chuckl(?:e|es|ing)|"
    r"giggl(?:e|es|ing)|smil(?:es|ing)|cheer(?:s|ing)|clears (?:his |her |their )?throat|groan(?:s|ing)?|"
    r"sob(?:s|bing)|"
    r"cr(?:ies|ying)|shout(?:s|ing)|yell(?:s|ing)|nod(?:s|ding)|wink(?:s|ing)|shrug(?:s|ging)|sniff(?:s|ing)|"
    r"yawn(?:s|ing)|"
    r"inhal(?:es|ing)|exhal(?:es|ing)|clap(?:s|ping)|singing|sings|humming|snort(?:s|ing)?|scoffs?|"
    r"lacht|lachen|lachend|seufzt|seufzend|flüstert|flüsternd|hustet|räuspert sich|lächelt|lächelnd|"
    r"rires?|rit|en riant|soupire?|soupirs?|chuchote|en chuchotant|tousse|sourit|applaudissements|"
    r"risas?|(?:se )?r[íi]e|riendo|suspir[oa]|susurra(?:ndo)?|tose|sonr[íi]e|sonriendo|aplausos|"
    r"risos?|rindo|sussurra(?:ndo)?|ride|ridendo|sospira|sussurra(?:ndo)?|applausi|"
    r"смеётся|смеется|смех|вздыхает|вздох|шёпотом|шепотом|улыбается|аплодисменты|кашляет|"
    r"笑|大笑|微笑|笑声|苦笑|叹气|嘆氣|咳嗽|耳语|掌声|掌聲|拍手|ため息|小声で|ささやく|웃음|웃으며|한숨|박수|"
    r"속삭이며|"
    r"ضحك|يضحك|تنهد|हँसते हुए|हंसते हुए|हँसी|gülüyor|gülerek|iç çeker|cười"
)
CUES = (
    r"music|pause|beat|silence|sfx|sound effects?|applause|fade(?:s)? (?:in|out|to black)|voice ?-?over|v\.? ?o\.?|"
    r"o\.? ?s\.?|"
    r"off[- ]?screen|cont(?:inue|['’])?d\.?|cut(?:s)? to(?: .{1,40})?|zoom(?:s)? (?:in|out)(?: .{1,40})?|"
    r"camera (?:pans?|zooms?|moves?|cuts?).{0,40}|breath|take a breath|deep breath|drum ?roll|ding|whoosh|jingle|"
    r"intro|outro|theme music|musik|pausa|pauze|stille|atempause|applaus|musique|silence|música|musica|silencio|"
    r"silenzio|"
    r"silêncio|музыка|пауза|тишина|音乐|音樂|配乐|停顿|停頓|沉默|片头|片尾|音楽|間|無音|음악|일시 정지|잠시 멈춤|"
    r"موسيقى|توقف|संगीत|"
    r"विराम|müzik|duraklama|nhạc|tạm dừng"
)
DOES = (
    r"fad(?:e|es|ing)(?: (?:in|out|up|down|away))?|play(?:s|ing)?|swell(?:s|ing)?|start(?:s|ing)?|stop(?:s|ping)?|"
    r"end(?:s|ing)?|continu(?:es|ing)|begin(?:s|ning)?|build(?:s|ing)?|ris(?:es|ing)|spielt|setzt ein|endet|"
    r"commence|s['’]arrête|empieza|suena|termina|inizia|finisce|начинается|играет|响起|響起|渐弱|流れる"
)
# What a model of language says before and after a script, in the sentence that it is about the script.
WORKS = (
    r"script|video|voice ?-?over|narration|short|reel|tiktok|storyboard|version|draft|skript|drehbuch|sprechertext|"
    r"vidéo|texte|guion|guión|vídeo|roteiro|copione|sceneggiatura|сценарий|видео|脚本|文案|视频|影片|台本|動画|"
    r"스크립트|대본|영상"
)
