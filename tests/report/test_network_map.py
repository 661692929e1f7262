"""The map: groups hold all orders, verdicts and titles are true, flows keep their sums, areas have their tables."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from fake_flows import write_flows
from fake_run import FakeRun

from sim.language import speaking
from sim.report.format import NARROW_SPACE
from sim.report.geography import Frame
from sim.report.map import Network, map_panel, network_map
from sim.report.map_flows import End, Flow, Widths, draw_flows, flow_text, gathered, outside_notes, read_flows, suppliers
from sim.report.map_network import flows_seen
from sim.report.map_points import Classes, MapPoints, areas_of, depot_distances, groups_of
from sim.report.map_text import edge_title
from sim.report.read import RunResults, read_run
from sim.report.render import data_json, figure_json
from sim.report.sketch import Sketch


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> RunResults:
    return read_run(write_flows(FakeRun().write(tmp_path_factory.mktemp("map") / "large")))


@pytest.fixture(scope="module")
def network(large: RunResults) -> Network:
    return Network.of(large, 168.0, 20)


def points_of(kinds: Sequence[str], lon: Sequence[float], regions: Sequence[str], orders: float = 100.0) -> MapPoints:
    n = len(kinds)
    names = [f"p{i}" for i in range(n)]
    ones = np.ones(n)
    return MapPoints(names, list(regions), list(kinds), 30.0 * ones, np.array(lon), orders * ones, 50.0 * ones, ones)


def test_groups_and_depots_hold_all_points_and_orders_once(network: Network) -> None:
    points = network.points
    held = [i for group in network.groups for i in group.members] + points.depots()
    assert sorted(held) == list(range(2200))
    orders = sum(group.orders for group in network.groups) + points.orders[points.depots()].sum()
    assert orders == pytest.approx(points.orders.sum(), rel=1e-12)
    assert len(network.groups) < 100
    for group in network.groups:
        assert {network.areas[i] for i in group.members} == {group.area}
        assert min(points.lat[group.members]) - 1e-9 <= group.lat <= max(points.lat[group.members]) + 1e-9


def test_a_group_is_marked_by_what_most_of_its_orders_meet() -> None:
    points = points_of(["point"] * 4, [10.0, 10.01, 10.02, 10.03], ["a"] * 4)
    points.orders[:] = [10.0, 60.0, 20.0, 5.0]
    looks = (("b", "circle", 5), ("o", "triangle-up", 6), ("v", "diamond", 7))
    (group,) = groups_of(points, Classes([0, 2, 1, -1], looks, 2, True), [""] * 4)
    assert (group.bad, group.good, group.orders) == (pytest.approx(60 / 90), pytest.approx(10 / 90), 95.0)
    assert group.look is not None
    assert group.look.symbol == "diamond"
    (mixed,) = groups_of(points, Classes([0, 1, 1, -1], looks, 2, True), [""] * 4)
    assert mixed.look is not None
    assert mixed.look.symbol == "triangle-up"
    (unrated,) = groups_of(points, Classes([-1] * 4, looks, 2, True), [""] * 4)
    assert unrated.look is None


def test_areas_are_regions_or_surroundings() -> None:
    assert areas_of(points_of(["point"] * 3, [1.0, 2.0, 3.0], ["n", "s", "n"])) == ["n", "s", "n"]
    assert areas_of(points_of(["point"] * 3, [1.0, 2.0, 3.0], ["all"] * 3)) == ["", "", ""]
    many = areas_of(points_of(["point"] * 200, np.linspace(0, 100, 200).tolist(), ["all"] * 200))
    assert 2 <= len(set(many)) <= 12
    assert all(name.startswith("Around p") for name in many)


def test_the_edge_is_told_only_where_it_is_true() -> None:
    far = np.array([700.0] * 9 + [100.0] * 3 + [90.0] * 38 + [650.0] * 2)
    bad, others = range(12), range(12, 52)
    title = edge_title(bad, others, far, known_ways=True).replace(NARROW_SPACE, " ")
    assert title == (
        "Slow points lie at the edge of the network: 9 of 12 slow points are over 100 km from their depot, 2 of the 40 others"
    )
    assert edge_title(bad, others, np.full(52, 300.0), known_ways=True) == ""
    assert edge_title(range(4), others, far, known_ways=True) == ""
    assert edge_title(others, bad, far, known_ways=True) == ""
    assert edge_title(bad, others, np.full(52, np.nan), known_ways=False) == ""


def test_depot_is_who_supplies_most_else_the_nearest() -> None:
    points = points_of(["depot", "depot", "point", "point"], [0.0, 10.0, 9.0, 9.0], [""] * 4)
    flows = [
        Flow(End("d", 0.0, 30.0), End("p2", 9.0, 30.0), "replenishment", 5.0),
        Flow(End("e", 10.0, 30.0), End("p2", 9.0, 30.0), "replenishment", 2.0),
        Flow(End("e", 10.0, 30.0), End("p2", 9.0, 30.0), "emergency", 50.0),
    ]
    names, far = depot_distances(points, suppliers(flows))
    assert names == ["", "", "d", "p1"]
    assert far[2] == pytest.approx(867, abs=3)
    assert far[3] == pytest.approx(96, abs=1)


def test_gathered_flows_keep_their_sum(network: Network) -> None:
    flows = network.flows
    assert len(flows) == 1 + 2 * 8 + 2 * 2192
    everything = gathered(flows, lambda end: end)
    seen = flows_seen(network, range(2200), network.groups)
    names = {name for group in network.groups for name in (network.points.names[i] for i in group.members)}
    for kind in ("replenishment", "forward"):
        whole = sum(f.per_year for f in everything if f.kind == kind and f.begin.is_placed)
        within = sum(f.per_year for f in seen if f.kind == kind)
        assert within == pytest.approx(whole)
    assert not names & {f.end.name for f in seen}
    assert len(seen) < 250


def test_flows_take_the_shorter_way_round_the_earth() -> None:
    sketch = Sketch(1)
    flow = Flow(End("taipei", 121.0, 25.0), End("los angeles", -118.0, 34.0), "replenishment", 10.0)
    draw_flows(sketch, [flow], Widths.of([flow]), Frame(-140.0, 190.0, -45.0, 65.0))
    (path,) = sketch.paths
    assert path["legs"] == [[(1210, 250), (2420, 340)], [(-2390, 250), (-1180, 340)]]
    assert path["line"]["width"] == 8.0
    assert flow_text(flow) == "<b>taipei to los angeles</b><br>10 units a year"


def test_places_outside_or_without_coordinates_are_named() -> None:
    flows = [
        Flow(End("maker", np.nan, np.nan), End("hub", 104.0, 1.0), "replenishment", 9.0),
        Flow(End("hub", 104.0, 1.0), End("depot", 10.0, 50.0), "replenishment", 9.0),
    ]
    notes = outside_notes(flows, Frame(0.0, 20.0, 40.0, 60.0))
    assert notes == ["Outside the map, but sending: hub.", "Without coordinates, so not drawn: maker."]


def test_the_panel_tells_and_lists_all(large: RunResults) -> None:
    panel = map_panel(large)
    assert panel is not None
    assert panel.grid is not None
    assert len(panel.grid.rows) == 8
    data = panel.data
    assert data is not None
    assert [view["name"] for view in data["views"]] == [row[0] for row in panel.grid.rows]
    assert sum(len(view["rows"]) for view in data["views"]) == 2200
    for view in data["views"]:
        assert sorted(view["members"]) == sorted({*view["members"]})
        assert {len(row) for row in view["rows"]} == {len(view["head"])}
    assert sum(int(row[1].replace(",", "")) for row in panel.grid.rows) == pytest.approx(
        large.table("points").numbers("orders").sum(), abs=8
    )
    served = sum(int(re.search(r"\(([\d,]+)\)$", entry.label)[1].replace(",", "")) for entry in panel.legend[:4])  # type: ignore[index]
    assert served == 2192
    assert len(data_json(data).encode()) < 450_000
    assert panel.scripts == ("map.js",)


def test_land_on_a_page_is_small_and_has_no_border_inside(large: RunResults) -> None:
    panel = map_panel(large)
    assert panel is not None
    assert panel.data is not None
    paths = [p for v in panel.data["views"] for p in v["sketch"]["paths"] if p["name"] == "land"]
    whole = [s["path"] for s in json.loads(figure_json(panel))["layout"]["shapes"] if s["name"] == "land"]
    assert len(whole) == 1
    assert sum(len(data_json(p)) for p in paths) + len(whole[0]) < 60_000
    assert all(p["line"]["width"] == 0 for p in paths)


def test_small_networks_show_all_points_at_once(tmp_path: Path) -> None:
    run = read_run(FakeRun(points=100).write(tmp_path / "small"))  # no flows.csv, as in folders of before
    panel = map_panel(run)
    assert panel is not None
    assert panel.data is not None
    network = Network.of(run, 168.0, 20)
    assert network.groups == []
    marks = network_map(network).data
    assert sum(len(trace.x) for trace in marks if trace.meta == "point") == 100 - len(network.points.depots())
    assert panel.data["flows"] == ""
    assert [s.name for s in network_map(network).layout.shapes] == ["land"]


def test_packed_sketches_come_back() -> None:
    sketch = Sketch(2)
    sketch.mark([(1.0, 2.0), (1.5, -2.25)], meta="point")
    sketch.path([[(1.0, 2.0), (3.0, 4.0)], [(1.0, 2.0), (0.5, 0.25)]], "line")
    sketch.layout = {"xaxis": {}, "yaxis": {}}
    packed = sketch.packed()
    assert packed["marks"][0]["legs"] == [[100, 200, 50, -425]]
    assert packed["paths"][0]["legs"] == [[100, 200, 200, 200], [0, 0, -50, -175]]
    figure = sketch.figure()
    assert list(figure.data[0].y) == [2.0, -2.25]
    assert figure.layout.shapes[0].path == "M1.0,2.0L3.0,4.0M1.0,2.0L0.5,0.25"


def test_the_map_speaks_chinese(large: RunResults) -> None:
    with speaking("zh"):
        panel = map_panel(large)
    assert panel is not None
    assert panel.grid is not None
    assert panel.grid.head[0] == "区域"
    assert panel.data is not None
    assert panel.data["whole"] == "整个网络"
    assert read_flows(large.table("nothing")) == []
