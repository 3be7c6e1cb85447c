"""Sentences of a text, by rules: no model, no download, the same on every machine."""

from __future__ import annotations

import re

#: Part of every signature that depends on where sentences end: raise it when a rule changes.
VERSION = "rules-1"

# A possible end: closing marks, then quotes or brackets, then white space.
_END = re.compile(r"[.!?]+[\"'”’)\]]*\s+")

# Words that a full stop follows inside a sentence, whatever comes next …
_ALWAYS = re.compile(r"mrs?|ms|dr|prof|st|mt|vs|approx|e\.?g|i\.?e|cf|fig|gen|rev|hon|capt|lt|sgt")
# … or only when what comes next does not open a sentence with a capital letter …
_BEFORE_LOWER = re.compile(r"[ap]\.m|etc|inc|ltd|co|jr|sr|u\.[ks]|ph\.d")
# … or only in front of a figure, as in "no. 5".
_BEFORE_FIGURE = re.compile(r"nos?|pp?|tel|vol")


def split_sentences(text: str) -> list[str]:
    """The sentences of a text, stripped, empty ones left out.

    A text of several lines is taken as already split, one sentence a line. A text of one line is cut after ``.``,
    ``!`` or ``?`` and white space, in front of small letters too (much of the data is lower-cased), except after
    common abbreviations, initials and the number that opens an item of a list. ``09:15``, ``3.5`` and ``22.:15``
    hold no white space and stay whole. A mark set off by a blank, as in transcripts ("O K ."), always ends a sentence.
    """
    lines = [line.strip() for line in text.strip().split("\n")]
    if len(lines) > 1:
        return [line for line in lines if line]
    line, sentences, start = lines[0], [], 0
    for match in _END.finditer(line):
        if not _inside_sentence(line[start : match.start()], match.group(), line[match.end()]):
            sentences.append(line[start : match.end()].rstrip())
            start = match.end()
    sentences.append(line[start:])
    return [sentence for sentence in sentences if sentence]


def _inside_sentence(before: str, mark: str, following: str) -> bool:
    """Whether a mark ends an abbreviation rather than a sentence.

    Args:
        before: the sentence so far, without the mark.
        mark: the mark and the white space after it.
        following: the first character after that.
    """
    if mark.rstrip() != "." or not before or before[-1].isspace():
        return False
    word = before.rsplit(maxsplit=1)[-1].lstrip("(\"'“‘[")
    lower = word.lower()
    if _ALWAYS.fullmatch(lower):
        return True
    if _BEFORE_LOWER.fullmatch(lower):
        return not following.isupper()
    if _BEFORE_FIGURE.fullmatch(lower):
        return following.isdigit()
    is_initial = len(word) == 1 and word.isupper() and word != "I" and following.isupper()
    opens_item = word == before.strip() and (word.isdigit() or (len(word) == 1 and word.isalpha()))
    return is_initial or opens_item
