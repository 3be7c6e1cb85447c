"""``todsum-bench simulate``: a seeded source in the authors' own file format."""

from __future__ import annotations

from pathlib import Path

import click

from todsum.cli.paths import PATH
from todsum.counted import counted
from todsum.terminal import tell


@click.command()
@click.option(
    "--dialogues",
    type=click.IntRange(0, 10**8),
    required=True,
    help="How many dialogues; 80/10/10 % go to train/valid/test.",
)
@click.option(
    "--meetings", type=click.IntRange(0, 10**7), default=60, show_default=True, help="How many meetings; 0 for none."
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Same seed, same bytes.")
@click.option("--out", type=PATH, required=True, help="A new folder, or an earlier simulation.")
def simulate(dialogues: int, meetings: int, seed: int, out: Path) -> None:
    """Write simulated dialogues and meetings in the file formats of TODSum and QMSum."""
    from todsum.console import progress_bar
    from todsum.data.simulate import simulate as write

    written = 0
    with progress_bar("simulate", dialogues + meetings) as advance:

        def moved(done: int) -> None:
            nonlocal written
            advance(done - written)
            written = done

        write(out, dialogues, seed, meetings, moved)
    tell(f"{out}: {counted(dialogues, 'dialogue')} and {counted(meetings, 'meeting')} of seed {seed}")
    tell(f"next: todsum-bench data build todsum --data {out} --out BUILT")
