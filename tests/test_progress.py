"""What is said of a run that is under way."""

from __future__ import annotations

import pytest

from sim.cli.progress import RunState, Share, _Lines, progress_of


class Watch:
    """Seconds that the test sets."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def state_of(*shares: Share) -> tuple[RunState, Watch]:
    watch = Watch()
    return RunState(shares, watch), watch


def test_date_pace_and_time_left() -> None:
    state, watch = state_of(Share(1, 240.0, "2024-01-31"))
    assert state.detail() == ""
    watch.seconds += 4.0
    state.update(0, 24.0, 10_000)
    assert state.detail() == "0:36 left · 2024-02-01 · 2,500 events/s"
    state.update(0, 240.0, 100_000)
    assert "summing up" in state.detail()


def test_several_replications_at_once() -> None:
    state, watch = state_of(Share(3, 48.0, "2024-01-01"), Share(3, 96.0, "2025-01-01"))
    assert state.total_h == 3 * 48 + 3 * 96
    watch.seconds += 60.0
    for replication in range(3):
        state.update(replication, 48.0, 60)
    state.update(4, 24.0, 30)
    state.update(5, 72.0, 90)
    assert state.done_h == 240.0
    assert state.detail() == "0:48 left · 2025-01-02 to 2025-01-04 · 5 events/s · 3/6 done"


def test_stored_replications_are_no_pace() -> None:
    state, watch = state_of(Share(4, 100.0, "2024-01-01"))
    for replication in range(2):
        state.update(replication, 100.0, 0)
    assert state.seconds_left is None
    watch.seconds += 10.0
    state.update(2, 50.0, 500)
    assert state.seconds_left == pytest.approx(30.0)


def test_the_total_grows_at_a_look() -> None:
    """A goal may ask for more: those of the next look are told with clock 0."""
    state, watch = state_of(Share(2, 100.0, "2024-01-01", 6), Share(2, 100.0, "2024-01-01", 6))
    assert state.total_h == 400.0
    watch.seconds += 10.0
    for replication in (0, 1):
        state.update(replication, 0.0, 0)
        state.update(replication, 100.0, 1000)
    assert state.detail().endswith("2/4 done so far")
    state.update(2, 0.0, 0)
    state.update(3, 0.0, 0)
    assert state.total_h == 600.0
    assert state.seconds_left == pytest.approx(20.0)
    state.update(2, 50.0, 500)
    assert "2024-01-03" in state.detail()
    assert state.detail().endswith("2/6 done so far")


def test_lines_are_rare(capsys: pytest.CaptureFixture[str]) -> None:
    state, watch = state_of(Share(2, 100.0, "2024-01-01"))
    lines = _Lines(state, "small", watch)
    for hour in range(100):
        watch.seconds += 1.0
        lines(0, float(hour), hour)
    out = capsys.readouterr()
    assert out.out == ""
    assert [line.split(" · ")[0] for line in out.err.splitlines()] == ["small: 14 %", "small: 30 %", "small: 44 %"]


def test_nothing_where_there_is_no_terminal_unless_asked(capsys: pytest.CaptureFixture[str]) -> None:
    share = [Share(1, 100.0, "2024-01-01")]
    for wanted in (None, False):
        with progress_of(share, "small", wanted) as call:
            assert call is None
    with progress_of(share, "small", True) as call:
        assert call is not None
        call(0, 50.0, 10)
    assert capsys.readouterr().err == ""
