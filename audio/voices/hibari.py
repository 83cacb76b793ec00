"""The default voice: English, neural, offline, with exact word times from its own phoneme durations."""

from __future__ import annotations

import json
import re
import threading
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from app.core.config import Settings
from app.core.errors import ProviderRefused
from audio.base import Spoken, VoiceInfo
from audio.levels import Samples, sounding
from audio.phoneme_alignment import PAUSE_MARKS, ReadWord, Sentence, phoneme_edges, word_spans
from audio.words import Seconds, order_words

DURATIONS_OUTPUT = "/Clip_output_0"  # frames per phoneme id: inside the model, not among its outputs
FRAME_S = 0.025
ONSET_LEAD_S = 0.065  # a phoneme is heard before its frames begin: measured against two independent aligners
MAX_PHONEMES = 400
SENTENCE_PAUSE_S = 0.40
LINE_PAUSE_S = 0.60
SPEED_RANGE = (0.5, 2.0)

Take = tuple[Samples, list[Seconds | None]]


def build(_: Settings) -> Hibari:
    return Hibari()


@dataclass(frozen=True)
class Hibari:
    name: str = "hibari"
    hosted: bool = False

    @property
    def version(self) -> str:
        return version("hibari-tts")

    def speaks(self, language: str) -> bool:
        return re.split("[-_]", language.lower())[0] == "en"

    def listing(self) -> tuple[VoiceInfo, ...]:
        """The voices whose model is on this machine; nothing is downloaded."""
        return tuple(
            VoiceInfo(self.name, name, "en-GB" if facts["british"] else "en-US", f"{name.title()}, {facts['gender']}")
            for name, facts in _known_voices().items()
            if _model_path(name)
        )

    def say(self, text: str, voice: str | None, language: str, speed: float, seed: int) -> Spoken:
        """24 kHz; the same text, voice, speed and seed give the same samples. Raises ``ProviderRefused``."""
        model = _load_model(voice or _default_voice())
        pace = float(np.clip(speed, *SPEED_RANGE))
        noise = np.random.default_rng(seed)
        parts = [(model.speak_sentence(words, pace, noise), pause_s / pace) for words, pause_s in split_sentences(text)]
        samples, found = join_takes(parts, model.rate)
        if not len(samples):
            raise ProviderRefused(self.name, "there is nothing in this text that it can read")
        return Spoken(samples, model.rate, order_words(text.split(), found, len(samples) * 1000 // model.rate))


def split_sentences(text: str) -> list[tuple[tuple[str, ...], float]]:
    """The words of each sentence and the pause after it in seconds; a line break ends one too. No word is lost."""
    import sentencex

    found: list[tuple[tuple[str, ...], float]] = []
    for line in text.splitlines():
        ends = list(accumulate(len(piece) for piece in sentencex.segment("en", line)))
        grouped: dict[int, list[str]] = {}
        for word in re.finditer(r"\S+", line):
            grouped.setdefault(bisect_right(ends, word.start()), []).append(word[0])
        pauses = [SENTENCE_PAUSE_S] * (len(grouped) - 1) + [LINE_PAUSE_S]
        found += [(tuple(words), pause_s) for words, pause_s in zip(grouped.values(), pauses, strict=False)]
    return found


def join_takes(parts: list[tuple[Take, float]], rate: int) -> Take:
    """Takes with the given pauses after them, instead of the silence the model leaves around a sentence."""
    sound: list[Samples] = []
    found: list[Seconds | None] = []
    at = 0
    for (samples, its_spans), pause_s in parts:
        begin, end = sounding(samples, rate)
        pause = np.zeros(round(pause_s * rate) if end > begin else 0, np.float32)
        shift = (at - begin) / rate
        last = (at + end - begin) / rate  # the model counts the silence after a sentence into its last phoneme
        found += [span and (span[0] + shift, min(span[1] + shift, last)) for span in its_spans]
        sound += [samples[begin:end], pause]
        at += end - begin + len(pause)
    return (np.concatenate(sound) if sound else np.zeros(0, np.float32)), found


class Model:
    """One voice's network, reading rules and waveform maker; safe for threads."""

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
        """One sentence: its sound and when each of its words sounds."""
        with self._lock:  # the tagger and the lexicon keep state while they read
            sentence = self._read_sentence(words)
        if not (set(sentence.phonemes) - PAUSE_MARKS) & set(
            self._vocabulary
        ):  # the network breathes where nothing is said
            return np.zeros(0, np.float32), [None] * len(words)
        parts: list[Samples] = []
        edges: list[float | None] = []
        for start, end in sentence.chunks(MAX_PHONEMES):
            at = sum(len(part) for part in parts) / self.rate
            samples, its_edges = self._speak_chunk(sentence.phonemes[start:end], pace, noise)
            parts.append(samples)
            edges = edges[:-1] + [edge if edge is None else max(0.0, edge + at - ONSET_LEAD_S) for edge in its_edges]
        return np.concatenate(parts), word_spans(sentence, edges)

    def _read_sentence(self, words: tuple[str, ...]) -> Sentence:
        """How it reads the words: joined by white space again, as far as the reading rules kept it."""
        from hibari.g2p.normalize import normalize

        phonemes, text, start = "", "", 0
        read: list[ReadWord] = []
        for token in self._g2p.phonemize_tokens(self._g2p.tokenize(normalize(" ".join(words)))):
            text += token.text
            phonemes += token.phonemes or ""
            if token.whitespace:
                read.append(ReadWord(text, start, len(phonemes)))
                phonemes += " "
                text, start = "", len(phonemes)
        return Sentence(words, (*read, ReadWord(text, start, len(phonemes))) if text else tuple(read), phonemes)

    def _speak_chunk(
        self, phonemes: str, pace: float, noise: np.random.Generator
    ) -> tuple[Samples, list[float | None]]:
        from hibari import dsp

        known = [self._vocabulary[phoneme] for phoneme in phonemes if phoneme in self._vocabulary]
        if not known:
            return np.zeros(0, np.float32), [None] * len(phonemes) + [0.0]
        ids = np.asarray([[0, *known, 0]], np.int64)
        *spectrum, durations = self._session({"ids": ids, "speed": np.asarray([pace], np.float32)})
        samples: Samples = dsp.synth(*(part[0] for part in spectrum), noise)
        return samples, phoneme_edges(phonemes, self._vocabulary, durations.ravel(), FRAME_S)


def load_network(path: Path) -> Callable[[dict[str, Any]], list[Any]]:
    """The network of ``path`` on one thread, its phoneme durations as one more output behind its own."""
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
    """Raises ``ProviderRefused`` for a voice that is unknown or whose model is not on this machine."""
    path = _model_path(name)
    if path is None:
        raise ProviderRefused("hibari", f"the voice {name!r} is not on this machine")
    return Model(name, path)


def _model_path(name: str) -> Path | None:
    from hibari.voices import voice_path

    try:
        return Path(voice_path(name, download_missing=False))
    except (ValueError, FileNotFoundError):  # unknown, or known and not here
        return None


def _known_voices() -> dict[str, dict[str, Any]]:
    from hibari.voices import VOICES

    return dict(VOICES)


def _default_voice() -> str:
    from hibari.voices import DEFAULT

    return str(DEFAULT)
