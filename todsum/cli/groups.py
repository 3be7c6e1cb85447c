"""Groups of commands that name the nearest one for a name that there is not."""

from __future__ import annotations

import click

from todsum.errors import unknown_name


class Group(click.Group):
    """A group of commands."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is called, and what follows it.

        Raises:
            TodsumError: there is no such command.
        """
        known = self.list_commands(ctx)
        if args[0] not in known and not ctx.resilient_parsing:
            raise unknown_name("command", args[0], known)
        return super().resolve_command(ctx, args)
