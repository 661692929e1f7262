"""The `sparesim` command: one file a family of verbs, loaded only when called."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

# verb -> module of sim.cli that has a command of that name
_VERBS = {
    "init": "project",
    "doctor": "project",
    "schema": "project",
    "validate": "inspect",
    "show": "inspect",
    "explain": "inspect",
    "run": "simulate",
    "compare": "simulate",
    "estimate": "estimate",
    "select": "select",
    "sweep": "sweep",
    "check": "judge",
    "report": "judge",
    "replay": "replaying",
    "recut": "recutting",
    "stress": "stress",
}
_SHORT = {
    "init": "Copy a working model, its network and two scenarios into a folder.",
    "doctor": "Say what this installation has and can do.",
    "schema": "Print the JSON Schema of scenario files, for editors.",
    "validate": "Check scenario files; every fault in one pass.",
    "show": "Print a scenario with everything resolved.",
    "explain": "Tell the life of one repair order in words.",
    "run": "Simulate a scenario and write results and a report.",
    "compare": "Run scenarios on the same customers and show the differences.",
    "estimate": "Show every kind of interval of a stored run.",
    "select": "Find the best of several scenarios with as few replications as it takes.",
    "sweep": "Run a scenario at many values and show what matters.",
    "check": "Rerun the committed baselines and say what changed.",
    "report": "Redraw reports from stored results.",
    "replay": "Play a week of one replication on the map and as queues.",
    "recut": "Cut the warm-up of a stored run anew, without simulating.",
    "stress": "Fill in the STRESS-DES reporting checklist from a run.",
}


class Verbs(click.Group):
    """A group that imports a verb's module only when the verb is used, so that --help is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = _VERBS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(import_module(f"sim.cli.{module}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_SHORT.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in _VERBS:
            from difflib import get_close_matches

            near = get_close_matches(name, _VERBS, 1)
            hint = f"; did you mean '{near[0]}'?" if near else f"; verbs are {', '.join(_VERBS)}"
            raise click.UsageError(f"unknown command '{name}'{hint}")
        return super().resolve_command(ctx, args)


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sparesim", prog_name="sparesim")
def cli() -> None:
    """How long customers wait for a repair, and what staffing or stock would change that.

    \b
    Start with:   sparesim init my-model
                  cd my-model
                  sparesim run scenarios/three-tier.yaml
    """


def main(args: list[str] | None = None) -> int:
    """Run the command line.

    Exit codes: 0 done, 1 the answer is no, 2 usage, 3 invalid scenario, 4 simulation error, 130 interrupted.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no matrix here is worth a second thread, and workers need the cores
    try:
        code = _code_of(args)
    except (click.Abort, KeyboardInterrupt):
        click.echo(_interrupted(sys.argv[1:] if args is None else args), err=True)
        code = 130
    if args is None:
        sys.exit(code)
    return code


def _code_of(args: list[str] | None) -> int:
    """Run a command and tell of its faults."""
    from sim.errors import ScenarioError, SparesimError

    try:
        code = cli.main(args=args, prog_name="sparesim", standalone_mode=False)
    except click.ClickException as fault:
        from sim.cli.console import echo, printable

        fault.message = printable(fault.message)  # type: ignore[misc]  # an argument may hold control characters, too
        fault.show()
        return 2
    except ScenarioError as faults:
        from sim.cli.console import print_faults

        print_faults(faults.faults)
        return faults.exit_code
    except SparesimError as fault:
        from sim.cli.console import echo

        echo(f"error: {fault}", err=True)
        return fault.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as fault:  # a full disk, a folder that may not be written
        from sim.cli.console import echo

        where = f"{fault.filename}: " if fault.filename else ""
        echo(f"error: {where}{fault.strerror or fault}", err=True)
        return 4
    return code if isinstance(code, int) else 0


def _interrupted(args: list[str]) -> str:
    """What remains of an interrupted command, and how to go on."""
    import shlex

    from sim.language import say, speaking

    with speaking(_language_of(args)):
        if not args or args[0] not in ("run", "compare", "select", "sweep"):
            return say("interrupted")
        again = shlex.join(["sparesim", *args])
        return say("interrupted; finished replications are kept, the same command goes on with the rest:") + f"\n  {again}"


def _language_of(args: list[str]) -> str:
    """The language that a command line asks for, as `lang_option` reads it; English where that is none."""
    from sim.language import LANGUAGES

    wanted = os.environ.get("SPARESIM_LANG", "en")
    for i, word in enumerate(args):
        if word == "--lang" and i + 1 < len(args):
            wanted = args[i + 1]
        elif word.startswith("--lang="):
            wanted = word.partition("=")[2]
    return wanted if wanted in LANGUAGES else "en"
