#!/usr/bin/env python3
"""Makes tokenizer.json, padding.json, cleaning.json and youtube_spam.json, the stored outputs that the text tests compare with.

    python make_tokenizer_fixtures.py [FOLDER OF THE YOUTUBE SPAM COLLECTION]

The tokenizer and the padding are Keras' own (made with Keras 3.15.1). The cleaning is Python's `re` and `unicodedata`. The last file is made only
when the folder is given: of the collection it holds counts and hashes, not comments.
"""

import csv
import json
import os
import random
import re
import sys
import unicodedata

os.environ["KERAS_BACKEND"] = os.environ.get("KERAS_BACKEND", "torch")

from keras.src.legacy.preprocessing.text import Tokenizer
from keras.utils import pad_sequences

HERE = os.path.dirname(os.path.abspath(__file__))

HAND_WRITTEN = [
    "The cat sat on the mat. The mat was flat!",
    "the dog, the log & the frog",
    "tabs\tand\nnewlines\r\nand  double   spaces ",
    "don't can't won't it's the cat's",
    "",
    "!!! ??? ...",
    "GROSSE STRASSE große Straße İSTANBUL ısparta",
    "ΟΔΟΣ ΟΔΥΣΣΕΥΣ Σ ΑΣ. ΣΑΣ'Σ ΤΑΣ",
    "caf\u00e9 cafe\u0301 CAF\u00c9 CAFE\u0301",
    "no\u00a0break thin\u2009space zero\u200bwidth bom\ufeff",
    "emoji 🔥🔥🔥 👩‍🚀 flag 🇫🇮 ❤️",
    "汉字 漢字 かな カナ 한국어 עברית العربية",
    "ǅ ǆ Ǆ ﬁ FI Ⅷ ⅷ K Å",
    "under_score hy-phen a/b\\c [x] {y} ~z ^w `v |u <t> =s +r *q $p #o \"n\" ;m :l @k",
]
UNSEEN = ["the unicorn sat on THE cat", "nothing known here at all", "", "caf\u00e9 🔥🔥🔥 STRASSE unk UNK", "log mat frog dog flat"]


def random_texts(seed, count, words):
    """Few words and many texts, so that many words occur equally often."""
    rng = random.Random(seed)
    vocabulary = ["".join(rng.choice("abcde") for _ in range(rng.randint(1, 3))) for _ in range(words)]
    return [" ".join(rng.choice(vocabulary) for _ in range(rng.randint(0, 12))) for _ in range(count)]


def tokenizer_case(name, batches, convert, **options):
    tokenizer = Tokenizer(**options)
    for batch in batches:
        tokenizer.fit_on_texts(batch)
    order = sorted(tokenizer.word_index, key=tokenizer.word_index.get)
    assert [tokenizer.word_index[w] for w in order] == list(range(1, len(order) + 1))
    sequences = tokenizer.texts_to_sequences(convert)
    return {
        "name": name,
        "options": {
            "wordLimit": options.get("num_words"),
            "filters": tokenizer.filters,
            "lowercases": tokenizer.lower,
            "separator": tokenizer.split,
            "isCharacterLevel": tokenizer.char_level,
            "unknownToken": tokenizer.oov_token,
        },
        "fit": batches,
        "convert": convert,
        "vocabulary": order,
        "counts": [tokenizer.word_counts.get(w, 0) for w in order],
        "documents": [tokenizer.word_docs.get(w, 0) for w in order],
        "documentCount": tokenizer.document_count,
        "sequences": sequences,
        "texts": tokenizer.sequences_to_texts(sequences),
    }


def tokenizer_cases():
    own = HAND_WRITTEN
    both = HAND_WRITTEN + UNSEEN
    ties = random_texts(1, 60, 80)
    more = random_texts(2, 40, 80)
    yield tokenizer_case("defaults", [own], both)
    yield tokenizer_case("unknown token", [own], both, oov_token="<unknown>")
    yield tokenizer_case("limit", [own], both, num_words=8)
    yield tokenizer_case("limit and unknown token", [own], both, num_words=8, oov_token="<unknown>")
    yield tokenizer_case("limit one", [own], both, num_words=1)
    yield tokenizer_case("case kept", [own], both, lower=False)
    yield tokenizer_case("no filters", [own], both, filters="")
    yield tokenizer_case("filters beyond ASCII", [own], both, filters="e🔥字.\u00a0")
    yield tokenizer_case("separator of two", [own + ["a--b--c---d", "--a----b-"]], both + ["c---d--a"], split="--", filters="!.,")
    yield tokenizer_case("separator beyond ASCII", [["a→b→→c", "→b"]], ["c→b→x"], split="→", oov_token="?")
    yield tokenizer_case("characters", [own], both, char_level=True, oov_token="<unknown>")
    yield tokenizer_case("characters, case kept, limit", [own], both, char_level=True, lower=False, num_words=20)
    yield tokenizer_case("ties", [ties], more)
    yield tokenizer_case("fitted twice", [ties, more], ties + more, oov_token="<unknown>", num_words=50)
    yield tokenizer_case("nothing fitted", [[]], UNSEEN, oov_token="<unknown>")


