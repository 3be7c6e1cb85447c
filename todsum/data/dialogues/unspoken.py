"""Lines and messages that nobody says: notices of a chat program, placeholders of pictures, tools and instructions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

#: Roles in ``{"role": …, "content": …}`` that are programs and those who set them up.
TOOLS = frozenset(("developer", "tool", "function", "ipython", "observation"))
_CALL = re.compile(r"(?:tool|function)_\w+")
INSTRUCTIONS = "system"

#: Keys of a message that name a role, where ``speaker`` names a party: in MultiWOZ and SGD the system is one.
_ROLES = ("role", "from", "sender")

_INVISIBLE = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_MEDIA = (
    r"(?:image|photo|video(?: note)?|audio|voice message|sticker|gif|document|contact card|album|poll|location"
    r"|view once (?:message|photo|video)|bild|dokument|kontaktkarte|imagen|v[ií]deo|documento|vidéo|immagine|imagem"
    r"|figurinha|afbeelding|tarjeta de contacto)"
)
_LEFT_OUT = r"(?:omitted|weggelassen|omitid[oa]|absente?|omess[oa]|ocultad[oa]|weggelaten)"
_PLACEHOLDER = re.compile(
    rf"{_MEDIA} {_LEFT_OUT}"
    r"|<(?:media omitted|medien ausgeschlossen|multimedia omitido|médias omis|media omessi|mídia oculta"
    r"|arquivo de mídia oculto|media weggelaten)>"
    r"|<(?:attached|anhang|adjunto|pièce jointe|allegato|anexado|bijlage): [^<>]+>"
    r"|\S[^/\\]{0,100}\.\w{2,5} \((?:file attached|datei angehängt|archivo adjunto|fichier joint|file allegato"
    r"|arquivo anexado|bestand bijgevoegd)\)"
    r"|(?:IMG|VID|AUD|PTT|STK|DOC)-\d{8}-WA\d+\.\w{2,5}(?: \([^()]+\))?"
    r"|(?:this message was deleted|you deleted this message|this message was deleted by admin \S.*)"
    r"|diese nachricht wurde gelöscht|(?:se eliminó este mensaje|eliminaste este mensaje)|ce message a été supprimé"
    r"|(?:silenced |missed )(?:group )?(?:voice|video) call(?:[.,] tap to call back| at \d.{0,20})?"
    r"|transcribed by https?://\S+"
    r"|waiting for this message\. this may take a while",
    re.IGNORECASE,
)
_RULE = re.compile(r"([-–—=_*~#])\1{2,}")
_BRACKETS = re.compile(r"<[^<>]{3,60}>")
_EDITED = re.compile(r"(?:\u200e<[^<>]{3,60}>|<this message was edited>)$", re.IGNORECASE)
_REACTION = re.compile(r"(?:Reacted to|Removed an? .{1,40} reaction from) [\"“]")

_NOTICE = re.compile(
    r"messages (?:and calls |you send |to this )|your security code|you(?:'re| are) now|this (?:chat|business|group)\b"
    r"|disappearing messages|.*\b(?:changed (?:the|this|their|your)|created (?:the |this )?(?:group|community)"
    r"|joined (?:using|from)|turned (?:on|off)|updated the|is (?:now|no longer) an admin|security code"
    r"|was (?:added|removed)|pinned a message|requested to join|reset this group)\b",
    re.IGNORECASE,
)
_OF_A_GROUP = re.compile(
    r"messages (?:and calls are end-to-end encrypted|you send to this|to this (?:chat|group))|your security code with ",
    re.IGNORECASE,
)
_DOES = re.compile(r"(?:added|removed|left|joined|invited|changed|created|pinned|deleted|blocked|unblocked)\b")
_SENTENCE = re.compile(r"\w{4,}\.\s")
_QUOTES = (("“", "”"), ("«", "»"), ("„", "“”"))


def visible(line: str) -> str:
    """A line without the marks of direction that chat programs put into it."""
    return _INVISIBLE.sub("", line)


def is_placeholder(text: str) -> bool:
    """Whether a line or message stands for something else than words: a picture, a file, a deleted message, a call."""
    return len(text) <= 200 and _PLACEHOLDER.fullmatch(visible(text).strip().removesuffix(".")) is not None


def is_rule(line: str) -> bool:
    """Whether a line is drawn: ``-----``."""
    return _RULE.fullmatch(line) is not None


def is_reaction(text: str) -> bool:
    """Whether a message of a meeting chat is a reaction to another one."""
    return _REACTION.match(text) is not None


def said_in_chat(body: str) -> tuple[str, int]:
    """What is said in a message of a WhatsApp export, and how many parts of it nobody says.

    A text that the program wrote itself begins with a mark of direction (U+200E), or is in angle brackets, in whatever
    language: ``<Media omitted>``, ``\\u200eimage omitted``, ``see you \\u200e<This message was edited>``.
    """
    body = body.strip()
    whole = visible(body).strip()
    if whole == "null":  # a picture that could be seen once
        return "", 1
    if body.startswith("\u200e") or _BRACKETS.fullmatch(whole) or is_placeholder(whole) or _OF_A_GROUP.match(whole):
        return "", 1
    words, edited = _EDITED.subn("", body)
    return visible(words).strip(), edited


def notices_among(senders: Sequence[str]) -> set[str]:
    """What stands before a colon and is no sender but the beginning of a notice, as in ``Ana named it "Trip: 2024"``.

    Args:
        senders: of all messages of a chat, each as often as it occurs.
    """
    counts = Counter(senders)
    names = {name for name, count in counts.items() if not _is_notice(name, count, ())}
    return {name for name, count in counts.items() if _is_notice(name, count, names)}


def _is_notice(sender: str, count: int, names: Collection[str]) -> bool:
    if sender.count('"') % 2 or any(
        sum(map(sender.count, opened)) > sum(map(sender.count, closed)) for opened, closed in _QUOTES
    ):
        return True
    if _NOTICE.match(sender):
        return True
    if count > 1:
        return False
    words = sender.split()
    if _SENTENCE.search(sender) or len(words) > 10:
        return True
    for size in range(1, min(len(words), 8)):
        if words[0] == "You" or " ".join(words[:size]) in names:
            rest = words[1:] if words[0] == "You" else words[size:]
            return _DOES.match(" ".join(rest)) is not None or (len(rest) > 3 and rest[0][0].islower())
    return False


def speaks(messages: Sequence[object]) -> list[bool]:
    """Which messages of a list somebody says, by their roles and kinds.

    ``tool``, ``function`` and ``developer`` do not speak, nor do notices (``"type": "service"`` of Telegram, a
    ``subtype`` such as ``channel_join`` of Slack). ``system`` holds instructions where at least two others speak, or
    where it stands before all others; else it is one of two parties, as in MultiWOZ. A role under the key ``speaker``
    is always a party.
    """
    roles = [_role(message) for message in messages]
    others = set(roles).difference(TOOLS, (None, INSTRUCTIONS))
    first = next((place for place, role in enumerate(roles) if role in others), len(roles))
    instructs = len(others) > 1 or INSTRUCTIONS not in roles[first:]
    return [
        role not in TOOLS and not (instructs and role == INSTRUCTIONS) and not _is_service(message)
        for role, message in zip(roles, messages, strict=True)
    ]


def _role(message: object) -> str | None:
    if not isinstance(message, Mapping) or message.get("speaker") is not None:
        return None
    found: Any = next((message[key] for key in _ROLES if message.get(key) is not None), None)
    if not isinstance(found, str):
        return None
    if found.lower() == "developer":
        return found  # the role in lower case; else somebody's profession
    return "tool" if _CALL.fullmatch(found.lower()) else found.lower()


def _is_service(message: object) -> bool:
    if not isinstance(message, Mapping):
        return False
    subtype = str(message.get("subtype") or "")
    return message.get("type") in ("service", "system", "event") or subtype.startswith(("channel_", "group_"))
