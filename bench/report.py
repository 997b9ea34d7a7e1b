"""`make bench`: Callwright and its peers in turn on one machine, and what is reached beside them.

Starts each server on one core and the carrier of `load.py` on another. Everything is on this
machine and ends by itself; figures of a machine that others use too are no better than that.
"""

import argparse
import signal
import sys

from bench import peer_home
from bench.comparison import Comparison
from bench.server import NotMeasurable
from bench.table import as_json, as_markdown, as_runs, as_text
from bench.targets import Target, Verdict, targets

EXAMPLE = """\
example:
  python bench/report.py --quick
  python bench/report.py --markdown > table.md
"""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="2 minutes: no search, no repeats")
    parser.add_argument(
        "--no-profile",
        action="store_true",
        help="do not run what missed its target again to tell the 15 functions that take the time",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="targets and all runs as JSON")
    form.add_argument("--markdown", action="store_true", help="the targets for a README")
    return parser.parse_args()


def tell(text: str) -> None:
    """Report progress."""
    print(text, file=sys.stderr, flush=True)


def _profiles(comparison: Comparison, missed: list[Target]) -> None:
    seen: set[tuple[str, int]] = set()
    for target in missed:
        if target.runs is None or target.runs in seen:
            continue
        seen.add(target.runs)
        tell(f"\n{target.what}: {target.ours}, asked {target.asked}. Under cProfile:")
        try:
            tell(comparison.profile(target))
        except NotMeasurable as reason:
            tell(f"cannot be profiled: {reason}")


def main() -> int:
    """Measure and print; 2 where nothing could be measured."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    try:
        peer_home.prepare(tell)
        comparison = Comparison(tell)
        if options.quick:
            comparison.seconds, comparison.warm_up = 5.0, 1.0
            comparison.quick()
        else:
            comparison.whole()
        judged = targets(comparison.found)
        if not comparison.found.rows:
            raise NotMeasurable("; ".join(comparison.found.reasons.values()))
        if options.json:
            print(as_json(comparison.found, judged))
        elif options.markdown:
            print(as_markdown(judged))
        else:
            print(f"{as_runs(comparison.found)}\n\n{as_text(judged)}", flush=True)
        missed = [target for target in judged if target.verdict is Verdict.MISSED]
        if not options.no_profile:
            _profiles(comparison, missed)
    except NotMeasurable as reason:
        tell(f"Cannot measure: {reason}")
        return 2
    except KeyboardInterrupt:
        tell("Stopped.")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
