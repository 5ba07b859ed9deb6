"""The ways by which people are told; each says surely whether its message was taken."""

from __future__ import annotations


class NonRemis(Exception):
    """Not taken, or no sign of it: to be handed over again, under the same name."""


class Refuse(NonRemis):
    """Refused for good, as it is now: tried again now and then only."""


class Coupe(NonRemis):
    """The channel itself is away: the next message would meet the same."""
