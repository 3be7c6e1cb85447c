"""``todsum-bench simulate``: a seeded source in the authors' own file format."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--dialogues", type=int, required=True, help="How many dialogues; 80/10/10 % go to train/valid/test.")
@click.option("--meetings", type=int, default=60, show_default=True, help="How many meetings; 0 for none.")
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same bytes.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new folder, or an earlier simulation.")
def simulate(dialogues: int, meetings: int, seed: int, out: Path) -> None:
    """Write simulated dialogues and meetings in the file formats of TODSum and QMSum."""
    from rich.console import Console
    from rich.progress import Progress

    from todsum.data import simulate as simulator

    console = Console(stderr=True)
    with Progress(console=console) as bar:
        task = bar.add_task("simulating", total=dialogues + meetings)
        simulator.simulate(out, dialogues, seed, meetings, lambda done: bar.update(task, completed=done))
    console.print(f"{out}: {dialogues} dialogues and {meetings} meetings of seed {seed}.", soft_wrap=True)
    console.print(f"next: todsum-bench data build todsum --data {out} --out BUILT", soft_wrap=True)
