"""Questions with a stretch of text that answers them, or does not: what the reader is shown."""

from __future__ import annotations

import json
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

TOKENIZER = Tokenizer.from_file(
    str(Path(__file__).resolve().parent.parent / "e5-small" / "tokenizer.json")
)
END = 2
MOST_TOKENS, MOST_QUESTION_TOKENS = 256, 64
SHORTEST, LONGEST = 40, 215  # tokens of a stretch: drawn anew for each

SENTENCE = re.compile(
    r".*?(?:[。！？；!?\n]+[\"”』」）)]*|(?<=[a-z0-9)\]\"”’])[.;][\"”)]*(?=\s)|$)\s*", re.S
)


def terms(text: str) -> list[str]:
    """English words, and pairs of Chinese characters."""
    text = text.lower()
    found = re.findall(r"[a-z0-9]+", text)
    for run in re.findall(r"[\u3400-\u9fff]+", text):
        found += [run[i : i + 2] for i in range(len(run) - 1)] or [run]
    return found


@dataclass
class Example:
    """What the network reads, and what it should say."""

    lang: str
    ids: list[int]
    passage: slice  # where the passage's tokens are among the ids
    answerable: bool
    target: tuple[int, int]  # the first and last token of the answer; (0, 0) when there is none


def make_example(
    lang: str, question: str, passage: str, answer: tuple[int, int] | None = None
) -> Example | None:
    """`answer` is a range of characters of the passage; `None` when it is not among the tokens read."""
    before = TOKENIZER.encode("query: " + question).ids[:-1][:MOST_QUESTION_TOKENS] + [END, END]
    encoding = TOKENIZER.encode(passage, add_special_tokens=False)
    room = MOST_TOKENS - len(before) - 1
    offsets = encoding.offsets[:room]
    ids = before + encoding.ids[:room] + [END]
    where = slice(len(before), len(before) + len(offsets))
    if answer is None:
        return Example(lang, ids, where, False, (0, 0))
    inside = [i for i, (a, b) in enumerate(offsets) if a < answer[1] and b > answer[0]]
    if not inside or offsets[inside[-1]][1] < answer[1]:
        return None
    return Example(lang, ids, where, True, (where.start + inside[0], where.start + inside[-1]))


@dataclass(eq=False)
class Paragraph:
    lang: str
    title: str
    text: str

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """The sentences, as ranges of characters: together they are all of the text."""
        found = (match.span() for match in SENTENCE.finditer(self.text))
        return [(start, end) for start, end in found if end > start]

    @cached_property
    def sentences(self) -> list[str]:
        return [self.text[start:end] for start, end in self.spans]

    @cached_property
    def lengths(self) -> list[int]:
        encodings = TOKENIZER.encode_batch(self.sentences, add_special_tokens=False)
        return [len(encoding.ids) for encoding in encodings]

    @cached_property
    def sentence_terms(self) -> list[set[str]]:
        return [set(terms(sentence)) for sentence in self.sentences]

    def grow(self, at: int, room: int, rng: random.Random, without: Collection[int] = ()) -> range:
        """Sentence `at` and neighbours, taken from either side as it falls, while there is room."""
        first = last = at
        size = self.lengths[at]
        while True:
            sides = [
                side
                for side in (first - 1, last + 1)
                if 0 <= side < len(self.lengths)
                and side not in without
                and size + self.lengths[side] <= room
            ]
            if not sides:
                return range(first, last + 1)
            side = rng.choice(sides)
            size += self.lengths[side]
            first, last = min(first, side), max(last, side)

    def join(self, sentences: Collection[int]) -> str:
        return "".join(self.sentences[i] for i in sentences)

    def near(self, question: str, rng: random.Random, without: Collection[int] = ()) -> str:
        """A stretch around the sentence that shares most with the question; sometimes around any."""
        left = [i for i in range(len(self.sentences)) if i not in without]
        asked = set(terms(question))
        if rng.random() < 0.8:
            at = max(left, key=lambda i: (len(asked & self.sentence_terms[i]), rng.random()))
        else:
            at = rng.choice(left)
        return self.join(self.grow(at, rng.randint(SHORTEST, LONGEST), rng, without))


