"""Contact measures of tables worked out by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from small_tables import NAN, as_dict, centre_plan, contact, rows_of, served, tables_of

from sim.analysis.kpis import Rows
from sim.analysis.reduce_contacts import reduce_contacts
from sim.analysis.reduce_gauges import reduce_gauges, sum_gauges
from sim.analysis.window import window_of
from sim.columns import (
    ABANDONED,
    BLOCKED,
    CLOSED,
    CONTAINED,
    ESCALATED,
    G_BUSY,
    G_CONVERSATIONS,
    G_QUEUE,
    G_STAFFED,
    OUTBOUND,
    REDIAL,
    REPAIR,
    RESOLVED,
    STATUS,
    TRANSFER,
    TRANSFERRED,
    UNRESOLVED,
    WAITING,
)
from sim.scenario.plan import Centre, Run

ROWS = rows_of(
    "contacts",
    served(1.0, 0.0, 0.5, case=0),  # before the window
    served(2.0, 0.0, 0.5, case=1),
    served(3.0, 0.05, 0.25, REPAIR, case=2, segment=1),
    served(3.5, 0.3, 0.25, case=3),
    contact(4.0, ABANDONED, case=4, ended_h=4.01),  # short
    contact(5.0, ABANDONED, case=5, ended_h=5.04),  # within the threshold, not short
    served(5.5, 0.0, 0.5, case=5, attempt=2, kind=REDIAL),
    contact(6.0, BLOCKED, case=6),
    contact(7.0, CLOSED, case=7),
    contact(11.5, WAITING, case=8, ended_h=NAN),
    served(8.0, 0.0, 0.1, CONTAINED, case=9, line=1, group=-1, served_line=-1),
    served(8.5, 0.0, 0.1, ESCALATED, case=10, line=1, group=-1, served_line=-1),
    served(9.0, 0.5, 0.1, case=2, attempt=2, kind=OUTBOUND),
    served(9.0, 0.5, 0.1, case=3, attempt=2, kind=TRANSFER),
)
DAYS = 10 / 24


def reduced() -> tuple[dict[tuple[str, str], float], dict[str, float], dict[str, np.ndarray]]:  # type: ignore[type-arg]
    plan, rows = centre_plan(), Rows()
    found = reduce_contacts(plan, tables_of(contacts=ROWS)["contacts"], window_of(plan), rows)
    return as_dict(rows), found.facts, {**found.frames, **found.daily}


def test_flows_and_their_identity() -> None:
    kpis, _, _ = reduced()
    flows = {name: kpis[f"contact.{name}", "all"] * DAYS for name in ("offered", "answered", "abandoned", "blocked", "closed")}
    assert flows == pytest.approx({"offered": 8, "answered": 4, "abandoned": 2, "blocked": 1, "closed": 1})
    # offered = answered + abandoned + blocked + waiting at the end
    assert flows["offered"] == pytest.approx(flows["answered"] + flows["abandoned"] + flows["blocked"] + 1)


def test_waits() -> None:
    kpis, _, _ = reduced()
    assert kpis["contact.asa", "all"] == pytest.approx((0.05 + 0.3) / 4)
    assert kpis["contact.wait.mean", "all"] == pytest.approx((0.05 + 0.3 + 0.01 + 0.04) / 6)
    assert kpis["contact.wait_probability", "all"] == pytest.approx(5 / 7)  # two answered, two abandoned, one waiting
    assert kpis["contact.abandon_rate", "all"] == pytest.approx(2 / 8)
    assert kpis["contact.block_rate", "all"] == pytest.approx(1 / 8)
    assert kpis["contact.aht", "all"] == pytest.approx((0.5 + 0.25 + 0.25 + 0.5) / 4)


def test_four_service_levels() -> None:
    kpis, _, _ = reduced()
    level = {
        name.removeprefix("contact.service_level"): v for (name, g), v in kpis.items() if g == "all" and "service_level" in name
    }
    assert level == pytest.approx(
        {"": 3 / 8, ".answered": 3 / 4, ".excluding_short": 3 / 7, ".short_as_success": 4 / 8, ".by_customer": 2 / 7}
    )


def test_groups() -> None:
    kpis, _, _ = reduced()
    assert kpis["contact.offered", "segment=firm"] * DAYS == pytest.approx(1)
    assert kpis["contact.offered", "segment=home"] * DAYS == pytest.approx(7)
    assert kpis["contact.offered", "site=desk;channel=voice"] == kpis["contact.offered", "all"]
    assert kpis["contact.offered", "site=desk"] == kpis["contact.offered", "all"]
    assert kpis["contact.offered", "channel=web"] * DAYS == pytest.approx(2)
    assert kpis["contact.contained_share", "all"] == 0.5
    assert kpis["contact.self_service", "all"] * DAYS == pytest.approx(2)
    assert kpis["contact.asa", "kind=outbound"] == 0.5
    assert kpis["contact.share", "kind=redial"] == pytest.approx(1 / 10)
    shares = [v for (name, _), v in kpis.items() if name == "contact.share"]
    assert sum(shares) == pytest.approx(1.0)
    assert not [g for _, g in kpis if g.startswith("region=")]  # the one region has no name


def test_facts_and_frames() -> None:
    _, facts, frames = reduced()
    assert facts["cases_by_contact"] == 10  # cases 1..10 made their first attempt in the window, the closed one included
    assert facts["customer_attempts"] == 11
    assert facts["answered_cost"] == 2.0 * 6  # outbound and transfers cost too
    assert frames["halfhour"].shape == (2, 2, 48, 4)
    assert frames["halfhour"][0, 0].sum(axis=0).tolist() == [8, 4, 2, 3]
    assert frames["halfhour"][0, 0, 7].tolist() == [1, 1, 0, 0]  # the contact of 3:30
    assert frames["contact.offered"].tolist() == [9]  # the day counts the warm-up too
    busy = frames["week_contacts"][0, :, 0]
    assert busy.sum() == pytest.approx(0.5 + 0.25 + 0.25 + 0.5 + 0.1 + 0.1)
    assert busy[3] == pytest.approx(0.25 + 0.2)  # 3:03-3:18 and 3:48-4:00
    assert frames["wait_histogram"].sum() == 6


def test_attempts_that_reach_no_line_are_contacts_of_a_case_only() -> None:
    plan, rows = centre_plan(), Rows()
    again = contact(6.0, CLOSED, case=20, line=-1, attempt=2, kind=REDIAL)
    lost = rows_of("contacts", contact(5.0, CLOSED, case=20, line=-1), again)
    table = np.concatenate((ROWS, lost))
    found = reduce_contacts(plan, tables_of(contacts=table)["contacts"], window_of(plan), rows)
    kpis, facts, _ = reduced()
    assert as_dict(rows) == kpis
    assert found.facts["cases_by_contact"] == facts["cases_by_contact"] + 1
    assert found.facts["customer_attempts"] == facts["customer_attempts"] + 2


def test_first_contact_resolution() -> None:
    plan = centre_plan(run=Run("2024-01-01", 400.0, 0.0, 1, 1))
    week = 168.0
    table = rows_of(
        "contacts",
        served(1.0, 0.0, 0.5, RESOLVED, case=1),  # good
        served(1.0, 0.0, 0.5, REPAIR, case=2),  # good: nobody asks within a week
        served(1.5 + week + 0.1, 0.0, 0.1, 4, case=2, attempt=2, kind=STATUS),
        served(1.0, 0.0, 0.5, REPAIR, case=3),  # asks for the status within a week
        served(1.5 + week, 0.0, 0.1, 4, case=3, attempt=2, kind=STATUS),
        served(1.0, 0.0, 0.5, UNRESOLVED, case=4),
        served(1.0, 0.0, 0.5, TRANSFERRED, case=5),  # good: tier 2 solved it, and a later outbound call is ours
        served(1.5, 0.2, 0.5, RESOLVED, case=5, attempt=2, kind=TRANSFER),
        served(9.0, 0.0, 0.5, 4, case=5, attempt=3, kind=OUTBOUND),
        served(1.0, 0.0, 0.5, TRANSFERRED, case=6),  # tier 2 lost him
        contact(1.5, ABANDONED, case=6, attempt=2, kind=TRANSFER, ended_h=1.6),
        contact(1.0, ABANDONED, case=7, ended_h=1.1),  # not answered: does not count
        served(300.0, 0.0, 0.5, RESOLVED, case=8),  # its week is not over
    )
    rows = Rows()
    order = np.random.default_rng(1).permutation(len(table))
    reduce_contacts(plan, tables_of(contacts=table[order])["contacts"], window_of(plan), rows)
    kpis = as_dict(rows)
    assert kpis["contact.fcr", "all"] == pytest.approx(3 / 6)
    assert kpis["contact.fcr", "site=desk;channel=voice"] == pytest.approx(3 / 6)


def test_gauges_are_cut_at_the_window() -> None:
    plan, rows = centre_plan(), Rows()
    table = rows_of(
        "gauges",
        {"gauge": G_QUEUE, "owner": 0, "sub": -1, "begin_h": 0, "elapsed_h": 2, "integral": 100},
        {"gauge": G_QUEUE, "owner": 0, "sub": -1, "begin_h": 2, "elapsed_h": 10, "integral": 5},
        {"gauge": G_BUSY, "owner": 0, "sub": -1, "begin_h": 0, "elapsed_h": 12, "integral": 24},  # constant over the stretch
        {"gauge": G_STAFFED, "owner": 0, "sub": -1, "begin_h": 0, "elapsed_h": 12, "integral": 36},
        {"gauge": G_CONVERSATIONS, "owner": 0, "sub": -1, "begin_h": 2, "elapsed_h": 10, "integral": 30},
    )
    reduce_gauges(plan, sum_gauges(plan, tables_of(gauges=table)["gauges"], window_of(plan)), window_of(plan), rows)
    kpis = as_dict(rows)
    assert kpis["contact.queue.mean", "all"] == pytest.approx(0.5)
    assert kpis["contact.occupancy", "site=desk"] == pytest.approx(2 / 3)
    assert kpis["contact.concurrency", "all"] == pytest.approx(1.5)
    assert kpis["contact.queue.growth", "all"] == pytest.approx(0.0, abs=1e-12)


def test_no_contacts_give_flows_of_zero_and_no_ratios() -> None:
    plan, rows = dataclasses.replace(centre_plan(), groups=()), Rows()
    reduce_contacts(plan, tables_of()["contacts"], window_of(plan), rows)
    kpis = as_dict(rows)
    assert kpis["contact.offered", "all"] == 0.0
    assert ("contact.asa", "all") not in kpis
    assert ("contact.fcr", "all") not in kpis


def test_overflow_and_tier_two_are_seen_where_the_work_is() -> None:
    base = centre_plan()
    voice = dataclasses.replace(base.lines[0], overflow_line_ix=2, overflow_after_h=0.05, transfer=0.2, transfer_line_ix=3)
    lines = (
        voice,
        base.lines[1],
        dataclasses.replace(base.lines[0], name="other/voice", centre_ix=1),
        dataclasses.replace(base.lines[0], name="desk/experts", channel_ix=-1),
    )
    plan = dataclasses.replace(base, lines=lines, centres=(*base.centres, Centre("other", "UTC")), entry=((0,), (1,)))
    table = rows_of(
        "contacts",
        served(3.0, 0.0, 0.1, case=1),
        served(3.0, 0.2, 0.1, case=2, served_line=2),
        served(4.0, 0.0, 0.1, 4, case=2, attempt=2, kind=STATUS),
        served(4.0, 0.0, 0.1, 4, case=1, attempt=2, kind=OUTBOUND, served_line=2),
        served(5.0, 0.0, 0.1, TRANSFERRED, case=3),
        served(5.1, 0.3, 0.1, case=3, attempt=2, kind=TRANSFER, line=3, served_line=3),
        contact(5.1, ABANDONED, case=4, attempt=2, kind=TRANSFER, line=3, ended_h=5.5),
    )
    rows = Rows()
    reduce_contacts(plan, tables_of(contacts=table)["contacts"], window_of(plan), rows)
    kpis = as_dict(rows)
    handled = {group: value * DAYS for (kpi, group), value in kpis.items() if kpi == "contact.served"}
    assert handled == pytest.approx({
        "all": 6, "site=desk": 4, "site=desk;channel=voice": 3, "site=desk;channel=experts": 1,
        "site=other": 2, "site=other;channel=voice": 2,
    })  # fmt: skip
    overflow = {group: value for (kpi, group), value in kpis.items() if kpi == "contact.overflow_rate"}
    assert overflow == pytest.approx({"all": 1 / 4, "site=desk;channel=voice": 1 / 4})
    experts = {kpi.removeprefix("contact."): v for (kpi, group), v in kpis.items() if group == "site=desk;channel=experts"}
    assert experts["offered"] * DAYS == pytest.approx(2)
    assert experts["answered"] * DAYS == pytest.approx(1)
    assert experts["asa"] == pytest.approx(0.3)
    assert experts["service_level"] == 0.0
    assert kpis["contact.offered", "all"] == kpis["contact.offered", "site=desk"] == pytest.approx(4 / DAYS)
    zeros = {group for (kpi, group), _ in kpis.items() if kpi != "contact.served"}
    assert not zeros & {"site=other", "site=other;channel=voice", "channel=experts"}
