"""`callwright` under cProfile, and what was found: where the time of the event loop's thread goes.

    python -m bench.profiled OUT serve --flows …

cProfile sees the thread that turns it on, which is the loop's; the models' threads are not in it.
"""

import cProfile
import pstats
import sys
from io import StringIO
from pathlib import Path

TOP = 15


def top_functions(stats: str | cProfile.Profile) -> str:
    """Return the functions with the most time of their own, from a file or a profile."""
    out = StringIO()
    pstats.Stats(stats, stream=out).strip_dirs().sort_stats("tottime").print_stats(TOP)
    lines = out.getvalue().splitlines()
    heading = next(at for at, line in enumerate(lines) if line.lstrip().startswith("ncalls"))
    return "\n".join(line for line in lines[heading:] if line.strip())


def main() -> None:
    """Run the command; write the profile when it ends."""
    out = Path(sys.argv.pop(1)).resolve()
    # As the package's start does, before anything of numpy's is loaded.
    import runtime.cli

    profile = cProfile.Profile()
    try:
        profile.runcall(runtime.cli.app)
    finally:
        profile.dump_stats(out)


if __name__ == "__main__":
    main()
