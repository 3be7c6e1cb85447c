"""Reasoning in an answer: removed in the spellings that models and servers use, or found to be left.

A text without any mark of reasoning is returned as it is.
"""

from __future__ import annotations

import re

_LEFT, _RIGHT, _BAR = r"(?:<|&lt;)", r"(?:>|&gt;)", "[|\uff5c]?"
_NAME = r"(?:[a-z]{1,20}[:_-]){0,3}(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|analysis|scratchpad|monologue)"
_ATTRIBUTES = r"(?:\s[^<>]{0,200})?"
#: In this order: what ends reasoning, what stands for none, what begins it.
_MARK = re.compile(
    rf"""
    (?P<close>
        {_LEFT}{_BAR}\s?/\s?{_NAME}\s?{_BAR}{_RIGHT}     # </think> </seed:think> <|/think|>
        | {_LEFT}{_BAR}end_?(?:of_?)?{_NAME}{_BAR}{_RIGHT}  # <|end_of_thought|> <|END_THINKING|>
        | \[/\s?think(?:ing)?\]                             # Magistral
        | ◁/think▷                                          # Kimi
        | <channel\|>                                       # Gemma
        | <unused95>                                        # MedGemma
        | <\|inner_suffix\|>                                # Apertus
    )
    | (?P<void> {_LEFT}{_NAME}{_ATTRIBUTES}\s?/{_RIGHT} )   # <think/>
    | (?P<open>
        {_LEFT}{_BAR}(?:begin|start)_?(?:of_?)?{_NAME}{_BAR}{_RIGHT}
        | {_LEFT}{_BAR}\s?{_NAME}{_ATTRIBUTES}\s?{_BAR}{_RIGHT}
        | \[think(?:ing)?\]
        | ◁think▷
        | <\|channel>(?:thought)?
        | <unused94>(?:thought)?
        | <\|inner_prefix\|>
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
#: Reasoning in the words of Granite, of Ollama's command line, and of Open WebUI.
_IN_WORDS = re.compile(
    r"""
    \A\s* here(?:'s|\ is)\ my\ thought\ process: .*? (?: here(?:'s|\ is)\ my\ response: | \Z )
    | \A\s* thinking\.\.\.\s .*? (?: \.\.\.done\ thinking\. | \Z )
    | <details\s [^<>]{0,200} \breasoning\b [^<>]{0,200}> .*? (?: </details> | \Z )
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
#: The special tokens of the harmony format (gpt-oss).
_HARMONY = re.compile(r"<\|(start|channel|constrain|message|end|return|call)\|>")
#: The same format with its special tokens taken out.
_BARE_HARMONY = re.compile(r"\A\s*(?:analysis|commentary)(?=\S)(?:.*assistantfinal|(?=[A-Z]).*\Z)", re.DOTALL)
#: What some models wrap the rest in, once they have reasoned.
_WRAPPED = re.compile(
    rf"""
    \A\s* {_LEFT}{_BAR}(?:(?:begin|start)_(?:of_)?)?
    (?P<name>answer|response|output|solution|final|final_answer){_BAR}{_RIGHT}
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
    | \[/?\s?(?:think|thought|reason|analysis)\w{{0,10}}\]
    | ◁/?\w{{1,20}}▷
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
    shown = _outside(_IN_WORDS.sub("", _final_channel(text)))
    if shown == text:
        return text
    wrapped = _WRAPPED.match(shown)
    return wrapped["inside"] if wrapped else shown


def holds_mark(text: str) -> bool:
    """Whether a text holds something that looks like a mark of reasoning."""
    return _LEFT_OVER.search(text) is not None


def is_mark(token: str) -> bool:
    """Whether a special token is a mark of reasoning, or of the harmony format."""
    return any(pattern.fullmatch(token) for pattern in (_MARK, _HARMONY))


def _final_channel(text: str) -> str:
    """The messages of the channel ``final``; without any channel, all messages."""
    before, *rest = _HARMONY.split(text)
    if not rest:
        return _BARE_HARMONY.sub("", text)
    channel, messages, channels = "", [("", before)], False
    for token, piece in zip(rest[::2], rest[1::2], strict=True):
        if token == "channel":
            channel, channels = piece.strip().partition(" ")[0].lower(), True
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
