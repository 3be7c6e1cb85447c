"""Facts that an agent gives: telephone numbers, prices, references."""

from __future__ import annotations

from collections.abc import Callable

from todsum.data.simulation.draw import Draw

_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
_STREETS = ("Mill Road", "Regent Street", "Park Lane", "Castle Hill", "Station Road", "King Street", "Bridge Lane")
_MAKES = ("toyota", "skoda", "volvo", "honda", "ford", "tesla", "lexus", "audi")
_COLOURS = ("black", "white", "red", "blue", "yellow", "grey")


def reference(draw: Draw) -> str:
    """A booking reference of eight signs."""
    return "".join([draw.pick(_SIGNS) for _ in range(8)])


def _price(draw: Draw) -> str:
    return f"{5 + draw.below(120)}.{draw.below(10)}0 pounds"


_FACTS: dict[str, Callable[[Draw], str]] = {
    "phone": lambda draw: f"01{draw.below(900) + 100}{draw.below(900000) + 100000}",
    "address": lambda draw: f"{1 + draw.below(180)} {draw.pick(_STREETS)}",
    "postcode": lambda draw: f"cb{1 + draw.below(9)}{1 + draw.below(9)}{draw.pick('abdefgh')}{draw.pick('jlnpqr')}",
    "fee": lambda draw: f"{3 + draw.below(57)} pounds",
    "price": _price,
    "duration": lambda draw: f"{17 + draw.below(160)} minutes",
    "trainid": lambda draw: f"TR{1000 + draw.below(9000)}",
    "flightno": lambda draw: f"{draw.pick('ABKLNQ')}{draw.pick('ABFX')} {100 + draw.below(900)}",
    "lineno": lambda draw: f"line {draw.below(90) + 10}",
    "luggage": lambda draw: f"{15 + draw.below(20)} kilos",
    "rate": lambda draw: f"{1 + draw.below(7)}.{10 + draw.below(90)} percent",
    "clock": lambda draw: f"{17 + draw.below(5)}:{10 + draw.below(49)}",
    "cartype": lambda draw: f"a {draw.pick(_COLOURS)} {draw.pick(_MAKES)}",
}


def fact(draw: Draw, kind: str) -> str:
    """A fact of a kind that ``requests`` of a domain names."""
    return _FACTS[kind](draw)
