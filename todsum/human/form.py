"""The rating form: one HTML file that asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from importlib.resources import files

import jinja2
from markupsafe import Markup

from todsum.human.criteria import CRITERIA, HIGHEST, LOWEST
from todsum.human.sheet import COLUMNS, Page

#: What could end the script element that the data stands in, or be read as a line break in it.
_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def form(pages: Sequence[Page]) -> str:
    """The form for one rater, pages in this order.

    The page's policy allows its own script and style, by their checksums, and no request. Texts stand in it as JSON
    with all of HTML's special characters escaped, and are put on the screen as text nodes.
    """
    script, style = _part("form.js"), _part("form.css")
    shown = [
        {
            "turns": page.turns,
            "dialogue": page.dialogue,
            "context": page.context,
            "query": page.query is not None,
            "summaries": [asdict(summary) for summary in page.summaries],
        }
        for page in pages
    ]
    criteria = [asdict(criterion) for criterion in CRITERIA]
    content = {"columns": COLUMNS, "lowest": LOWEST, "highest": HIGHEST, "criteria": criteria, "pages": shown}
    text = json.dumps(content, ensure_ascii=False)
    content["storage"] = f"ratings-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    return environment.from_string(_part("form.html.j2")).render(
        script=Markup(script),
        style=Markup(style),
        script_sum=_checksum(script),
        style_sum=_checksum(style),
        criteria=CRITERIA,
        data=Markup(json.dumps(content, ensure_ascii=False).translate(_ESCAPES)),
        dialogues=len(pages),
        summaries=sum(len(page.summaries) for page in pages),
    )


@cache
def _part(name: str) -> str:
    return files("todsum.human").joinpath(name).read_text(encoding="utf-8")


def _checksum(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
