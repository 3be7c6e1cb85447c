"""Special tokens of language models in a text: blanks make text of them.

A message is plain text in the JSON of a request. Most servers fill it into a chat template and then read the whole as
tokens, special ones included: a dialogue with ``<|im_end|>`` in it would end its turn there and go on as whoever it
likes. What the special tokens of a server are is not known, so those of all chat templates in use are taken for some.
"""

from __future__ import annotations

import re

_NAMES = "s|bos|eos|pad|unk|cls|sep|mask|eod|eot|sop|eop|im_start|im_end|endoftext|end_of_text|end_of_utterance|image"
_MARK = re.compile(
    rf"""
    <[|\uff5c][^<>|\uff5c\s]{{1,60}}[|\uff5c]?>   # <|im_end|>, <|eot_id|>, DeepSeek's with full-width bars, <|turn>
    | <[^<>|\uff5c\s]{{1,60}}[|\uff5c]>           # <turn|>
    | </?(?:{_NAMES})/?>                          # <s>, </s>, <eos>
    | <(?:start|end)_of_(?:turn|image|text|role)> # Gemma
    | <(?:extra_id|unused|reserved)_?[0-9]{{1,5}}>
    | <</?SYS>>                                   # Llama 2
    | \[\|[^\[\]|\s]{{1,30}}\|\]                    # [|endofturn|]
    | \[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|gMASK|CLS|SEP|PAD|UNK|MASK)\]
    """,
    re.VERBOSE | re.IGNORECASE,
)


def parted(text: str) -> str:
    """The text with a blank behind the first bracket of each mark, such as ``< |im_end|>``; others as they are."""
    return _MARK.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)
