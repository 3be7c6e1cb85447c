"""Seeded edits of summaries that change, or keep, what they say. Plain regular expressions on the published sentences.

Nothing here is shared with the metric: an edit finds the place where a value is stated by its own patterns, so that the
metric is not only tried where it can see.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

NOUNS = {
    "restaurant": r"restaurant|seats?",
    "hotel": "hotel",
    "attraction": "attraction|attaction",
    "train": "train|trainings?",
    "taxi": "taxi",
}
_TYPES = (
    "museum|college|church|park|theatre|cinema|nightclub|boat|architecture|entertainment|swimmingpool|concerthall"
    "|multiple sports"
)
_ASKS = re.compile(
    r"\b(wonders|wants to know|asks for|asks the ag|asks duration|asks trainid|whether|doesn't know|asks if he could"
    r"|possible to find)\b"
)
_NUMBER_WORDS = {"1": "one", "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven", "8": "eight"}

# How the published sentences state a slot; {v} is the value, the group ``cut`` what a deletion takes out with it.
_PEOPLE = "people|persons?|seats|train tickets|tickets"
_ARRIVE = r"\b(arrives|arriving|arrive)( at the destination)? (at|by) {v}|(?<=arrives in )[\w ]+ at {v}"
STATED = {
    "day": r"(?P<cut> on {v})\b",
    "people": rf"(?P<cut>\b{{v}}(?=[ -]({_PEOPLE})\b)[ -]({_PEOPLE})|(?<=for ){{v}}(?=,))",
    "stay": r"(?P<cut>(for )?\b{v} days?)\b",
    "stars": r"(?P<cut>\b{v}-star)\b",
    "area": r"(?P<cut>(in the )?\b{v})\b",
    "pricerange": r"(?P<cut>\b{v})\b",
    "food": r"(?P<cut>\b{v})\b",
    "type": r"(?P<cut>\b{v})\b",
    "name": r"(?P<cut>\bname (of the \w+ )?(is|of|has) (the )?{v})\b",
    "time": r"(?P<cut>(at )?\b{v})\b",
    "leaveAt": r"(?P<cut>\b(leaves|leave)( the departure place)? at {v})\b",
    "arriveBy": rf"(?P<cut>{_ARRIVE})\b",
    "departure": r"(?P<cut>\b(from|departure is|dep?a?r?ture of the train is) {v})\b",
    "destination": r"(?P<cut>\b(to|destination is|arrives at|arrives in) {v})\b",
    "internet": r"(?P<cut>\b(has|with|and|has an)? ?{v})\b",
    "parking": r"(?P<cut>\b(has|with|and|has an)? ?{v})\b",
}
# A sentence of one's own that states a slot of any domain.
SAID = {
    "day": "the {d} is on {v}.",
    "people": "the {d} is for {v} people.",
    "stay": "the {d} is for {v} days.",
    "stars": "the {d} is {v}-star.",
    "area": "the {d} is in the {v}.",
    "pricerange": "the {d} is {v}.",
    "food": "the {d} offers {v} food.",
    "type": "the type of the {d} is {v}.",
    "name": "the {d}'s name is {v}.",
    "time": "the {d} is at {v}.",
    "leaveAt": "the {d} leaves at {v}.",
    "arriveBy": "the {d} arrives at {v}.",
    "departure": "the departure of the {d} is {v}.",
    "destination": "the destination of the {d} is {v}.",
    "internet": "the {d} has internet.",
    "parking": "the {d} has parking.",
}
# A sentence of one's own that denies such a sentence, or its value.
DENIALS = (
    "it is false that {said}",
    "it is not the case that {said}",
    "it is untrue that {said}",
    "{denied}",
    "the user does not want {v} for the {d}.",
    "the user would rather not have {v} for the {d}.",
    "the user wants anything but {v} for the {d}.",
    "there is no {d} with {v}.",
    "the agent did not find {v} for the {d}.",
    "{v} is ruled out for the {d}.",
)
_NEGATED = {
    "is": "is not",
    "offers": "does not offer",
    "leaves": "does not leave",
    "arrives": "does not arrive",
    "has": "does not have",
}
# Sentences of one's own where a value means nothing: no slot of the domain is what they say.
MISPLACED = {
    **dict.fromkeys(("name", "departure", "destination"), ("the type of the {d} is {v}.", "the {d} offers {v}.")),
    **dict.fromkeys(
        ("day", "time", "leaveAt", "arriveBy"), ("the type of the {d} is {v}.", "the name of the {d} is {v}.")
    ),
    **dict.fromkeys(("people", "stay", "stars"), ("the area of the {d} is {v}.", "the name of the {d} is {v}.")),
    **dict.fromkeys(("area", "type"), ("the destination of the {d} is {v}.", "the price of the {d} is {v}.")),
    **dict.fromkeys(("pricerange", "food"), ("the area of the {d} is {v}.", "the {d} leaves from {v}.")),
}
ALIKE = {"leaveAt": "time", "arriveBy": "time"}


@dataclass(frozen=True)
class Slot:
    domain: str
    slot: str
    value: str


@dataclass(frozen=True)
class Statement:
    """A slot that a person finds stated: sentence index, span of the value, and span of the phrase around it."""

    slot: Slot
    sentence: int
    value: tuple[int, int]
    phrase: tuple[int, int]


def domain_of(sentence: str) -> str:
    """The one domain whose noun a sentence has; "" if there are none or several."""
    found = {domain for domain, noun in NOUNS.items() if re.search(rf"\b({noun})\b", sentence)}
    if not found and re.match(rf"the ({_TYPES}) ", sentence):
        found = {"attraction"}
    return found.pop() if len(found) == 1 else ""


def word_of(slot: Slot) -> str:
    """What the text says for a slot's value: the slot itself where the value is yes."""
    return slot.slot if slot.slot in ("internet", "parking") else slot.value.strip().lower()


