"""What raters rate: four criteria from 1 to 5, higher is better on each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LOWEST, HIGHEST = 1, 5

CriterionName = Literal["informative", "faithful", "fluent", "redundant"]


@dataclass(frozen=True)
class Criterion:
    """One question about a summary.

    Attributes:
        name: the column of the sheets.
        title: as the form and the tables show it; says which way is up.
        question: what a rater asks.
        worst, best: what 1 and 5 mean.
    """

    name: CriterionName
    title: str
    question: str
    worst: str
    best: str


CRITERIA = (
    Criterion(
        "informative",
        "Informative",
        "Does the summary say what matters in the dialogue?",
        "it says nothing that matters",
        "it says everything that matters",
    ),
    Criterion(
        "faithful",
        "Faithful",
        "Is what the summary says true of the dialogue?",
        "most of it is wrong or made up",
        "all of it is in the dialogue",
    ),
    Criterion(
        "fluent",
        "Fluent",
        "Is the summary well written?",
        "it can hardly be understood",
        "it reads as if a careful person wrote it",
    ),
    Criterion(
        "redundant",
        "Not redundant",
        "Is the summary free of repetition? 5 means no redundancy.",
        "it says the same again and again",
        "it says nothing twice",
    ),
)
NAMES = tuple(criterion.name for criterion in CRITERIA)
