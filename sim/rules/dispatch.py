"""Which service point receives an order: the nearest that can do it; where distances are not known, one of the same region."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Vectors = tuple[NDArray[np.float64], ...]
EARTH_KM = 6371.0088  # mean radius
_TIE = 1e-15  # squared chords of the unit sphere that count as equal: about 0.2 m


def great_circle_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Distance on the sphere by the haversine formula; NaN if a coordinate (degrees) is NaN."""
    a, b = math.radians(lat1), math.radians(lat2)
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, h))) if h == h else h


def _unit_vectors(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> Vectors:
    a, b = np.radians(lat), np.radians(lon)
    return np.cos(a) * np.cos(b), np.cos(a) * np.sin(b), np.sin(a)


def select_nearest(
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    site_lat: NDArray[np.float64],
    site_lon: NDArray[np.float64],
    block: int = 256,
) -> NDArray[np.int64]:
    """The nearest site of every place, by great circle.

    Parameters
    ----------
    lat, lon
        Places, degrees, shape (n,); NaN: not known.
    site_lat, site_lon
        Sites, degrees, shape (m,).
    block
        Places done at a time (bounds memory, never changes the result).

    Returns
    -------
    ndarray of int, shape (n,)
        Index of the site, the first of equals; -1 where the place or all sites have no coordinates.
    """
    result = np.full(len(lat), -1, dtype=np.int64)
    known = np.flatnonzero(np.isfinite(site_lat) & np.isfinite(site_lon))
    if len(known) == 0:
        return result
    sites, places = _unit_vectors(site_lat[known], site_lon[known]), _unit_vectors(lat, lon)
    rising = np.argsort(sites[2], kind="stable")  # by height over the equator, so that a block looks at a band only
    heights = sites[2][rising]
    placed = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))
    placed = placed[np.argsort(places[2][placed], kind="stable")]
    for begin in range(0, len(placed), block):
        mine = placed[begin : begin + block]
        here = tuple(axis[mine] for axis in places)
        middle = int(np.searchsorted(heights, here[2][len(mine) // 2]))
        some = rising[max(0, middle - block) : middle + block]
        # no site nearer than the nearest of `some` is further off than this in height alone
        reach = np.sqrt(_chords(here, sites, some).min(axis=1).max() + _TIE) + _TIE
        low, high = np.searchsorted(heights, (here[2][0] - reach, here[2][-1] + reach))
        near = np.sort(rising[low:high])
        chord = _chords(here, sites, near)
        best = chord.min(axis=1)
        result[mine] = known[near[np.argmax(chord <= best[:, None] + _TIE, axis=1)]]
    return result


def _chords(places: Vectors, sites: Vectors, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """Squared straight distances through the unit globe, shape (places, chosen)."""
    chord = np.zeros((len(places[0]), len(chosen)))
    for place, site in zip(places, sites, strict=True):
        chord += (place[:, None] - site[None, chosen]) ** 2
    return chord


def share_by_region(
    markets: NDArray[np.int64], market_region: NDArray[np.int64], site_region: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The site of each market where distances are not known: all sites are equally near, those of its own region first.

    Parameters
    ----------
    markets
        Markets asked for, indices into `market_region`.
    market_region, site_region
        Region of every market and of every site.

    Returns
    -------
    ndarray of int, shape of `markets`
        Index of the site. The markets of a region take turns through the sites of the region, in the order of both; markets
        of a region without a site take turns through all sites.
    """
    result = markets % len(site_region)
    for region in np.unique(market_region[markets]).tolist():
        local = np.flatnonzero(site_region == region)
        if len(local):
            turn = np.cumsum(market_region == region) - 1
            mine = market_region[markets] == region
            result[mine] = local[turn[markets[mine]] % len(local)]
    return result
