"""Frames, distances, clipping and the shipped land."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.report.geography import LAND, Frame, clip, distance_km, land_in, shores


def area(ring: list[tuple[float, float]]) -> float:
    return sum(x * v - u * y for (x, y), (u, v) in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2


def test_a_frame_holds_its_places_and_is_cut_where_the_world_is_empty() -> None:
    lon, lat = np.array([-118.0, -80.0, -46.0, 14.0, 77.0, 121.0, 174.8]), np.array([34.0, 40.0, -23.0, 50.0, 28.0, 25.0, -36.8])
    world = Frame.around(lon, lat)
    assert -180 < world.west < -118
    assert 174.8 < world.east < 242
    pacific = Frame.around(np.array([139.7, -118.0, -122.0]), np.array([35.0, 34.0, 47.0]))
    assert pacific.east - pacific.west < 120
    assert all(pacific.holds(pacific.near(x), 40.0) for x in (139.7, -118.0, -122.0))


def test_one_place_has_a_frame_too() -> None:
    frame = Frame.around(np.array([13.4, 13.4]), np.array([52.5, 52.5]))
    assert frame.east - frame.west >= 1
    assert frame.holds(13.4, 52.5)


def test_degrees_of_longitude_are_narrowed_by_the_middle_latitude() -> None:
    frame = Frame(0.0, 20.0, 50.0, 70.0)
    assert frame.narrow == pytest.approx(0.5)
    assert frame.aspect == pytest.approx(0.5)
    ground = frame.ground(2.0, 0.5)
    assert (ground.south, ground.north) == (50.0, 70.0)
    assert (ground.east - ground.west) * 0.5 == pytest.approx(2.0 * 20.0)


def test_distance() -> None:
    quarter = distance_km(np.array([0.0]), np.array([0.0]), np.array([90.0]), np.array([0.0]))[0]
    assert quarter == pytest.approx(6371 * math.pi / 2)
    beijing_shanghai = distance_km(np.array([116.4]), np.array([39.9]), np.array([121.47]), np.array([31.23]))[0]
    assert beijing_shanghai == pytest.approx(1068, abs=5)


def test_a_clipped_ring_has_the_area_that_lies_inside() -> None:
    square = [(-1.0, -1.0), (3.0, -1.0), (3.0, 3.0), (-1.0, 3.0)]
    assert area(clip(square, Frame(0.0, 10.0, 0.0, 2.0))) == pytest.approx(3.0 * 2.0)
    assert area(clip(square, Frame(0.0, 1.0, 0.0, 1.0))) == pytest.approx(1.0)
    assert area(clip(square, Frame(-5.0, 5.0, -5.0, 5.0))) == pytest.approx(16.0)
    assert clip(square, Frame(4.0, 5.0, 0.0, 1.0)) == []


def is_land(lon: float, lat: float, frame: Frame) -> bool:
    """By the number of shores that a ray to the east crosses."""
    crossed = 0
    for ring in land_in(frame, 100_000):
        for (x, y), (u, v) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (y > lat) != (v > lat) and lon < x + (lat - y) / (v - y) * (u - x):
                crossed += 1
    return crossed % 2 == 1


@pytest.mark.parametrize(
    ("name", "lon", "lat", "land"),
    [
        ("Beijing", 116.4, 39.9, True),
        ("Taipei", 121.3, 24.9, True),
        ("Prague", 14.4, 50.1, True),
        ("Caspian Sea", 50.5, 42.0, False),
        ("Atlantic", -40.0, 30.0, False),
        ("Chukotka, beyond the date line", 184.0, 67.0, True),
        ("Auckland", 174.9, -37.2, True),
        ("South Pole", 10.0, -89.0, True),
        ("Los Angeles, seen from the Pacific", 243.0, 34.5, True),
    ],
)
def test_land_is_where_it_is(name: str, lon: float, lat: float, land: bool) -> None:
    assert is_land(lon, lat, Frame(lon - 30, lon + 30, max(-89.9, lat - 20), min(89.9, lat + 20))) is land, name


def test_land_is_small_and_only_as_fine_as_asked() -> None:
    assert LAND.stat().st_size < 300_000
    rings, details = shores()
    assert len(rings) > 100
    assert all(ring.keep.max() < details for ring in rings)
    frame = Frame(70.0, 140.0, 15.0, 55.0)
    inside = [sum(frame.holds(x, y) for ring in land_in(frame, most) for x, y in ring) for most in (100, 500, 3000)]
    assert inside[0] < inside[1] < inside[2] <= 3000
    assert all(frame.holds(x, y) for ring in land_in(frame, 500) for x, y in ring)