def statements(sentences: list[str], state: list[Slot]) -> list[Statement]:
    """The slots that a person finds in the sentences, each stated once and by its very value."""
    found = []
    for slot in state:
        value = word_of(slot)
        if (
            slot.slot not in STATED
            or not value
            or slot.value in ("dont care", "no")
            or (slot.slot, value) == ("type", "hotel")
        ):
            continue
        pattern = re.compile(
            STATED[slot.slot].replace("{v}", f"(?P<value>{re.escape(value)})", 1).replace("{v}", re.escape(value))
        )
        hits = []
        for i, sentence in enumerate(sentences):
            flag = slot.slot in ("internet", "parking")
            if domain_of(sentence) == slot.domain and not (flag and _ASKS.search(sentence)):
                hits += [(i, m) for m in pattern.finditer(sentence)]
        if len(hits) == 1:
            i, match = hits[0]
            start = match.start("cut") + match["cut"].rindex(value)
            found.append(Statement(slot, i, (start, start + len(value)), match.span("cut")))
    return found


def _differs(new: str, old: str) -> bool:
    """Whether two values differ for a person: not a part of each other, spelling apart."""
    one, two = (re.sub(r"\W|^the ", "", value) for value in (new, old))
    return one not in two and two not in one


def _with(sentences: list[str], index: int, text: str) -> list[str]:
    return [*sentences[:index], text, *sentences[index + 1 :]]


def replaced(
    sentences: list[str], state: list[Slot], pools: dict[str, list[str]], rng: random.Random
) -> Iterator[list[str]]:
    """(a) A value replaced by another value of its slot; yes by no."""
    for found in statements(sentences, state):
        text, (start, end) = sentences[found.sentence], found.value
        if found.slot.slot in ("internet", "parking"):
            new = f"no {found.slot.slot}"
        else:
            old = found.slot.value.strip().lower()
            pool = [v for v in pools[f"{found.slot.domain}-{found.slot.slot}"] if _differs(v, old)]
            new = rng.choice(pool)
        yield _with(sentences, found.sentence, text[:start] + new + text[end:])


