"""Refusals in ordinary English: answers that say nothing but that the model can't, or won't, do what it was asked.

The rule misses some refusals rather than take a summary for one. An answer is a refusal if

* it is short;
* one of its first three sentences begins as one of the model's own, and says in the first person that it can't or
  won't do what a model is asked to: summarize, help, answer. To book or to find something is none of that;
* all others speak to the reader or of the model's rules, as in "Please let me know …": a sentence that tells something
  of the dialogue makes the answer a summary.
"""

from __future__ import annotations

import re

from todsum.sentences import split_sentences

LONGEST = 700
"""Characters of a refusal at most."""

_CONTRACTIONS = (
    (r"\b(ca)n't\b|\bcannot\b", "can not"),
    (r"\bwon't\b", "will not"),
    (r"n't\b", " not"),
    (r"\b(?:i'm|im)\b", "i am"),
    (r"\bwe're\b", "we are"),
    (r"\b(i|we)'d\b", r"\1 would"),
    (r"\b(i|we)'ll\b", r"\1 will"),
    (r"\b(that|it)'s\b", r"\1 is"),
)
_ADVERB = r"(?:(?:[a-z]{2,20}ly|just|also|still|so) )*"
_TASK = (
    r"(?:summari[sz](?:e|ing)|fulfil{1,2}|offer|support|carry out|talk about|do (?:that|this|so|it|what)"
    r"|(?:help|assist|answer|respond|reply|comply|process|discuss|continue|complet|proceed|generat|creat|writ|provid"
    r"|produc|participat|engag|reproduc|analy[sz]|shar|giv|address|accommodat)(?:e|ing)?"
    r"|have (?:any |direct |the )?access)\b"
)
_ABLE = r"(?:able|allowed|permitted|comfortable|programmed|designed|going|willing|authori[sz]ed|equipped|in a position)"
_NOT = (
    rf"(?:(?:can|could|will|would|do|must|should|may) {_ADVERB}not|am {_ADVERB}(?:unable|not {_ADVERB}{_ABLE})"
    r"|are (?:unable|not able)|would (?:rather|prefer) not|prefer not)"
)
_BETWEEN = (
    r"(?: (?:to|with|be|able|want|wish|feel|comfortable|in good conscience|have the (?:ability|capability|means)"
    r"|[a-z]{2,20}ly))*"
)
#: What stands before the words that refuse: an apology, a reason, what the model is.
_BEGINNING = (
    r"(?:(?:(?:i|we|hi|hello|thanks?|as an?|being an?|but|however|it (?:is|would)|that is|this|because|since|given"
    r"|while|although|due to|at (?:this|the)|for \w+ reasons|sorry|unfortunately|regrettably|sadly|no|ok(?:ay)?)\b"
    r"|(?:my |our )?(?:sincere )?apolog)[^?]{0,250}?)?"
)
_REFUSES = re.compile(
    rf"{_BEGINNING}(?:"
    rf"\b(?:i|we) {_ADVERB}{_NOT}{_BETWEEN} {_TASK}|\bi (?:can|could) not[.!]*\Z"
    rf"|\b(?:i|we) (?:(?:must|have to|need to|will|am going to) )?{_ADVERB}(?:decline|refuse)\b"
    r"|\bnot something (?:that )?i (?:can|am|will|could)\b"
    r"|\b(?:not (?:be )?|in)appropriate for me to\b"
    r"|\b(?:against|violates?) (?:my|our) (?:\w+ )?(?:guideline|polic|program|principle|rule)"
    r"|\b(?:this|that|your|the) (?:request|task|prompt|question|content) can not be [a-z]+ed\b"
    r")"
    rf"|(?:sorry[^a-z]+(?:but )?)?(?:unable to|can not) {_TASK}"
)
#: What joins another clause to the one that refuses.
_JOINT = re.compile(r"[;:–—]| - |,? \b(?:but|however|though|yet|instead)\b")
#: Whom the rest speaks to, and what of.
_TO_THE_READER = re.compile(
    r"""\b(?: i | me | my | we | us | you | your | please | sorry | apologies )\b
    | \b(?: inappropriate | harmful | unsafe | illegal | offensive | explicit | unethical | disrespectful
      | sensitive | sexual | violent | graphic | confidential | copyrighted )\b
    | \b(?: content | safety | usage | ethical | community | privacy )
      \ (?: guidelines? | polic(?:y|ies) | concerns? )\b
    """,
    re.VERBOSE,
)
_OF_THE_DIALOGUE = re.compile(r"\b(?:the (?:user|agent|customer|patient|doctor|speaker)|he|she|they)\b")


def is_refusal(text: str) -> bool:
    """Whether a whole answer, without its reasoning, is a refusal."""
    if len(text) > LONGEST:
        return False
    told = split_sentences(_plain(text))
    for place, sentence in enumerate(told[:3]):
        if found := _REFUSES.match(sentence):
            tail = _JOINT.split(sentence[found.end() :], maxsplit=1)[1:]
            return all(map(_is_aside, filter(str.strip, [*told[:place], *tail, *told[place + 1 :]])))
    return False


def _plain(text: str) -> str:
    """The text in small letters, without markup and contractions."""
    text = re.sub(r"[*_#>`\"“”]+", "", text.casefold()).replace("’", "'").strip()
    text = "\n".join(" ".join(line.split()) for line in text.splitlines())
    for pattern, whole in _CONTRACTIONS:
        text = re.sub(pattern, whole, text)
    return text


def _is_aside(sentence: str) -> bool:
    return _TO_THE_READER.search(sentence) is not None and _OF_THE_DIALOGUE.search(sentence) is None
