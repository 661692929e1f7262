"""How many more replications an open verdict needs."""

from __future__ import annotations

import math

from sim.analysis.estimate import t_quantile

TOO_MANY = 10_000  # replications in all; a limit that needs more is called too close


def more_to_shorten(n: int, half_width: float, wanted: float, level: float) -> int | None:
    """About how many more replications make an interval as short as wanted, if the variance is as it seems.

    Parameters
    ----------
    n
        Replications so far, 2 or more.
    half_width
        Present half width of the t interval.
    wanted
        The half width to reach, in the same unit.
    level
        Level of the interval.

    Returns
    -------
    0 if it is short enough; None if more than `TOO_MANY` in all would be needed.
    """
    if half_width <= wanted:
        return 0
    if wanted <= 0:
        return None
    deviation = half_width / t_quantile(level, n - 1)  # times the root of n: the standard deviation
    squared = n * (deviation / wanted) ** 2

    def is_enough(count: int) -> bool:
        return t_quantile(level, count - 1) ** 2 * squared <= count

    if squared > TOO_MANY or not is_enough(TOO_MANY):
        return None
    low, high = n, TOO_MANY  # low is not enough, high is
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high - n


def more_to_settle(
    n: int, mean: float, half_width: float, minimum: float | None, maximum: float | None, level: float
) -> int | None:
    """About how many more replications settle a verdict that is open, if mean and variance stay as they are.

    The interval must come to lie on one side of each limit: its half width must fall below the distance of the mean to the limits
    that count. Chance moves the mean meanwhile, so the number says how much effort it is rather than when it is over.

    Parameters
    ----------
    n, mean, half_width, level
        The interval so far, of 2 or more replications.
    minimum, maximum
        Limits of the target.

    Returns
    -------
    None if the mean is too close to a limit: more than `TOO_MANY` would be needed.
    """
    below = math.inf if minimum is None else mean - minimum
    above = math.inf if maximum is None else maximum - mean
    inside = min(below, above)
    distance = inside if inside >= 0 else -inside
    return more_to_shorten(n, half_width, distance, level)
