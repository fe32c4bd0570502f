"""Makes claims in one language and contexts in the other, for `fit_verdicts`, out of two parallel folders of notes.

    python3 cross_claims.py EN ZH > cross.jsonl

EN and ZH each hold `questions.jsonl` and `notes/p0000.md` and on, the same paragraphs in both languages (XQuAD is such a set).
A sentence is supported by its own paragraph in the other language. It is not by another paragraph, whether the question was
asked of the one or of the other; nor is a sentence whose end is that of a sentence about something else.
"""

import json
import random
import re
import sys


def read(folder):
    questions = {}
    for line in open(f"{folder}/questions.jsonl", encoding="utf-8"):
        row = json.loads(line)
        questions.setdefault(row["paths"][0], []).append(row["question"])
    texts = {path: body(open(f"{folder}/notes/{path}", encoding="utf-8").read()) for path in questions}
    return texts, questions


def body(text):
    text = re.sub(r"^---.*?---\n", "", text, flags=re.S)
    return re.sub(r"^#.*\n", "", text).strip()


def sentences(text, language):
    if language == "zh":
        return [s for s in re.split(r"(?<=[。！？])", text) if 18 <= len(s) <= 120]
    return [s for s in re.split(r'(?<=[.!?])\s+(?=[A-Z"])', text) if 8 <= len(s.split()) <= 45]


def joined(begin, end, language):
    """The beginning of one sentence and the end of another."""
    if language == "zh":
        return begin[: len(begin) * 2 // 5] + end[len(end) * 2 // 5 :]
    begin, end = begin.split(), end.split()
    return " ".join(begin[: max(2, len(begin) * 2 // 5)] + end[len(end) * 2 // 5 :])


def claims(language, own, other, pick):
    texts, questions = own
    said = {path: sentences(text, language) for path, text in texts.items()}
    paths = sorted(path for path in said if said[path] and path in other[0])
    for at, path in enumerate(paths):
        near = paths[at - 1]
        far = paths[(at + len(paths) // 2) % len(paths)]
        here, there = pick.choice(questions[path]), pick.choice(questions[near])
        for claim in pick.sample(said[path], min(2, len(said[path]))):
            yield path, "own", claim, here, True
        yield path, "near", pick.choice(said[near]), here, False
        yield path, "near", pick.choice(said[near]), there, False
        yield path, "joined", joined(pick.choice(said[path]), pick.choice(said[far]), language), here, False
        yield path, "far", pick.choice(said[far]), here, False


def main():
    pick = random.Random(7)
    read_in = {"en": read(sys.argv[1]), "zh": read(sys.argv[2])}
    for language, other in (("en", "zh"), ("zh", "en")):
        rows = claims(language, read_in[language], read_in[other], pick)
        for number, (path, what, claim, question, supported) in enumerate(rows):
            row = {
                "id": f"{what}-{language}-{number}",
                "set": "cross",
                "lang": language,
                "claim": claim,
                "context": read_in[other][0][path],
                "question": question,
                "supported": supported,
            }
            print(json.dumps(row, ensure_ascii=False))


main()
