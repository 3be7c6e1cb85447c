"""A corrected factual-consistency metric for dialogue states, beside the official one of TODSum's authors.

A text is read as claims (domain, slot, value) and compared with the filled slots of the gold state. Precision is the
share of claims that agree, recall the share of slots that are stated, F1 = 2·agreed / (claims + slots); all per
example, the corpus figures are plain means. :func:`mark` shows the same claims where they stand in the text.

What the official metric gets wrong, and what is done here:

* It finds values inside words (*one* in phone, *park* in parking). Here values are whole tokens, the longest first, and
  spellings that mean the same are one: ``guest house``, ``center``, hyphens, number words, ``9:15 am``, ``09;45``,
  ``22.:15``, and the typos that the published summaries repeat (``vocabulary.yaml``).
* It takes a sentence's domain from the last keyword. Here each value belongs to the noun phrase or clause that it
  stands in; a sentence without a domain noun goes on about what the text spoke of before; places referred to (*a taxi
  to the hotel*) and nouns in names (*midsummer house restaurant*) are no domain nouns.
* It ignores slots. Here a value fills the slot that its words put it in: departure and destination, leaving and
  arriving, people, stay and stars are told apart by prepositions, verbs and counted nouns; ``leaves ely for cambridge``
  is a route, and its reverse two wrong places. A value in a foreign place (``the type of the train is ely``, ``serves
  centre food``) states nothing. Where a text leaves the domain or the slot open, what fits the state may agree; the
  share of such agreements is a figure of its own, ``consistency_open``.
* It takes denied values for stated ones. Here a denial has a scope (``denial.py``): ``does not serve thai``, ``no
  restaurant in the north``, ``anything but``, ``it is false that`` state nothing of what they deny, and the opposite
  of a yes-or-no slot; ``but`` and a new clause end them; ``no later than`` and ``does not care`` deny nothing.
* It counts repetitions and request sentences. Here a claim is counted once, each claim and each slot is used once, and
  what is asked (*whether the hotel has parking*) is no claim.
* It can never match *dont care*, *yes* and *no*. Here ``doesn't care about the area``, ``anywhere``, ``with parking``
  and ``no parking`` state them.
* It knows one spelling of a value. Here ``half past six in the evening``, ``noon``, ``0915``, ``twenty-one tickets``,
  ``affordable`` and ``downtown`` are values, and a known place goes by any part of its name that no other known place
  has (``kings cross``).

Conventions: intents are not compared (in TODSum's domains the slot tells the intent). Empty values of the state are
no slots. A slot that TODSum's domain does not have (``the taxi is on monday``) makes no claim. The bare noun *hotel*
agrees with ``type = hotel`` and a type's noun in a name (*jesus college*) with that type, but neither is an error
elsewhere; nor is a town named in passing, a bare hour (``at 6``) or a train's ``at 09:15`` that may be its arrival. A
time in words without a half of the day is the one of the state, if either is. Of two days (``from friday to sunday``)
the first is the slot's. A name that is none of the data's may differ from the gold one in spelling (similarity of
0.8) or be cut short; one that the data know is that place and no other. Nothing stated of an empty state gives 1, 1,
1; something stated of an empty state 0, 1, 0; nothing of a filled state 0, 0, 0.

Limits: wrong and invented values are known by the vocabulary, the data's places, and patterns (times, days, numbers,
announced names). Denial is read within one sentence. Ellipsis (``the museum is not in the east, but the hotel is``) and
what a person knows of the world are not understood. In other domains, slots with familiar names (``origin``,
``passengers``, ``departure_time`` …) and yes-or-no slots get the same rules; of further slots only the gold value
itself can be found, so a wrong value counts as missing, not as invented.
"""

from __future__ import annotations

from todsum.metrics.consistency.marks import Mark, Marked, Statement, mark
from todsum.metrics.consistency.matching import SlotError
from todsum.metrics.consistency.metric import Consistency, errors

__all__ = ["Consistency", "Mark", "Marked", "SlotError", "Statement", "errors", "mark"]
