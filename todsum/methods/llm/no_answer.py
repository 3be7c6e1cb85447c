"""Errors of a server that are an answer all the same: a filter took it, or the request is too long for the model.

They are about one dialogue, so that the others can still be answered. All other errors are about the request as such:
its key, its model, its settings.
"""

from __future__ import annotations

import re
from typing import Any

from todsum.methods.llm.answer import TOO_LONG, Answer
from todsum.methods.llm.key import Key
from todsum.methods.llm.words import decoded, loads, message_in, one_line, well_formed, words_of

#: Statuses that are about who asks and for which model, whatever the words.
_OF_ALL_REQUESTS = frozenset([401, 402, 403, 404])
#: Statuses that may say that a filter took a request.
_FILTERING = frozenset([200, 400, 403, 422, 451])
#: Codes of errors that say that a filter took the request or the answer, without what joins their words.
_FILTER_CODES = frozenset(
    [
        "1301",
        "contentfilter",
        "contentfiltered",
        "contentmanagementpolicy",
        "contentpolicyviolation",
        "datainspectionfailed",
        "guardrailintervened",
        "invalidprompt",
        "moderation",
        "moderationblocked",
        "prohibitedcontent",
        "promptblocked",
        "responsibleaipolicyviolation",
        "safety",
        "sensitive",
    ]
)
#: Codes of errors that say that the request is too long.
_TOO_LONG_CODES = re.compile(
    "context(?:length|window|size)(?:limit)?exceeded(?:error)?|exceedcontextsizeerror|(?:prompt|input|request)too(?:long|large)"
    "|payloadtoolarge(?:error)?|stringabovemaxlength|tokenlimitexceeded|1261"
)
#: The same in words: of OpenAI, vLLM, SGLang, llama.cpp, Ollama, LM Studio, TGI, and the hosted ones.
_TOO_LONG_WORDS = re.compile(
    r"""
    \bcontext\ (?:length|window|size)\b
    | \bmax(?:imum)?\ (?:allowed\ )?(?:prompt|input|model|sequence|token)\ (?:length|limit|size)\b
    | \b(?:prompts?|inputs?|requests?|messages|conversation|sequence|string)\b (?:(?!should\ be|max_\w*tokens).){0,80}?
      \b(?:too\ (?:long|large)|(?:longer|larger|greater)\ than|exceed(?:s|ed)?\ .{0,60}?\b(?:tokens?|length|size)\b)
    | \binputs?\W .{0,60}? \bmust\ (?:be\ <=?|have\ (?:less|fewer)\ than|be\ (?:less|shorter)\ than)
    | \binput\ length\ should\ be\b
    | \btoo\ many\ (?:input\ |prompt\ |total\ )?tokens\b
    | \breduce\ (?:the\ (?:length|size)\ of\ )?(?:the|your)\ (?:input|messages?|prompt)\b
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
#: What a server says that allows fewer tokens a minute than the request has.
_NEVER_THAT_MANY = re.compile(r"\brequest too large\b|\btokens must be reduced\b", re.IGNORECASE)


def answer_of_reply(status: int, body: bytes, key: Key) -> Answer | None:
    """The answer that a reply with another status than 200 stands for, if it does."""
    try:
        found = loads(decoded(body))
    except (ValueError, RecursionError):  # a text, or a page of a proxy
        said = words_of(body, key)
        return _too_long(said) if _is_too_long(status, set(), said) else None
    return answer_of_error(found, status, key)


def answer_of_error(found: object, status: int, key: Key) -> Answer | None:
    """The answer that an error object stands for, if it does.

    Args:
        found: an error, also inside of others or of a list; or anything else.
        status: of the reply; one in the error comes before it.
        key: taken out of the server's words.
    """
    error = _innermost(found)
    if error is None or (status == 200 and not is_error(found)):
        return None
    inner, about = error.get("innererror"), error.get("metadata")
    told = [error.get(name) for name in ("code", "status", "type", "error_type")]
    codes = {_bare(code) for code in (*told, inner.get("code") if isinstance(inner, dict) else None)}
    own = next((int(str(code)) for code in told if re.fullmatch("[45][0-9][0-9]", str(code))), status)
    said = one_line(well_formed(message_in(error)), key)
    flagged = isinstance(about, dict) and "flagged_input" in about
    if status in _FILTERING and (codes & _FILTER_CODES or flagged):
        return Answer(text="", finish_reason="content_filter", refusal=said or None)
    return _too_long(said) if _is_too_long(own, codes, said) else None


def is_error(found: object) -> bool:
    """Whether an object in the place of an answer, or of a choice, is an error."""
    found = found[0] if isinstance(found, list) and found else found
    return isinstance(found, dict) and bool(found.get("error") or found.get("object") == "error")


def _innermost(found: object) -> dict[str, Any] | None:
    error = found[0] if isinstance(found, list) and found else found
    while isinstance(error, dict) and isinstance(error.get("error"), dict):
        error = error["error"]
    return error if isinstance(error, dict) and "choices" not in error else None


def _is_too_long(status: int, codes: set[str], said: str) -> bool:
    if status in _OF_ALL_REQUESTS:
        return False
    if status == 429:  # a rate: most requests that are too many can be sent later
        return _NEVER_THAT_MANY.search(said) is not None
    coded = any(map(_TOO_LONG_CODES.fullmatch, codes))
    return status == 413 or coded or _TOO_LONG_WORDS.search(said) is not None


def _too_long(said: str) -> Answer:
    return Answer(text="", finish_reason=TOO_LONG, refusal=said or None)


def _bare(code: object) -> str:
    return "".join(filter(str.isalnum, str(code))).lower()
