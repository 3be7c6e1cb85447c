"""The name under which peft knows the method."""

from __future__ import annotations

from typing import Any

from peft import PeftType

NAME = "DOMAIN_PREFIX"


def extend_peft_types(name: str) -> PeftType:
    """Adds a member to peft's enumeration of methods, or returns the one that is there.

    ``register_peft_method`` asks for one, and an enumeration that has members can't be subclassed.

    Args:
        name: in capital letters; the member's name and value.
    """
    types: Any = PeftType
    if name not in types.__members__:
        member = str.__new__(types, name)
        member._name_ = member._value_ = name
        member.__objclass__ = types
        member._sort_order_ = len(types)
        types._member_names_.append(name)
        types._member_map_[name] = types._value2member_map_[name] = member
        type.__setattr__(types, name, member)
    return types[name]


DOMAIN_PREFIX = extend_peft_types(NAME)
