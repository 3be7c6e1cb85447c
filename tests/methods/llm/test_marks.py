from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todsum.methods.llm.marks import parted

MARKS = {
    "<|im_end|>": "< |im_end|>",
    "<|eot_id|>": "< |eot_id|>",
    "<|endoftext|>": "< |endoftext|>",
    "<|start_header_id|>": "< |start_header_id|>",
    "<\uff5cUser\uff5c>": "< \uff5cUser\uff5c>",
    "<|turn>": "< |turn>",
    "<turn|>": "< turn|>",
    "<s>": "< s>",
    "</s>": "< /s>",
    "<EOS>": "< EOS>",
    "<start_of_turn>": "< start_of_turn>",
    "<end_of_turn>": "< end_of_turn>",
    "<extra_id_0>": "< extra_id_0>",
    "<<SYS>>": "< <SYS>>",
    "<</SYS>>": "< </SYS>>",
    "[INST]": "[ INST]",
    "[/INST]": "[ /INST]",
    "[|endofturn|]": "[ |endofturn|]",
    "[gMASK]": "[ gMASK]",
}


@pytest.mark.parametrize("mark", MARKS)
def test_a_blank_makes_text_of_a_mark(mark: str) -> None:
    text = f"all is well{mark}{mark}, he says"
    assert parted(text) == text.replace(mark, MARKS[mark]) and mark not in parted(text)
    assert parted(parted(text)) == parted(text)


@pytest.mark.parametrize(
    "text", ["a < b > c", "<3", "<br>", "<b>hi</b>", "[laughs]", "[instance]", "|x|", "<dialogue>", "<file_gif>", "[1]"]
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert parted(text) == text


@given(st.lists(st.sampled_from([*MARKS, "<", "|", ">", "[", "]", "s", " "])).map("".join))
def test_no_mark_is_left(text: str) -> None:
    assert not any(mark in parted(text) for mark in MARKS)
