"""In which mode a case goes to service when no contact sent it there."""

from __future__ import annotations

from collections.abc import Sequence

CARRIED_IN = (1.0, 0.0, 0.0)


def direct_modes(modes: Sequence[float], has_contacts: bool) -> tuple[float, ...]:
    """Shares of the modes for a case that comes without a contact, or after contacts that failed.

    Parameters
    ----------
    modes
        Shares of the source's repair orders over carry-in, mail-in and on-site; empty or all zero: none is named.
    has_contacts
        Whether there is any contact line.

    Returns
    -------
    Shares that add up to 1. Without contact lines nobody can arrange a mode by contact: the shares hold as they are. With
    lines, who comes by himself carries the unit in, unless the source leaves no share to that: then he takes a mode it names.
    """
    total = sum(modes)
    if total <= 0 or (has_contacts and modes[0] > 0):
        return CARRIED_IN
    return tuple(share / total for share in modes)
