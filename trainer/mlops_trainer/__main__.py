"""The entry point: `python -m mlops_trainer`."""

# ruff: noqa: E402 - the order of the imports is the point here
import os
import signal

# Process 1 of a container ignores SIGTERM until it handles it, so this comes before anything that takes time.
signal.signal(signal.SIGTERM, lambda signum, _frame: os._exit(128 + signum))

# One thread each unless the user wants more, because tasks share cores. Read when numpy is imported.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import sys

from mlops_trainer.errors import SettingsError
from mlops_trainer.settings import parse_settings


def main() -> int:
    """@returns the exit code: 2 for a wrong setting, else that of the run"""
    try:
        settings = parse_settings(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    from mlops_trainer.run import Run

    return Run(settings).execute()


if __name__ == "__main__":
    sys.exit(main())
