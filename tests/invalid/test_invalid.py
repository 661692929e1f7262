"""Every wrong file beside this one gives exactly the messages of its `.expected` file.

`SPARESIM_UPDATE_INVALID=1 pytest tests/invalid` writes the expected files anew; review the difference like code. Files that only
serve as what another extends live in `parts/`. A comment `# set: address=value` in the first lines of a file stands for `--set`.
"""

import os
from pathlib import Path

import pytest

from sim.errors import ScenarioError
from sim.scenario.load import load_plan

HERE = Path(__file__).parent
WRONG = sorted(p.name for p in HERE.glob("*.yaml"))
LEAST = 60  # wrong files


def sets_of(name: str) -> list[str]:
    head = (HERE / name).read_bytes().decode("utf-8", "replace").splitlines()[:5]
    return [line.removeprefix("# set: ") for line in head if line.startswith("# set: ")]


def messages_of(name: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_plan(Path(name), sets=sets_of(name))
    return "".join(f"{fault}\n" for fault in caught.value.faults)


@pytest.mark.parametrize("name", WRONG)
def test_messages_are_exactly_as_expected(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)
    found = messages_of(name)
    expected = HERE / Path(name).with_suffix(".expected").name
    if os.environ.get("SPARESIM_UPDATE_INVALID"):
        expected.write_text(found, encoding="utf-8", newline="\n")
    assert expected.is_file(), f"no expected messages yet; found:\n{found}"
    assert found == expected.read_text(encoding="utf-8")


def test_there_are_many_wrong_files_and_none_is_left_over() -> None:
    assert len(WRONG) >= LEAST
    assert sorted(p.stem for p in HERE.glob("*.expected")) == sorted(Path(name).stem for name in WRONG)


def test_every_kind_of_fault_is_shown() -> None:
    codes = {line.split("error[", 1)[1][:2] for p in HERE.glob("*.expected") for line in p.read_text().splitlines()}
    assert codes == {"E0", "E1", "E2", "E3", "E4", "E5"}


@pytest.mark.parametrize("name", [name for name in WRONG if not name.startswith("doc-")])
def test_messages_are_sorted_one_line_each_and_point_into_a_file(name: str) -> None:
    lines = (HERE / name).with_suffix(".expected").read_text(encoding="utf-8").splitlines()
    assert lines
    places = []
    for line in lines:
        place, _, rest = line.partition(": error[E")
        assert rest[3:6] == "]: " or rest[3:5] == "] ", line
        file, *numbers = place.split(":")
        assert file == "--set" or (HERE / file).is_file(), line
        places.append((file, *(int(n) for n in numbers)))
    assert places == sorted(places)
