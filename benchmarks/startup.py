"""How long `makd --help` takes: best and median of ten starts, against the half second it may take."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

RUNS = 10
LIMIT = 0.5


def seconds(*words: str) -> list[float]:
    """Return the wall time of each of the starts."""
    code = f"import sys; from makd.cli.main import main; sys.exit(main({list(words)}))"
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - start)
    return taken


if __name__ == "__main__":
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for words in (["--help"], ["train", "--help"], ["questions", "list"]):
        taken = seconds(*words)
        print(f"makd {' '.join(words):16} best {min(taken):.2f} s, median {statistics.median(taken):.2f} s")
    print(f"limit for makd --help: {LIMIT} s")