@dataclass(eq=False)
class Question:
    text: str
    paragraph: Paragraph
    answers: list[str]
    answerable: bool
    rivals: list[Paragraph] = field(default_factory=list)  # share its rare words, best first

    @cached_property
    def answer(self) -> tuple[int, int] | None:
        """Where the first answer stands; where it stands twice, beside the words of the question."""
        asked = set(terms(self.text))
        for answer in filter(None, self.answers if self.answerable else []):
            places = [match.span() for match in re.finditer(re.escape(answer), self.paragraph.text)]
            if places:
                shared = self.paragraph.sentence_terms
                return max(places, key=lambda p: len(asked & shared[self.sentence_at(p[0])]))
        return None

    def sentence_at(self, character: int) -> int:
        spans = self.paragraph.spans
        return next(i for i, (start, end) in enumerate(spans) if start <= character < end)

    def answers_in(self, text: str) -> bool:
        return any(answer and answer in text for answer in self.answers)


class Corpus:
    """The questions, and the paragraphs to confuse them with."""

    def __init__(self, questions: list[Question], paragraphs: list[Paragraph]) -> None:
        self.articles: dict[tuple[str, str], list[Paragraph]] = defaultdict(list)
        for paragraph in paragraphs:
            self.articles[paragraph.lang, paragraph.title].append(paragraph)
        find_rivals(questions, paragraphs)
        shuffled = sorted(self.articles)
        random.Random(7).shuffle(shuffled)
        kept_out = set()
        for lang in ("zh", "en"):
            titles = [key for key in shuffled if key[0] == lang]
            kept_out.update(titles[: max(1, len(titles) // 10)])
        self.sides: tuple[list[Question], list[Question]] = ([], [])
        for question in questions:
            key = (question.paragraph.lang, question.paragraph.title)
            self.sides[key in kept_out].append(question)

    @classmethod
    def read(cls, file: Path) -> Corpus:
        paragraphs: dict[str, Paragraph] = {}
        questions = []
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            paragraph = paragraphs.setdefault(
                row["context"], Paragraph(row["lang"], row["title"], row["context"])
            )
            text = row["question"].strip()
            questions.append(Question(text, paragraph, row["answers"], row["answerable"]))
        return cls(questions, list(paragraphs.values()))

    def training(self, rng: random.Random) -> Iterator[Example]:
        return self.stream(self.sides[0], rng)

    def held_out(self, rng: random.Random) -> Iterator[Example]:
        return self.stream(self.sides[1], rng)

    def stream(self, questions: list[Question], rng: random.Random) -> Iterator[Example]:
        """Examples without end; English, of which there is less, twice as often."""
        while True:
            turns = []
            for question in questions:
                sides = (True, False) if question.answerable else (False,)
                turns += [(question, s) for s in sides] * (2 if question.paragraph.lang == "en" else 1)
            rng.shuffle(turns)
            for question, side in turns:
                example = (self.positive if side else self.negative)(question, rng)
                if example:
                    yield example

    def positive(self, question: Question, rng: random.Random) -> Example | None:
        stretch = self.answering(question, rng)
        return stretch and make_example(question.paragraph.lang, question.text, *stretch)

    def answering(self, question: Question, rng: random.Random) -> tuple[str, tuple[int, int]] | None:
        """A stretch of the paragraph with the answer, and where in it that is."""
        if not question.answer:
            return None
        paragraph, (start, end) = question.paragraph, question.answer
        at = question.sentence_at(start)
        taken = paragraph.grow(at, rng.randint(SHORTEST, LONGEST), rng)
        taken = range(taken.start, max(taken.stop, question.sentence_at(end - 1) + 1))
        offset = paragraph.spans[taken.start][0]
        return paragraph.join(taken), (start - offset, end - offset)

    def negative(self, question: Question, rng: random.Random) -> Example | None:
        lang, paragraph = question.paragraph.lang, question.paragraph
        kind = rng.random()
        text = question.text
        if not question.answerable:
            source = paragraph if kind < 0.8 else self.rival(question, rng)
            passage = source and source.near(text, rng)
        else:
            passage = None
            if kind < 0.12 and (altered := self.altered(question, rng)):
                if stretch := self.answering(question, rng):
                    text, passage = altered, stretch[0]
            if passage is None and kind < 0.45:
                passage = self.gap(question, rng)
            if passage is None and kind < 0.65:
                siblings = self.articles[lang, paragraph.title]
                siblings = [p for p in siblings if p is not paragraph and not question.answers_in(p.text)]
                passage = rng.choice(siblings).near(text, rng) if siblings else None
            if passage is None and (rival := self.rival(question, rng)):
                passage = rival.near(text, rng)
        return make_example(lang, text, passage) if passage else None

    def gap(self, question: Question, rng: random.Random) -> str | None:
        """The paragraph without the sentences that have the answer."""
        paragraph = question.paragraph
        without = {i for i, s in enumerate(paragraph.sentences) if question.answers_in(s)}
        if question.answer:
            start, end = question.answer
            without |= set(range(question.sentence_at(start), question.sentence_at(end - 1) + 1))
        if len(paragraph.sentences) - len(without) < 2:
            return None
        if question.answer and rng.random() < 0.5:
            at = question.sentence_at(question.answer[0])
            room = rng.randint(SHORTEST, LONGEST) + paragraph.lengths[at]
            left = [i for i in paragraph.grow(at, room, rng) if i not in without]
            if len(passage := paragraph.join(left)) > 20:
                return passage
        return paragraph.near(question.text, rng, without)

    def rival(self, question: Question, rng: random.Random) -> Paragraph | None:
        """A paragraph that shares the question's rare words, and does not have the answer."""
        found = [
            paragraph
            for paragraph in question.rivals
            if paragraph is not question.paragraph and not question.answers_in(paragraph.text)
        ]
        if not found:
            return None
        return found[0] if rng.random() < 0.4 else rng.choice(found)

    def altered(self, question: Question, rng: random.Random) -> str | None:
        """The question with the article's name, or a number, changed into another."""
        lang, name = question.paragraph.lang, question.paragraph.title.replace("_", " ")
        if name in question.text:
            other = rng.choice([title for other, title in self.articles if other == lang])
            changed = question.text.replace(name, other.replace("_", " "))
        else:
            numbers = re.findall(r"\d+", question.text)
            if not numbers:
                return None
            number = rng.choice(numbers)
            other = str(max(1, int(number) + rng.choice([-7, -3, -2, -1, 1, 2, 3, 5, 10])))
            if other in question.paragraph.text:
                return None
            changed = question.text.replace(number, other)
        return changed if changed != question.text else None


def find_rivals(questions: list[Question], paragraphs: list[Paragraph]) -> None:
    """Gives each question the nine paragraphs that BM25 finds for it (k1 = 1.2, b = 0.75)."""
    split = [terms(paragraph.text) for paragraph in paragraphs]
    mean = sum(map(len, split)) / len(split)
    postings = defaultdict(list)
    for at, words in enumerate(split):
        norm = 1.2 * (0.25 + 0.75 * len(words) / mean)
        for word, count in Counter(words).items():
            postings[word].append((at, count * 2.2 / (count + norm)))
    scored = {}
    for word, found in postings.items():
        rarity = math.log(1 + (len(split) - len(found) + 0.5) / (len(found) + 0.5))
        places, weights = zip(*found)
        scored[word] = np.array(places), np.array(weights) * rarity
    for question in questions:
        total = np.zeros(len(paragraphs))
        for word in set(terms(question.text)) & scored.keys():
            places, weights = scored[word]
            total[places] += weights
        question.rivals = [paragraphs[i] for i in np.argsort(-total, kind="stable")[:9]]
