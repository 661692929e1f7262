"""What the YAML parser complains about, in the words of somebody who edits a scenario."""

from __future__ import annotations

_ALIGN = "align it with the other keys of its section"
_QUOTE_STARS = "put text that begins with '&' or '*' in quotes"

# (part of the parser's problem, message, suggestion); the first that fits counts. Covers both parsers of PyYAML.
_PROBLEMS: tuple[tuple[str, str, str], ...] = (
    ("mapping values are not allowed", "unexpected ':'", "put text that contains ': ' in quotes, and check the indentation"),
    ("unexpected ':'", "unexpected ':'", "write a space after ':'"),
    ("could not find expected ':'", "a key without ':'", "write 'key: value', with a space after the ':'"),
    ("',' or '}'", "the '{' of line {begin} is not closed, or a ',' is missing here", "close it with '}'"),
    ("',' or ']'", "the '[' of line {begin} is not closed, or a ',' is missing here", "close it with ']'"),
    ("expected key", "the indentation does not fit the lines above", _ALIGN),
    ("expected <block end>", "the indentation does not fit the lines above", _ALIGN),
    ("expected '-' indicator", "the indentation does not fit the list above", "begin the items of a list in the same column"),
    ("sequence entries are not allowed", "a list item does not belong here", "begin the list on a line of its own"),
    ("unexpected end of stream", "a quote is not closed", "close it on the same line"),
    ("unexpected document indicator", "a quote is not closed", "close it on the same line"),
    ("unknown escape character", "unknown escape after '\\'", "use single quotes for text with backslashes"),
    ("cannot start any token", "a value cannot begin with this character", "put the text in quotes"),
    ("alphabetic or numeric", "a '&' or '*' needs a name", _QUOTE_STARS),
    ("incompatible YAML", "written in another version of YAML", "remove the line that begins with '%YAML'"),
    ("tag handle", "unknown tag", "put text that begins with '!' in quotes"),
)


def explain(problem: str, lines: list[str], line: int, column: int, begin: int) -> tuple[str, str, str]:
    """Code, message and suggestion for a problem met at `line` and `column` in what began in line `begin`, all counted from 0."""
    at = lines[line] if line < len(lines) else ""
    if "\t" in _indent(at) and column <= len(_indent(at)):
        others = sum("\t" in _indent(text) for text in lines) - 1
        return (
            "E005",
            "a tab cannot indent",
            "use spaces" + (f", also in {others} other line{'s' * (others > 1)}" if others else ""),
        )
    for part, message, suggestion in _PROBLEMS:
        if part in problem:
            return "E004", message.replace("{begin}", str(begin + 1)), suggestion
    return "E004", f"is not YAML: {problem}", ""


def shows_begin(problem: str) -> bool:
    """True if the place to show is where a quote or key begins, not where the parser gave up."""
    return any(part in problem for part in ("unexpected end of stream", "unexpected document indicator", "expected ':'"))


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