def swapped_places(
    sentences: list[str], state: list[Slot], pools: dict[str, list[str]], rng: random.Random
) -> Iterator[list[str]]:
    """(b) Departure and destination exchanged."""
    found = {(s.slot.domain, s.slot.slot): s for s in statements(sentences, state)}
    for domain in ("train", "taxi"):
        one, two = found.get((domain, "departure")), found.get((domain, "destination"))
        if one and two and one.sentence == two.sentence and word_of(one.slot) != word_of(two.slot):
            first, second = sorted((one, two), key=lambda s: s.value)
            text = sentences[one.sentence]
            (a, b), (c, d) = first.value, second.value
            yield _with(sentences, one.sentence, text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:])


_FLIPS = {"leaves": "arrives", "leave": "arrive", "arrives": "leaves", "arrive": "leave", "arriving": "leaving"}


def swapped_times(
    sentences: list[str], state: list[Slot], pools: dict[str, list[str]], rng: random.Random
) -> Iterator[list[str]]:
    """(c) Leaving and arriving exchanged: the verb of the stated time."""
    for found in statements(sentences, state):
        if found.slot.slot in ("leaveAt", "arriveBy"):
            text, (start, end) = sentences[found.sentence], found.phrase
            phrase = text[start:end]
            verb = phrase.split()[0]
            if verb in _FLIPS:
                at = phrase.replace(" at the destination", "").replace(" the departure place", "")
                yield _with(sentences, found.sentence, text[:start] + _FLIPS[verb] + at[len(verb) :] + text[end:])


def moved(
    sentences: list[str], state: list[Slot], pools: dict[str, list[str]], rng: random.Random
) -> Iterator[list[str]]:
    """(d) A value taken out of its domain's sentence and said of another domain of the dialogue."""
    domains = {slot.domain for slot in state}
    taken = {(slot.domain, ALIKE.get(slot.slot, slot.slot), word_of(slot)) for slot in state}
    for found in statements(sentences, state):
        slot, value = found.slot, word_of(found.slot)
        others = [
            d for d in sorted(domains - {slot.domain}) if (d, ALIKE.get(slot.slot, slot.slot), value) not in taken
        ]
        if others:
            text, (start, end) = sentences[found.sentence], found.phrase
            said = SAID[slot.slot].format(d=rng.choice(others), v=value)
            yield [*_with(sentences, found.sentence, text[:start] + text[end:]), said]


def renamed(
    sentences: list[str], state: list[Slot], pools: dict[str, list[str]], rng: random.Random
) -> Iterator[list[str]]:
    """(d) The values of a sentence moved to another domain of the dialogue by its noun."""
    domains = sorted({slot.domain for slot in state})
    for index in sorted({s.sentence for s in statements(sentences, state)}):
        text = sentences[index]
        own = domain_of(text)
        others = [d for d in domains if d != own]
        if others and re.search(rf"\b{own}\b", text):
            yield _with(sentences, index, re.sub(rf"\b{own}\b", rng.choice(others), text))


def denied(
    sentences: list[str], state: list[Slot], pools: dict[str, list[str]], rng: random.Random
) -> Iterator[list[str]]:
    """(f) A value taken out of its sentence and denied in one of its own."""
    for found in statements(sentences, state):
        text, (start, end) = sentences[found.sentence], found.phrase
        said = SAID[found.slot.slot].format(d=found.slot.domain, v=word_of(found.slot))
        verb = next(word for word in said.split() if word in _NEGATED)
        own = rng.choice(DENIALS).format(
            said=said, denied=said.replace(verb, _NEGATED[verb], 1), d=found.slot.domain, v=word_of(found.slot)
        )
        yield [*_with(sentences, found.sentence, text[:start] + text[end:]), own]


