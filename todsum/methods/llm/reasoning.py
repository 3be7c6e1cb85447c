"""Reasoning in an answer: removed in the spellings that models and servers use, or found to be left.

A text without any mark of reasoning is returned as it is.
"""

from __future__ import annotations

import re
import unicodedata

_LEFT = r"(?:\\?[<\uff1c]|&(?:amp;){0,3}(?:lt|\#60|\#x3c);|\\u003c|%3c)"
_RIGHT = r"(?:\\?[>\uff1e]|&(?:amp;){0,3}(?:gt|\#62|\#x3e);|\\u003e|%3e)"
_BAR, _SLASH, _JOINT = "[|\uff5c]?", r"\\?/", "[_\u2581-]?"
_NAME = (
    r"(?:[a-z]{1,20}[:_-]|ant(?=thinking)){0,3}"
    r"(?:think(?:ing|s)?|thoughts?|reason(?:ing)?|reflect(?:ion)?|analysis|scratchpad|monologue|rationale|cot"
    r"|deliberation|思考)"
    r"(?:[_-](?:process|content|traces?|steps?|chain|block|text|fast|slow|mode|phase|notes?|log))?"
)
_ATTRIBUTES = r"(?:\s[^<>]{0,200})?"
#: In this order: what ends reasoning, what stands for none, what begins it.
_MARK = re.compile(
    rf"""
    (?P<close>
        {_LEFT}{_BAR}\s?{_SLASH}\s?{_NAME}\s?{_BAR}{_RIGHT}  # </think> </seed:think> <|/think|>
        | {_LEFT}{_BAR}end{_JOINT}(?:of{_JOINT})?{_NAME}{_BAR}{_RIGHT}  # <|end_of_thought|> <|END_THINKING|>
        | {_LEFT}{_BAR}{_NAME}_end{_BAR}{_RIGHT}            # <|thought_end|>
        | \[/\s?think(?:ing)?\]                               # Magistral
        | ◁\s?/\s?think\s?▷                                 # Kimi
        | <channel\|>                                       # Gemma
        | <unused95> | \[unused17\]                         # MedGemma, openPangu
        | <\|inner_suffix\|>                                # Apertus
    )
    | (?P<void> {_LEFT}{_NAME}{_ATTRIBUTES}\s?/{_RIGHT} | <think_(?:on|off)> )  # <think/>, KAT
    | (?P<open>
        {_LEFT}{_BAR}(?:begin|start){_JOINT}(?:of{_JOINT})?{_NAME}{_BAR}{_RIGHT}
        | {_LEFT}{_BAR}{_NAME}_(?:begin|start){_BAR}{_RIGHT}
        | {_LEFT}{_BAR}\s?{_NAME}{_ATTRIBUTES}\s?{_BAR}{_RIGHT}
        | \[think(?:ing)?\]
        | ◁\s?think\s?▷
        | <\|channel>(?:thought)?
        | <unused94>(?:thought)? | \[unused16\]
        | <\|inner_prefix\|>
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_HEADING = r"(?: [\s\#*]*%s\ ?\**:\** | \s*[\#=*]+\ ?%s\ ?[\#=*:]*\ *\n )"
_THOUGHTS = "(?:thinking(?:\\ process)?|thoughts?|thought\\ process|reasoning)"
_ANSWER = "(?:final\\ )?(?:answer|response|summary|output)"
#: Reasoning in the words of Granite, of Ollama's command line, of Solar and s1, and of Open WebUI; fenced, in a
#: comment, in brackets, and under a heading, if there is one of the answer, too.
_IN_WORDS = re.compile(
    rf"""
    \A\s* here(?:'s|\ is)\ my\ thought\ process: .*? (?: here(?:'s|\ is)\ my\ response: | \Z )
    | \A[>\s]* thinking(?:\.\.\.|…)\s .*? (?: (?:\.\.\.|…)done\ thinking\. | \Z )
    | \A\s* (?P<fence>`{{3,9}}|~{{3,9}})\s?(?:think(?:ing)?|thoughts?|reasoning)(?:\ process)?\s*\n
        .*? (?: (?P=fence)\s | \Z )
    | \A\s* (?:<\|begin\|>\s?assistant)?<\|think\|> (?:(?!<\|/).)*? <\|end\|>(?:<\|begin\|>assistant)?(?:<\|content\|>)?
    | \A\s* <\|im_start\|>think\s .*? (?: <\|im_start\|>answer\s | \Z )
    | \A\s* <!--\s?(?:think(?:ing)?|thoughts?|reasoning)\b .*? (?: --> | \Z )
    | \A {_HEADING % (_THOUGHTS, _THOUGHTS)} .*? \n {_HEADING % (_ANSWER, _ANSWER)}
    | \A\s* \[(?:thoughts?|reasoning)\] .*? \[(?:/\s?(?:thoughts?|reasoning)|answer|response|summary)\]
    | <details\s [^<>]{{0,200}} \breasoning\b [^<>]{{0,200}}> .*? (?: </details> | \Z )
    | <details>\s*<summary>\s*{_THOUGHTS}\b[^<>]{{0,100}}</summary> .*? (?: </details> | \Z )
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
#: The special tokens of the harmony format (gpt-oss).
_HARMONY = re.compile(r"<\|(start|channel|constrain|message|end|return|call)\|>")
#: The same format with its special tokens taken out.
_BARE_HARMONY = re.compile(r"\A\s*(?:assistant)?(?:analysis|commentary)(?:.*assistantfinal|(?=[A-Z]).*\Z)", re.DOTALL)
#: What some models wrap the rest in, once they have reasoned.
_WRAPPED = re.compile(
    rf"""
    \A\s* {_LEFT}{_BAR}(?:(?:begin|start)_(?:of_)?)?
    (?P<name>answer|response|output|summary|solution|final|final_answer|box){_BAR}{_RIGHT}
    (?P<inside>.*?)
    (?: {_LEFT}{_BAR}(?:/|end_(?:of_)?)(?P=name){_BAR}{_RIGHT} \s* )? \Z
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
#: Anything that looks like a mark of reasoning, also in spellings that are not known here.
_LEFT_OVER = re.compile(
    rf"""
    {_LEFT}{_BAR}\s?/?\s?[\w:.-]{{0,40}}(?:think|thought|reason|reflect|scratchpad|analysis|channel)[\w:.-]{{0,40}}
        {_ATTRIBUTES}\s?/?{_BAR}{_RIGHT}
    | [\[({{【][|/]{{0,2}}\s?(?:think|thought|reason|analysis|思考)\w{{0,10}}\|?[])}}】]
    | ◁\s?/?\s?\w{{1,20}}\s?▷
    | <\|channel> | <channel\|>
    | <unused9[45]>
    | {_HARMONY.pattern}
    | \bassistantfinal
    """,
    re.VERBOSE | re.IGNORECASE,
)


def without_reasoning(text: str) -> str:
    """Removes all reasoning from an answer.

    Removed is what stands between two marks, nested ones included; what stands before a closing mark that was never
    opened, as where the prompt opens it; what follows an opening mark that is never closed; and, in the harmony format,
    every channel but ``final``. If something was removed, a tag such as ``<answer>`` around all that is left goes, too.
    """
    shown = _outside(_IN_WORDS.sub("", _final_channel(_IN_WORDS.sub("", text))))
    if shown == text:
        return text
    wrapped = _WRAPPED.match(shown)
    return wrapped["inside"] if wrapped else shown


def holds_mark(text: str) -> bool:
    """Whether a text holds something that looks like a mark of reasoning."""
    return any(_LEFT_OVER.search(form) for form in (text, _plain(text)))


def _plain(text: str) -> str:
    """The text with letters of other widths as usual ones, without blanks and joints that have no width."""
    if text.isascii():
        return text
    normal = unicodedata.normalize("NFKC", text)
    return "".join(letter for letter in normal if unicodedata.category(letter) != "Cf")


def is_mark(token: str) -> bool:
    """Whether a special token is a mark of reasoning, or of the harmony format."""
    return any(pattern.fullmatch(token) for pattern in (_MARK, _HARMONY))


def _final_channel(text: str) -> str:
    """The messages of the channel ``final``; without any channel, all messages."""
    before, *rest = _HARMONY.split(text)
    if not rest:
        return _BARE_HARMONY.sub("", text)
    channel, messages, channels = "", [("", before)], False
    for token, piece, following in zip(rest[::2], rest[1::2], [*rest[2::2], ""], strict=True):
        if token == "channel":
            name, *others = piece.split(maxsplit=1) or [""]
            channel, channels = name.lower(), True
            if following not in ("message", "constrain"):  # some templates leave the mark of the message out
                messages += [(channel, text) for text in others]
        elif token == "message":
            messages.append((channel, piece))
        elif token != "constrain":
            channel = ""
            if token != "start":  # it is followed by a role
                messages.append((channel, piece))
    wanted = "final" if channels else ""
    return "\n".join(piece.strip() for name, piece in messages if name == wanted and piece.strip())


def _outside(text: str) -> str:
    """What stands outside of all marks. Reasoning may mention a mark: if some are never closed, the last one counts."""
    kept: list[str] = []
    depth, start, last = 0, 0, "close"
    for mark in _MARK.finditer(text):
        kind = str(mark.lastgroup)
        if depth == 0:
            kept.append(text[start : mark.start()])
        if kind == "close" and depth == 0:  # it was opened in the prompt
            kept.clear()
        depth = max(0, depth + {"open": 1, "close": -1}.get(kind, 0))
        start = mark.end()
        last = last if kind == "void" else kind
    if depth == 0 or last == "close":
        kept.append(text[start:])
    return "".join(kept)
