"""Write the documents that come from the code: the file format and the measures. CI checks that they are current."""

from __future__ import annotations

from pathlib import Path

from sim.analysis.describe import columns_markdown, measures_markdown
from sim.analysis.log_columns import logs_markdown
from sim.scenario.describe import format_markdown

HERE = Path(__file__).parent


def main() -> None:
    """Rewrite docs/format.md, docs/measures.md and docs/tables.md."""
    tables = f"{columns_markdown()}\n{logs_markdown()}"
    for name, text in (("format", format_markdown()), ("measures", measures_markdown()), ("tables", tables)):
        (HERE / f"{name}.md").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
