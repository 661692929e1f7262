"""Queues of contact centres with exact results: Erlang B, C and A.

Sources
-------
Cooper, R. B. (1981). *Introduction to Queueing Theory*, 2nd ed. (loss and delay formulas).
Gross, D., Shortle, J. F., Thompson, J. M., Harris, C. M. (2008). *Fundamentals of Queueing Theory*, 4th ed. (M/M/c).
Zeltyn, S., Mandelbaum, A. (2005). Call centers with impatient customers: many-server asymptotics of the M/M/n+G queue.
*Queueing Systems* 51, 361-402.

Rates are per hour and times in hours throughout (any one unit of time will do).
"""

from __future__ import annotations

import math
from dataclasses import dataclass


def erlang_b(servers: int, load: float) -> float:
    """Probability that all servers are busy in M/G/c/c.

    Parameters
    ----------
    servers
        Number of servers c >= 0.
    load
        Offered load a = arrival rate x mean service time, in Erlang.

    Returns
    -------
    float
        B(c, a), by the recursion B(k) = a B(k-1) / (k + a B(k-1)), B(0) = 1 (Cooper 1981, ch. 3).
    """
    blocked = 1.0
    for k in range(1, servers + 1):
        blocked = load * blocked / (k + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """Probability that an arrival must wait in M/M/c; 1 if the load is not below the servers.

    Parameters
    ----------
    servers
        Number of servers c >= 0.
    load
        Offered load a in Erlang.

    Returns
    -------
    float
        C(c, a) = c B / (c - a (1 - B)) with B = B(c, a) (Gross et al. 2008, sec. 2.3; Cooper 1981, ch. 3).
    """
    if load >= servers:
        return 1.0
    blocked = erlang_b(servers, load)
    return servers * blocked / (servers - load * (1.0 - blocked))


@dataclass(frozen=True, slots=True)
class ErlangC:
    """Steady state of M/M/c: patient customers, first come, first served.

    Parameters
    ----------
    servers
        Agents c.
    rate
        Arrivals per hour.
    handle
        Mean handle time, h.
    """

    servers: int
    rate: float
    handle: float

    @property
    def load(self) -> float:
        """Offered load in Erlang."""
        return self.rate * self.handle

    @property
    def is_stable(self) -> bool:
        """Whether the queue has a steady state."""
        return self.load < self.servers

    @property
    def occupancy(self) -> float:
        """Share of time that an agent is busy."""
        return min(self.load / self.servers, 1.0) if self.servers else 0.0

    @property
    def delay_probability(self) -> float:
        """Share of customers who wait."""
        return erlang_c(self.servers, self.load)

    @property
    def asa(self) -> float:
        """Average speed of answer, zeros included: C / (c mu - lambda), h (Gross et al. 2008, sec. 2.3)."""
        if not self.is_stable:
            return math.inf
        return self.delay_probability * self.handle / (self.servers - self.load)

    @property
    def queue_mean(self) -> float:
        """Mean number waiting, by Little's law."""
        return self.rate * self.asa

    def service_level(self, threshold: float) -> float:
        """Share answered within `threshold` hours: 1 - C exp(-(c mu - lambda) t) (Gross et al. 2008, sec. 2.3)."""
        if not self.is_stable:
            return 0.0
        return 1.0 - self.delay_probability * math.exp(-(self.servers - self.load) / self.handle * threshold)


@dataclass(frozen=True, slots=True)
class ErlangA:
    """Steady state of M/M/n+M: customers hang up after an exponential patience.

    All values come from the building blocks of Zeltyn and Mandelbaum (2005), specialised to exponential
    patience, or from the birth-and-death chain (Palm's model) with rates lambda up, min(j, n) mu + max(j - n, 0) theta down.

    Parameters
    ----------
    servers
        Agents n.
    rate
        Arrivals per hour.
    handle
        Mean handle time, h.
    patience
        Mean patience, h.
    """

    servers: int
    rate: float
    handle: float
    patience: float

    @property
    def states(self) -> tuple[float, ...]:
        """Probabilities of 0, 1, ... customers present, cut where the tail is below 1e-16 of the largest."""
        if self.rate <= 0:
            return (1.0,)
        logs = [0.0]
        top = 0.0
        j = 0
        while True:
            j += 1
            down = min(j, self.servers) / self.handle + max(j - self.servers, 0) / self.patience
            logs.append(logs[-1] + math.log(self.rate / down))
            top = max(top, logs[-1])
            if down > self.rate and logs[-1] < top - 37.0:
                break
        weights = [math.exp(v - top) for v in logs]
        total = math.fsum(weights)
        return tuple(w / total for w in weights)

    @property
    def delay_probability(self) -> float:
        """Share of customers who find all agents busy (arrivals see time averages)."""
        return math.fsum(self.states[self.servers :])

    @property
    def queue_mean(self) -> float:
        """Mean number waiting."""
        return math.fsum((j - self.servers) * p for j, p in enumerate(self.states) if j > self.servers)

    @property
    def mean_wait(self) -> float:
        """Mean wait of all customers, answered or not, by Little's law; h."""
        return self.queue_mean / self.rate if self.rate > 0 else 0.0

    @property
    def abandonment(self) -> float:
        """Share of customers who hang up: theta E[W] (rate balance of those who hang up)."""
        return self.mean_wait / self.patience

    @property
    def occupancy(self) -> float:
        """Share of time that an agent is busy."""
        return self.rate * self.handle * (1.0 - self.abandonment) / self.servers if self.servers else 0.0

    @property
    def asa(self) -> float:
        """Mean wait of the answered, h."""
        answered, _, waited = self._answered(math.inf)
        return waited / answered if answered > 0 else math.nan

    def service_level(self, threshold: float) -> float:
        """Share of all customers answered within `threshold` hours."""
        return self._answered(threshold)[1]

    def _answered(self, threshold: float) -> tuple[float, float, float]:
        """Share answered, share answered within the threshold, and their waits up to it per offered customer.

        The offered wait V of an infinitely patient arrival has density c exp(lambda H(x) - n mu x), x > 0, with
        H(x) = (1 - exp(-theta x)) / theta (building blocks of M/M/n+G, Zeltyn and Mandelbaum 2005); c follows from
        P(V > 0), the delay probability of the chain. The customer is answered after x if V = x and his patience lasts,
        exp(-theta x).
        """
        from scipy.integrate import quad

        lam, theta, drain = self.rate, 1.0 / self.patience, self.servers / self.handle
        if lam <= 0 or self.servers == 0:
            return (1.0, 1.0, 0.0) if lam <= 0 else (0.0, 0.0, 0.0)
        waiting = self.delay_probability

        def exponent(x: float) -> float:
            return lam * -math.expm1(-theta * x) / theta - drain * x

        peak = max(0.0, math.log(lam / drain) / theta) if lam > drain else 0.0
        ref = exponent(peak)
        spread = peak + 1.0 / drain
        while exponent(spread) > ref - 45.0:
            spread += spread - peak

        def integral(power: int, survive: float, end: float) -> float:
            def density(x: float) -> float:
                return float(x**power * math.exp(exponent(x) - ref - survive * x))

            points = [p for p in (peak, peak / 2, 1.0 / drain) if 0 < p < end]
            return float(quad(density, 0.0, end, points=points or None, limit=400, epsabs=0.0, epsrel=1e-10)[0])

        scale = waiting / integral(0, 0.0, spread)
        at_once = 1.0 - waiting
        end = min(threshold, spread)
        answered = at_once + scale * integral(0, theta, spread)
        within = at_once + (scale * integral(0, theta, end) if end > 0 else 0.0)
        return answered, within, scale * integral(1, theta, end) if end > 0 else 0.0


def agents_for_service_level(rate: float, handle: float, threshold: float, share: float) -> int:
    """Fewest agents with which Erlang C answers a share of the customers within `threshold` hours.

    Parameters
    ----------
    rate, handle
        Arrivals per hour and mean handle time, h.
    threshold, share
        Wanted: at least `share` (below 1) within `threshold` hours.

    Raises
    ------
    ValueError
        If the share is not below 1: no number of agents is enough.
    """
    if share >= 1.0:
        raise ValueError(f"no number of agents answers a share of {share} within {threshold} h")
    servers = max(1, math.floor(rate * handle) + 1)
    while ErlangC(servers, rate, handle).service_level(threshold) < share:
        servers += 1
    return servers