def denied_sentence(
    sentences: list[str], state: list[Slot], pools: dict[str, list[str]], rng: random.Random
) -> Iterator[list[str]]:
    """(f) A sentence that states slots called false."""
    for index in sorted({s.sentence for s in statements(sentences, state)}):
        start = rng.choice(("it is false that ", "it is not true that ", "it is not the case that "))
        yield _with(sentences, index, start + sentences[index])


def misplaced(
    sentences: list[str], state: list[Slot], pools: dict[str, list[str]], rng: random.Random
) -> Iterator[list[str]]:
    """(g) A value taken out of its sentence and put where it means nothing."""
    for found in statements(sentences, state):
        if options := MISPLACED.get(found.slot.slot):
            text, (start, end) = sentences[found.sentence], found.phrase
            own = rng.choice(options).format(d=found.slot.domain, v=word_of(found.slot))
            yield [*_with(sentences, found.sentence, text[:start] + text[end:]), own]


def dropped(
    sentences: list[str], state: list[Slot], pools: dict[str, list[str]], rng: random.Random
) -> Iterator[list[str]]:
    """(e) A slot's phrase deleted."""
    for found in statements(sentences, state):
        text, (start, end) = sentences[found.sentence], found.phrase
        yield _with(sentences, found.sentence, text[:start] + text[end:])


def dropped_sentence(
    sentences: list[str], state: list[Slot], pools: dict[str, list[str]], rng: random.Random
) -> Iterator[list[str]]:
    """(e) A sentence that states slots deleted."""
    for index in sorted({s.sentence for s in statements(sentences, state)}):
        yield sentences[:index] + sentences[index + 1 :]


Edit = Callable[[list[str], list[Slot], dict[str, list[str]], random.Random], Iterator[list[str]]]
CHANGES: dict[str, Edit] = {
    "value replaced": replaced,
    "departure and destination swapped": swapped_places,
    "leave and arrive swapped": swapped_times,
    "value moved to another domain": moved,
    "sentence's noun changed to another domain": renamed,
    "slot dropped": dropped,
    "sentence dropped": dropped_sentence,
    "value denied": denied,
    "sentence denied": denied_sentence,
    "value in a wrong place": misplaced,
}


def _blocks_reversed(sentences: list[str]) -> list[str]:
    pairs = [sentences[i : i + 2] for i in range(0, len(sentences), 2)]
    return [sentence for pair in reversed(pairs) for sentence in pair]


def _each(pattern: str, new: str | Callable[[re.Match[str]], str]) -> Callable[[list[str]], list[str]]:
    return lambda sentences: [re.sub(pattern, new, sentence) for sentence in sentences]


PARAPHRASES: dict[str, Callable[[list[str]], list[str]]] = {
    "upper case": lambda sentences: [s.upper() for s in sentences],
    "capitals": lambda sentences: [s[:1].upper() + s[1:] for s in sentences],
    "domains in another order": _blocks_reversed,
    "centre as center": _each(r"\bcentre\b", "center"),
    "guesthouse as guest house": _each(r"\bguesthouse\b", "guest house"),
    "hyphens as blanks": _each("-", " "),
    "number words": _each(r"\b([1-8])(?=[ -](people|person|seats|train|days|star))", lambda m: _NUMBER_WORDS[m[1]]),
    "times without leading zero": _each(r"\b0(\d:\d\d)", r"\1"),
    "internet as wifi": _each(r"\binternet\b", "wifi"),
    "noth as north": _each(r"\bnoth\b", "north"),
    "depature as departure": _each(r"\bdepature\b", "departure"),
    "name is as called": _each(r"'s name is ", " is called "),
    "apostrophes dropped": _each("'", ""),
    "no final stop": lambda sentences: [*sentences[:-1], sentences[-1].rstrip(".")] if sentences else [],
    "nights for days": _each(r"\b(\d) day(s?)\b", r"\1 night\2"),
    "moderately priced": _each(r"\bmoderate (?=\d|guesthouse|hotel)", "moderately priced "),
}
