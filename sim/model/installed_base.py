"""Units in the field by month of age, and how many cases they make."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.scenario.plan import YEAR, Plan, Product, Source

MONTH = YEAR / 12


class InstalledBase:
    """Units of each product family by month of age, moved on month by month."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._month = 0
        self.units = [np.array(p.cohorts, dtype=float) for p in plan.products]

    def rate(self, source: Source) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
        """Cases per hour of a source this month, with the ages (h, begin of each month of age) and weights they come from.

        A source with a plain rate has no ages.
        """
        if not source.by_age:
            return source.rate, np.empty(0), np.empty(0)
        units = self.units[source.product_ix]
        ages = MONTH * np.arange(len(units))
        starts = np.array([a for a, _ in source.by_age])
        rates = np.array([0.0, *(r for _, r in source.by_age)])
        weights = np.asarray(units * rates[np.searchsorted(starts, ages + MONTH / 2, side="right")], dtype=np.float64)
        return float(weights.sum()), np.asarray(ages, dtype=np.float64), weights

    def age_one_month(self) -> None:
        """A month passes: units age and retire, new ones are sold."""
        for i, product in enumerate(self._plan.products):
            if len(self.units[i]):
                self.units[i] = _aged(self.units[i], product, self._month)
        self._month += 1


def _aged(units: NDArray[np.float64], product: Product, month: int) -> NDArray[np.float64]:
    sales = product.monthly_sales
    sold = sales[min(month, len(sales) - 1)] if sales else 0.0
    if not product.survival:
        return np.concatenate(([sold], units))
    alive = np.array([*product.survival, 0.0])
    n = min(len(units), len(alive) - 1)
    kept = np.divide(alive[1 : n + 1], alive[:n], out=np.zeros(n), where=alive[:n] > 0)
    return np.concatenate(([sold * alive[0]], units[:n] * kept))
