"""The command line: `python -m rnnbow_plugin`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.export import command as export
from rnnbow_plugin.version import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    parser = argparse.ArgumentParser("python -m rnnbow_plugin", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    about = "the RNNbow page in one HTML file with the records of a log inside, for colleagues"
    exporting = commands.add_parser("export", help=about, description=about)
    export.add_arguments(exporting)
    exporting.set_defaults(command=export.run)
    given = parser.parse_args(arguments)
    try:
        said = given.command(given)
    except RnnbowError as error:
        sys.stderr.write(f"rnnbow: {error}\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
