"""YAML of strangers, read within bounds: plain values, each key once, no more than was written."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import yaml

from todsum.errors import TodsumError
from todsum.files.kinds import text_of
from todsum.files.plain import read_plain

MAX_DEPTH = 40
MAX_VALUES = 100_000
"""Values of a document, those counted again that an alias repeats."""
MAX_BITS = 1000
"""Of a whole number: what has more can't become a float."""

_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"
_PLAIN = frozenset(_TAG + name for name in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map", "merge"))
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path, most: int) -> Any:
    """The content of a YAML file.

    Args:
        path: of the file, in UTF-8.
        most: how many bytes it may have.

    Raises:
        TodsumError: no regular file, too large, not UTF-8, or as :func:`parse_yaml`. The message names the line.
    """
    text = text_of(read_plain(path, most), path)
    try:
        return parse_yaml(text)
    except ValueError as error:
        raise TodsumError(f"{path}: broken YAML: {error}") from error


def parse_yaml(text: str) -> Any:
    """The content of a YAML document.

    Aliases and merges are followed so far as the document stays small with them.

    Raises:
        ValueError: not YAML, a value that is no plain one or does not fit its tag, a number that is not finite or
            too large, a key that is no plain value or is there twice, or a document that is too deep or large.
    """
    try:
        _check_size(text)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            _check_nodes(node, loader)
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ValueError(f"{f'line {mark.line + 1}: ' if mark else ''}{error.problem or error.context}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, max(0, text.find(chr(error.character)))) + 1
        raise ValueError(f"line {line}: the character \\u{error.character:04x} is not allowed") from error
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error


def _check_size(text: str) -> None:
    """Counts values and depth from the stream of events, before anything is built of them."""
    count, opened, sizes = 0, list[tuple[str | None, int]](), dict[str | None, int]()
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                raise _error(event, f"the alias *{str(event.anchor)[:40]} stands for itself or for nothing")
            count += sizes[event.anchor]
        elif isinstance(event, yaml.ScalarEvent):
            count += 1
            sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, count))
            sizes.pop(event.anchor, None)
            count += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = opened.pop()
            sizes[anchor] = count - before
        if len(opened) > MAX_DEPTH:
            raise _error(event, f"nested deeper than {MAX_DEPTH} levels")
        if count > MAX_VALUES:
            raise _error(event, f"more than {MAX_VALUES} values, those counted that aliases repeat")


def _check_nodes(root: yaml.Node, loader: Any) -> None:
    seen, left = {id(root)}, [root]
    while left:
        node = left.pop()
        if node.tag not in _PLAIN:
            raise _error(node, f"{node.tag.replace(_TAG, '!!')[:60]}: only plain values are read")
        if isinstance(node, yaml.MappingNode):
            _check_keys(node)
            inner = [part for pair in node.value for part in pair]
        else:
            inner = node.value if isinstance(node, yaml.SequenceNode) else []
            if isinstance(node, yaml.ScalarNode):
                _check_scalar(node, loader)
        left += (part for part in inner if id(part) not in seen)
        seen.update(map(id, inner))


def _check_keys(node: yaml.MappingNode) -> None:
    keys: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _error(key, "a list or a mapping can't be a key")
        if key.tag != _MERGE and key.value in keys:
            raise _error(key, f"{key.value[:40]!r} is there twice")
        keys.add(key.value)


def _check_scalar(node: yaml.ScalarNode, loader: Any) -> None:
    if node.tag == _MERGE:
        return
    what = node.tag.removeprefix(_TAG)
    try:
        value = loader.construct_object(node)
    except Exception as error:  # whatever the library makes of a text that does not fit its tag
        raise _error(node, f"{node.value[:40]!r} is no {what}") from error
    if isinstance(value, float) and not math.isfinite(value):
        raise _error(node, f"{node.value[:40]!r} is no finite number")
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise _error(node, f"{node.value[:40]!r} is too large a number")


def _error(place: Any, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=place.start_mark)
