"""Who receives an order, by when it is due, and what its case turns out to need."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from repair_world import (
    CARRY_IN,
    MAIL_IN,
    NAN,
    ON_SITE,
    Call,
    RepairWorld,
    markets_at,
    plan_of,
    point,
)

from sim.distributions import exponential
from sim.model.service.dispatch import Dispatch
from sim.rules.dispatch import great_circle_km, select_nearest
from sim.scenario.offered_load import Offered
from sim.scenario.plan import (
    Fault,
    Product,
    Segment,
    StatusLoop,
)


def test_due_times(tmp_path: Path) -> None:
    segments = (
        Segment("plain", promise_h=48.0),
        Segment("workshop", promise_h=48.0, promise_clock="workshop"),
        Segment("working", promise_h=48.0, promise_working_days=True, promise_calendar_ix=0),
        Segment("none"),
    )
    world = RepairWorld(plan_of([point(hand_in=5.0)], segments=segments), tmp_path)
    for i in range(4):
        world.open_at(90.0, segment_ix=i)  # Thursday 18:00; two working days: Monday 18:00
    assert world.run()["orders"]["due_h"].tolist() == [138.0, 143.0, 186.0, math.inf]


def test_late_orders_are_told_only_if_owners_ask(tmp_path: Path) -> None:
    segments = (Segment("s", promise_h=2.5),)
    for rate, late in ((0.0, []), (0.1, [(3.5, 1)])):
        folder = tmp_path / str(rate)
        folder.mkdir()
        world = RepairWorld(plan_of([point()], segments=segments, status=StatusLoop(rate=rate)), folder)
        world.open_at(0.0)
        world.open_at(1.0)  # waits till 2, back at 4
        world.run()
        assert world.journey.late == late


def test_great_circle_distances() -> None:
    assert great_circle_km(0.0, 0.0, 0.0, 90.0) == pytest.approx(6371.0088 * math.pi / 2)
    a, b, across = math.radians(59.9139), math.radians(31.2304), math.radians(121.4737 - 10.7522)  # Oslo - Shanghai
    angle = math.acos(math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(across))  # law of cosines
    assert great_circle_km(59.9139, 10.7522, 31.2304, 121.4737) == pytest.approx(6371.0088 * angle, rel=1e-12)
    assert math.isnan(great_circle_km(NAN, 0.0, 0.0, 0.0))


def test_nearest_agrees_with_distances_and_blocks_do_not_matter() -> None:
    rng = np.random.default_rng(3)
    lat, lon = rng.uniform(-80, 80, 50), rng.uniform(-180, 180, 50)
    site_lat, site_lon = rng.uniform(-80, 80, 30), rng.uniform(-180, 180, 30)
    site_lat[7] = NAN
    best = [
        min((k for k in range(30) if k != 7), key=lambda k: great_circle_km(lat[i], lon[i], site_lat[k], site_lon[k]))
        for i in range(50)
    ]
    assert select_nearest(lat, lon, site_lat, site_lon).tolist() == best
    assert select_nearest(lat, lon, site_lat, site_lon, block=7).tolist() == best
    lat[4] = NAN
    assert select_nearest(lat, lon, site_lat, site_lon)[4] == -1


def test_ties_go_to_the_first() -> None:
    place = np.array([10.0])
    assert select_nearest(place, place, np.array([20.0, 0.0, 0.0]), np.array([20.0, 5.0, 5.0])).tolist() == [1]


def test_who_receives_an_order() -> None:
    workshops = [
        point("far", lat=50.0, lon=0.0),
        point("near", lat=10.0, lon=0.0, product_ix=(1,)),
        point("depot", lat=80.0, lon=0.0, modes=("mail_in",)),
        point("team a", lat=11.0, lon=0.0, modes=("on_site",), region_ix=0),
        point("team b", lat=90.0, lon=0.0, modes=("on_site",), region_ix=1),
        point("nowhere", region_ix=1),
    ]
    products = (Product("a"), Product("b"))
    markets = markets_at((10.0, 0.0, 0), (10.0, 0.0, 1), (10.0, 0.0, 2), (NAN, NAN, 1), (NAN, NAN, 7))
    dispatch = Dispatch(plan_of(workshops, markets=markets, products=products))
    assert [dispatch.select_workshop(0, CARRY_IN, p) for p in (0, 1)] == [0, 1]
    assert dispatch.select_workshop(0, MAIL_IN, 0) == 2
    assert [dispatch.select_workshop(m, ON_SITE, 0) for m in (0, 1, 2)] == [3, 4, 3]
    assert [dispatch.select_workshop(m, CARRY_IN, 0) for m in (3, 4)] == [5, 0]
    assert dispatch.km(0, 0) == pytest.approx(6371.0088 * math.pi * 40 / 180)
    assert dispatch.km(3, 0) == 0.0


def test_shares_of_faults_and_parts(tmp_path: Path) -> None:
    from sim.model.service.latent import DrawCache, Latent

    faults = (Fault("a", 0.2, ((0, 0.5, 1),)), Fault("b", 0.8, ((1, 0.25, 3), (2, 1.0, 1))))
    plan = plan_of([point()], faults)
    latent = Latent(plan, DrawCache())
    world = RepairWorld(plan, tmp_path)
    drawn = [(latent.draw_fault(c), c.key) for c in (world.case(0.0) for _ in range(4000))]
    names = [f.name for f, _ in drawn if f is not None]
    assert names.count("a") / 4000 == pytest.approx(0.2, abs=4 * math.sqrt(0.16 / 4000))
    lines = [f.draw_lines(key) for f, key in drawn if f is not None and f.name == "b"]
    assert all(line[-1] == (2, 1) for line in lines)
    share = sum(line[0] == (1, 3) for line in lines) / len(lines)
    assert share == pytest.approx(0.25, abs=4 * math.sqrt(0.1875 / len(lines)))


def test_without_coordinates_markets_share_the_workshops_of_their_region() -> None:
    shops = [point(f"w{i}", region_ix=region) for i, region in enumerate((0, 0, 1, 1))]
    places = [(NAN, NAN, region) for region in (0, 1, 0, 1, 0, 2, 2)]
    plan = plan_of(shops, markets=markets_at(*places), regions=("north", "south", "west"))
    receivers = [Dispatch(plan).select_workshop(market, CARRY_IN, 0) for market in range(len(places))]
    assert receivers == [0, 2, 1, 3, 0, 1, 2]  # west has none: all take turns, by market
    offered = Offered(plan)
    assert offered._receivers(CARRY_IN, np.arange(4)).tolist() == receivers


def test_promises_pass_in_order_and_closed_orders_cost_no_event(tmp_path: Path) -> None:
    segments = (Segment("all", promise_h=5.0), Segment("firm", promise_h=1.0))
    bench = point(heads=9, calendar_ix=-1, repair=exponential(5.0))
    world = RepairWorld(plan_of([bench], segments=segments, status=StatusLoop(rate=1.0)), tmp_path)
    for i in range(40):
        world.open_at(20.0 + i * 1.5, segment_ix=i % 2)
    orders = world.run()["orders"]
    late = orders[~(orders["closed_h"] <= orders["due_h"])]
    assert 0 < len(late) < 40
    expected = sorted((float(row["due_h"]), int(row["order"])) for row in late)
    assert sorted(world.journey.late) == expected == world.journey.late
    assert world.clock.events < 40 * 2 + 40  # opening, end of repair, and not one alarm for each of the 40 promises


def test_a_promise_that_overtakes_another_has_its_own_alarm(tmp_path: Path) -> None:
    segments = (Segment("all", promise_h=5.0),)
    world = RepairWorld(plan_of([point(repair=100.0)], segments=segments, status=StatusLoop(rate=1.0)), tmp_path)
    first, old = world.case(10.0), world.case(7.0)
    world.clock.at(10.0, Call(lambda: world.service.open(first, CARRY_IN)))
    world.clock.at(11.0, Call(lambda: world.service.open(old, CARRY_IN)))
    world.run()
    assert world.journey.late == [(12.0, 1), (15.0, 0)]


def test_the_nearest_site_is_that_of_a_full_search() -> None:
    rng = np.random.default_rng(5)
    for places, sites, block in ((400, 90, 16), (50, 700, 256), (300, 3, 64)):
        lat, lon = rng.uniform(-90, 90, places), rng.uniform(-180, 180, places)
        site_lat, site_lon = np.round(rng.uniform(-90, 90, sites)), np.round(rng.uniform(-180, 180, sites))  # some coincide
        lat[0], site_lon[1] = np.nan, np.nan
        found = select_nearest(lat, lon, site_lat, site_lon, block)
        km = np.array(
            [
                [great_circle_km(a, b, c, d) for c, d in zip(site_lat, site_lon, strict=True)]
                for a, b in zip(lat, lon, strict=True)
            ]
        )
        assert found[0] == -1
        assert found[1:].tolist() == np.nanargmin(np.round(km[1:], 6), axis=1).tolist()
