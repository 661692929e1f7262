"""What `extends` may name, and the words where it names nothing."""

from pathlib import Path

import pytest

from sim.resources import find_shipped
from sim.scenario.overlay import resolve


def messages_of(name: str) -> list[str]:
    return [str(fault) for fault in resolve(name, find_shipped).faults]


def test_extending_nothing_or_in_circles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text("title: Network\n")
    Path("a.yaml").write_text("extends: b.yaml\n")
    Path("b.yaml").write_text("extends: ./a.yaml\ntitle: B\n")
    assert messages_of("a.yaml") == ["b.yaml:1:10: error[E202] extends: extends goes in a circle: a.yaml -> b.yaml -> a.yaml"]
    Path("c.yaml").write_text("extends: nett.yaml\nparts: {}\n")
    assert sorted(messages_of("c.yaml")) == [
        "c.yaml:1:10: error[E201] extends: 'nett.yaml' not found; did you mean 'net.yaml'?",
        "c.yaml:2:1: error[E204] parts: cannot be given here in a file that extends another; put it under 'change' or 'add'",
    ]
    Path("s.yaml").write_text("extends: three-teir\n")
    assert messages_of("s.yaml") == ["s.yaml:1:10: error[E201] extends: 'three-teir' not found; did you mean 'three-tier'?"]
    assert messages_of("hp-chnia-2017") == ["hp-chnia-2017: error[E001] file not found; did you mean 'hp-china-2017'?"]
    Path("d.yaml").write_text("extends: [net.yaml]\n")
    assert messages_of("d.yaml") == [
        "d.yaml:1:10: error[E201] extends: should be one file, or one name of a shipped network or scenario"
    ]
    Path("e.yaml").write_text("title: x\nchange: {title: y}\n")
    assert messages_of("e.yaml") == [
        "e.yaml:2:1: error[E203] change: 'change' needs something to extend; name it with extends: other.yaml"
    ]
    for i in range(12):
        Path(f"n{i}.yaml").write_text(f"extends: n{i + 1}.yaml\n")
    assert messages_of("n0.yaml") == ["n10.yaml:1:10: error[E202] extends: more than 10 files extend each other in a row"]
