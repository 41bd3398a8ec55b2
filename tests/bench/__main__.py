"""`python -m tests.bench [--quick]`: every benchmark, one after the other; `make bench` calls it.

Each is a module of its own and takes more options there. Figures are ratios measured side by side in one run.
"""

import argparse
import sys
from pathlib import Path

from tests.bench import bench_archive, bench_backends, bench_engine, bench_extraction

ARCHIVE = Path(__file__).resolve().parents[3] / "shared" / "archive" / "ant-multisource.jsonl.gz"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small inputs: shows that it works, not how fast it is")
    quick = parser.parse_args().quick
    archive = [str(ARCHIVE)] if ARCHIVE.exists() else []
    print("== engine and service", flush=True)
    bench_backends.main(["--rounds", "1"] if quick else [])
    bench_engine.main(["--quick"] if quick else [])
    print("== extraction", flush=True)
    bench_extraction.main([*([] if quick else archive), "--inputs", "300" if quick else "100000"])
    print("== archive", flush=True)
    if archive:
        bench_archive.main(["--articles", "20" if quick else "300"])
    else:
        print(f"not run: {ARCHIVE} is not here")
    return 0


if __name__ == "__main__":
    sys.exit(main())
