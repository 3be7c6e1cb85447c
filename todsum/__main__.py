"""``python -m todsum``."""

from todsum.cli import main

main()
