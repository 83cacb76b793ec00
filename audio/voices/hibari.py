"""The default voice: neural English speech offline, with exact word times from the model's phoneme durations."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from app.core.config import Settings
from app.core.errors import ProviderRefused, Unconfigured
from app.planning.text.sentence_ends import sentence_starts
from audio.base import Spoken, VoiceInfo
from audio.levels import Samples, sounding_range
from audio.phoneme_alignment import PAUSE_MARKS, ReadWord, Sentence, phoneme_edges, word_spans
from audio.words import Seconds, order_words

# Increase this when equal text is read otherwise than before.
READING = 2
# A letter that is also a Roman numeral.
LETTER = re.compile(r"^[IVXLC](?![\w'’])")
DURATIONS_OUTPUT = "/Clip_output_0"  # frames per phoneme id; an inner node of the model, not one of its outputs
FRAME_S = 0.025
ONSET_LEAD_S = 0.065  # a phoneme sounds this long before its first frame, as measured with two independent aligners
MAX_PHONEMES = 400
SENTENCE_PAUSE_S = 0.40
LINE_PAUSE_S = 0.60
SPEED_RANGE = (0.5, 2.0)

Take = tuple[Samples, list[Seconds | None]]


def build(_: Settings) -> Hibari:
    if find_spec("hibari") is None:
        raise Unconfigured("hibari", "hibari-tts is not installed (pip install hibari-tts)")
    return Hibari()


@dataclass(frozen=True)
class Hibari:
    name: str = "hibari"
    hosted: bool = False

    @property
    def version(self) -> str:
        return f"{version('hibari-tts')}.{READING}"

    def speaks(self, language: str) -> bool:
        return re.split("[-_]", language.lower())[0] == "en"

    def listing(self) -> tuple[VoiceInfo, ...]:
        """Return the voices whose model is on this machine; nothing is downloaded."""
        return tuple(
            VoiceInfo(self.name, name, "en-GB" if facts["british"] else "en-US", f"{name.title()}, {facts['gender']}")
            for name, facts in _known_voices().items()
            if _model_path(name)
        )

    def say(self, text: str, voice: str | None, language: str, speed: float, seed: int) -> Spoken:
        """Speak at 24 kHz; equal text, voice, speed and seed give equal samples. Raises ``ProviderRefused``."""
        model = _load_model(voice or _default_voice())
        pace = float(np.clip(speed, *SPEED_RANGE))
        noise = np.random.default_rng(seed)
        parts = [(model.speak_sentence(words, pace, noise), pause_s / pace) for words, pause_s in split_sentences(text)]
        samples, spans = join_takes(parts, model.rate)
        if not len(samples):
            raise ProviderRefused(self.name, "there is nothing in this text that it can read")
        return Spoken(samples, model.rate, order_words(text.split(), spans, len(samples) * 1000 // model.rate))


def split_sentences(text: str) -> list[tuple[tuple[str, ...], float]]:
    """Return the words of each sentence and the pause after it in seconds.

    A line break ends a sentence too. Every whitespace word of ``text`` is in exactly one sentence.
    """
    sentences: list[tuple[tuple[str, ...], float]] = []
    for line in text.splitlines():
        words = line.split()
        bounds = [0, *sorted(sentence_starts(words, "en")), len(words)] if words else []
        parts = [tuple(words[start:end]) for start, end in pairwise(bounds)]
        sentences += [(part, SENTENCE_PAUSE_S) for part in parts[:-1]] + [(part, LINE_PAUSE_S) for part in parts[-1:]]
    return sentences


def join_takes(parts: list[tuple[Take, float]], rate: int) -> Take:
    """Return the takes joined with a pause after each, without the silence that the model leaves around a sentence."""
    sounds: list[Samples] = []
    spans: list[Seconds | None] = []
    position = 0
    for (samples, take_spans), pause_s in parts:
        start, end = sounding_range(samples, rate)
        pause = np.zeros(round(pause_s * rate) if end > start else 0, np.float32)
        shift_s = (position - start) / rate
        end_s = (position + end - start) / rate  # the model's last phoneme includes the silence after the sentence
        spans += [span and (span[0] + shift_s, min(span[1] + shift_s, end_s)) for span in take_spans]
        sounds += [samples[start:end], pause]
        position += end - start + len(pause)
    return (np.concatenate(sounds) if sounds else np.zeros(0, np.float32)), spans


class Model:
    """One voice: its reading rules, its network and its waveform synthesis; thread-safe."""

    def __init__(self, name: str, path: Path) -> None:
        from hibari import SAMPLE_RATE
        from hibari.g2p import G2P
        from hibari.voices import ASSETS

        self.rate = int(SAMPLE_RATE)
        self._g2p = G2P(british=_known_voices()[name]["british"])
        self._vocabulary: dict[str, int] = json.loads(Path(ASSETS, "vocab.json").read_text(encoding="utf-8"))
        self._session = load_network(path)
        self._lock = threading.Lock()

    def speak_sentence(self, words: tuple[str, ...], pace: float, noise: np.random.Generator) -> Take:
        """Return the sound of one sentence and the span of each of its words."""
        with self._lock:  # the tagger and the lexicon keep state while they read
            sentence = self._read_sentence(words)
        # The network produces breath noise for a sentence without sounding phonemes.
        if not (set(sentence.phonemes) - PAUSE_MARKS) & set(self._vocabulary):
            return np.zeros(0, np.float32), [None] * len(words)
        chunks: list[Samples] = []
        edges: list[float | None] = []
        for start, end in sentence.chunks(MAX_PHONEMES):
            shift_s = sum(len(chunk) for chunk in chunks) / self.rate
            samples, chunk_edges = self._speak_chunk(sentence.phonemes[start:end], pace, noise)
            chunks.append(samples)
            shifted = [edge if edge is None else max(0.0, edge + shift_s - ONSET_LEAD_S) for edge in chunk_edges]
            edges = [*edges[:-1], *shifted]
        return np.concatenate(chunks), word_spans(sentence, edges)

    def _read_sentence(self, words: tuple[str, ...]) -> Sentence:
        """Return how the voice reads the words.

        Tokens of the reading rules are joined again to words where the rules report no white space between them.
        """
        from hibari.g2p.normalize import normalize

        phonemes, text, start = "", "", 0
        read_words: list[ReadWord] = []
        for token in self._g2p.phonemize_tokens(self._g2p.tokenize(normalize(_with_letters(words)))):
            text += token.text
            phonemes += token.phonemes or ""
            if token.whitespace:
                read_words.append(ReadWord(text, start, len(phonemes)))
                phonemes += " "
                text, start = "", len(phonemes)
        if text:
            read_words.append(ReadWord(text, start, len(phonemes)))
        return Sentence(words, tuple(read_words), phonemes)

    def _speak_chunk(
        self, phonemes: str, pace: float, noise: np.random.Generator
    ) -> tuple[Samples, list[float | None]]:
        from hibari import dsp

        phoneme_ids = [self._vocabulary[phoneme] for phoneme in phonemes if phoneme in self._vocabulary]
        if not phoneme_ids:
            return np.zeros(0, np.float32), [None] * len(phonemes) + [0.0]
        ids = np.asarray([[0, *phoneme_ids, 0]], np.int64)
        *spectrum, durations = self._session({"ids": ids, "speed": np.asarray([pace], np.float32)})
        samples: Samples = dsp.synth(*(part[0] for part in spectrum), noise)
        return samples, phoneme_edges(phonemes, self._vocabulary, durations.ravel(), FRAME_S)


def _with_letters(words: Sequence[str]) -> str:
    """Return the words joined, with "i" for an "I" that the voice would read as a number: "the part I like".

    Numerals are in words already (``app.planning.text.spoken_forms``).
    """
    from hibari.g2p.normalize import ROMAN_CARDINAL, ROMAN_ORDINAL

    before_numerals = {*ROMAN_CARDINAL, *ROMAN_ORDINAL}
    pairs = pairwise(("", *words))
    return " ".join(_lower_letter(word) if before in before_numerals else word for before, word in pairs)


def _lower_letter(word: str) -> str:
    return LETTER.sub(lambda letter: letter[0].lower(), word)


def load_network(path: Path) -> Callable[[dict[str, Any]], list[Any]]:
    """Load the network of ``path`` to run on one thread, with the phoneme durations as an additional last output."""
    import onnx
    import onnxruntime

    network = onnx.load(str(path))
    network.graph.output.append(onnx.ValueInfoProto(name=DURATIONS_OUTPUT))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(network.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return lambda feed: list(session.run(None, feed))


@lru_cache(maxsize=2)
def _load_model(name: str) -> Model:
    """Load a voice. Raises ``ProviderRefused`` if it is unknown or its model is not on this machine."""
    path = _model_path(name)
    if path is None:
        raise ProviderRefused("hibari", f"the voice {name!r} is not on this machine")
    return Model(name, path)


def _model_path(name: str) -> Path | None:
    from hibari.voices import voice_path

    try:
        return Path(voice_path(name, download_missing=False))
    except (ValueError, FileNotFoundError):  # an unknown voice, or one whose model is not on this machine
        return None


def _known_voices() -> dict[str, dict[str, Any]]:
    from hibari.voices import VOICES

    return dict(VOICES)


def _default_voice() -> str:
    from hibari.voices import DEFAULT

    return str(DEFAULT)
