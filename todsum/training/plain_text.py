"""Texts as token ids: what looks like a special token in a dialogue is text like any other."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Any


class PlainText:
    """Encodes texts for one tokenizer, without special tokens but the unknown one.

    The text of a special token is split into others. ``split_special_tokens`` alone does not do so everywhere: the
    vocabulary of a tokenizer such as T5's has ``</s>`` as a piece. There, blanks part its letters.

    Args:
        tokenizer: of a checkpoint.
        others: further texts that are to be no tokens of their own, such as those by which a chat template marks turns.
    """

    def __init__(self, tokenizer: Any, others: Collection[str] = ()) -> None:
        self.tokenizer = tokenizer
        added = (token.content for token in tokenizer.added_tokens_decoder.values() if token.special)
        self.marks = {mark for mark in (*tokenizer.all_special_tokens, *added, *others) if mark.strip()}
        named = {tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id}
        self._unknown = {tokenizer.unk_token_id} - {None, *named}
        self._special = set(tokenizer.convert_tokens_to_ids(sorted(self.marks))) - self._unknown

    def ids(self, text: str) -> list[int]:
        """The token ids of a text."""
        ids = self._ids(text)
        if not self._marked(text, ids):
            return ids
        ids = self._ids(text, split_special_tokens=True)
        if not self._marked(text, ids):
            return ids
        parted = self._ids(self.parted(text), split_special_tokens=True)
        return [token for token in parted if token not in self._special]

    def parted(self, text: str) -> str:
        """The text with blanks between the letters of each mark in it, so that it is none to whatever encodes it."""
        text = _part(text, self.marks, re.NOFLAG)
        if self._marked(text, self._ids(text)):  # the tokenizer itself changes case or width of letters
            text = _part(unicodedata.normalize("NFKC", text), self.marks, re.IGNORECASE)
        return text

    def _ids(self, text: str, **how: bool) -> list[int]:
        ids: list[int] = self.tokenizer(text, add_special_tokens=False, verbose=False, **how)["input_ids"]
        return ids

    def _marked(self, text: str, ids: Collection[int]) -> bool:
        """Whether a special token is among the ids of a text, or the unknown one whose name it has."""
        if not self._special.isdisjoint(ids):
            return True
        return not self._unknown.isdisjoint(ids) and self.tokenizer.unk_token.casefold() in text.casefold()


def _part(text: str, marks: Collection[str], flags: re.RegexFlag) -> str:
    pattern = "|".join(map(re.escape, sorted(marks, key=len, reverse=True)))
    return re.sub(pattern, lambda found: " ".join(found[0]), text, flags=flags) if marks else text