def padding_cases():
    rng = random.Random(3)
    sets = [
        [[1, 2, 3], [4], [], [5, 6, 7, 8, 9]],
        [[]],
        [[rng.randint(1, 999) for _ in range(rng.randint(0, 9))] for _ in range(12)],
    ]
    for sequences in sets:
        for padding in ("pre", "post"):
            for truncating in ("pre", "post"):
                for maxlen in (None, 1, 3, 7):
                    for value in (0, -1):
                        rows = pad_sequences(sequences, maxlen=maxlen, padding=padding, truncating=truncating, value=value)
                        yield {
                            "sequences": sequences,
                            "padding": padding,
                            "truncating": truncating,
                            "maxLength": maxlen,
                            "value": value,
                            "count": rows.shape[0],
                            "length": rows.shape[1],
                            "values": rows.flatten().tolist(),
                        }


def clean(text, link=""):
    text = text.lower().replace("\u2019", "'")
    text = re.sub(r"(?:https?|ftp)://[^\s<>\"]*|(?<![a-z0-9])www\.[^\s<>\"]*", "\0", text)
    kept = []
    for character in text:
        category = unicodedata.category(character)
        if character == "\0":
            kept.append(f" {link} ")
        elif character == "'" or category[0] in "LM" or category == "Nd":
            kept.append(character)
        else:
            kept.append(" ")
    return re.sub(" +", " ", "".join(kept)).strip(" ")


CLEANING = HAND_WRITTEN + UNSEEN + [
    "SEE http://example.com/a?b=c&d#e now",
    "see HTTPS://Example.test/x, and www.example.org/y! end",
    "ftp://example.net/file.tar.gz",
    "<a href=\"http://example.com/watch?v=1&amp;t=2\">2:19</a> best part<br />",
    "gluedhttp://example.com/x awww.cute.example 9www.example.com (www.example.com)",
    "http:// nothing, http:/one slash, htp://typo.example, www dot example",
    "it\u2019s \u2018quoted\u2019 \u201ctext\u201d \u2014 dash",
    "１２３ ＦＵＬＬ width ²³ ½ Ⅳ",
    "   lead and trail   ",
    "http://only.example",
    "a http://one.example http://two.example b",
    "नमस्ते दुनिया สวัสดี",
]


def youtube_case(folder):
    texts = []
    for name in sorted(os.listdir(folder)):
        if name.endswith(".csv"):
            with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
                texts += [row["CONTENT"] for row in csv.DictReader(file)]
    result = {"comments": len(texts), "cases": []}
    for options in ({}, {"num_words": 2000, "oov_token": "<unknown>"}, {"char_level": True, "oov_token": "<unknown>"}):
        tokenizer = Tokenizer(**options)
        tokenizer.fit_on_texts(texts)
        sequences = tokenizer.texts_to_sequences(texts)
        hash_ = 0
        for sequence in sequences:
            for number in sequence + [0]:
                hash_ = (hash_ * 31 + number) % (2**31 - 1)
        result["cases"].append(
            {
                "wordLimit": options.get("num_words"),
                "unknownToken": options.get("oov_token"),
                "isCharacterLevel": options.get("char_level", False),
                "vocabularyCount": len(tokenizer.word_index),
                "numbers": sum(map(len, sequences)),
                "hash": hash_,
            }
        )
    cleaned = [clean(text) for text in texts]
    hash_ = 0
    for text in cleaned:
        for byte in text.encode() + b"\n":
            hash_ = (hash_ * 31 + byte) % (2**31 - 1)
    result["cleanedHash"] = hash_
    return result


def save(name, value):
    with open(os.path.join(HERE, name), "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=True, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    save("tokenizer.json", list(tokenizer_cases()))
    save("padding.json", list(padding_cases()))
    save("cleaning.json", [{"text": t, "link": l, "cleaned": clean(t, l)} for t in CLEANING for l in ("", "httplink")])
    if len(sys.argv) > 1:
        save("youtube_spam.json", youtube_case(sys.argv[1]))
