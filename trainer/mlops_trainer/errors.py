"""The ways a run ends early on purpose. Their text is meant for people: one or two sentences, no stack."""

import signal


class SettingsError(Exception):
    """A setting is wrong; the text names it, its value and what is allowed. The process ends with exit code 2."""


class TrainingError(Exception):
    """Training cannot go on; the text says why and what to change. The process ends with exit code 1."""


class Interruption(SystemExit):
    """Ends a run from outside: it passes every `except Exception`, and ends the process without a stack."""

    code: int


class StopRequested(Interruption):
    """A signal asked the run to stop."""

    def __init__(self, signum: int) -> None:
        # What a shell reports for a process ended by that signal: 128 plus its number, 143 for SIGTERM.
        super().__init__(128 + signum)
        self.signum = signum

    def __str__(self) -> str:
        return f"Training was stopped by {signal.Signals(self.signum).name}."


class TimeLimitExceeded(Interruption):
    """The run takes longer than it may."""

    def __init__(self, seconds: int) -> None:
        # As timeout(1) of the coreutils does it.
        super().__init__(124)
        self.seconds = seconds

    def __str__(self) -> str:
        return f"Training took longer than its time limit of {self.seconds} s."
