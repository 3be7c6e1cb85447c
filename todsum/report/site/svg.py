"""matplotlib's SVG made fit to stand inside a page: no inline styles, colours of the page's theme, ids of its own."""

from __future__ import annotations

import re
from xml.etree import ElementTree

#: Colours that plots are drawn in, and what the page paints instead. No two alike, none a shade that matplotlib uses.
TOKENS = {
    "#010101": "var(--ink)",
    "#010102": "var(--muted)",
    "#010103": "var(--line)",
    **{f"#0102{n:02x}": f"var(--series-{n})" for n in range(1, 9)},
}
INK, MUTED, LINE, *SERIES = TOKENS

_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_TAGS = {"svg", "g", "defs", "path", "use", "text", "tspan", "clipPath", "rect", "title"}
_STYLES = {
    *("fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin"),
    *("fill-opacity", "stroke-opacity", "opacity", "text-anchor", "font-size", "font-weight"),
}
_ATTRIBUTES = {"d", "x", "y", "width", "height", "transform", "viewBox", "clip-path", "id"}
_FONT = re.compile(r"(?P<weight>bold |\d+ )?(?P<size>[\d.]+px) ")


def themed(source: str, prefix: str, title: str) -> str:
    """Cleans an SVG document.

    Args:
        source: what matplotlib wrote.
        prefix: begins all ids: a page holds several plots.
        title: what the plot shows, for those who can't see it.
    """
    root = ElementTree.fromstring(source)
    found = _clean(root, prefix)
    for name in ("width", "height"):
        found.attrib.pop(name, None)
    found.attrib |= {"role": "img", "aria-labelledby": f"{prefix}-title", "class": "plot-image"}
    heading = ElementTree.Element("title", {"id": f"{prefix}-title"})
    heading.text = title
    found.insert(0, heading)
    return ElementTree.tostring(found, encoding="unicode")


def _clean(element: ElementTree.Element, prefix: str) -> ElementTree.Element:
    found = ElementTree.Element(element.tag.removeprefix(_SVG), _attributes(element, prefix))
    found.text = element.text if element.text and element.text.strip() else None
    for child in element:
        if isinstance(child.tag, str) and child.tag.removeprefix(_SVG) in _TAGS:
            found.append(_clean(child, prefix))
    return found


def _attributes(element: ElementTree.Element, prefix: str) -> dict[str, str]:
    attributes = {name: value for name, value in element.attrib.items() if name in _ATTRIBUTES}
    attributes |= _styles(element.get("style", ""))
    if element.tag == f"{_SVG}g":
        attributes.pop("id", None)
    if "id" in attributes:
        attributes["id"] = f"{prefix}-{attributes['id']}"
    if "clip-path" in attributes:
        attributes["clip-path"] = attributes["clip-path"].replace("url(#", f"url(#{prefix}-")
    if (target := element.get(_XLINK, "")).startswith("#"):
        attributes["href"] = f"#{prefix}-{target[1:]}"
    return attributes


def _styles(text: str) -> dict[str, str]:
    """Inline styles, which the pages' policy forbids, as attributes."""
    styles = {}
    for part in text.split(";"):
        name, _, value = (piece.strip() for piece in part.partition(":"))
        if name == "font" and (font := _FONT.match(value)):
            styles["font-size"] = font["size"]
            if font["weight"]:
                styles["font-weight"] = font["weight"].strip()
        elif name in _STYLES:
            styles[name] = TOKENS.get(value, value)
    return styles
