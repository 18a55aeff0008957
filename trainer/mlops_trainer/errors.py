"""The ways a run ends early on purpose. Their text is meant for people: one or two sentences, no stack."""

import signal


class SettingsError(Exception):
    """A setting is wrong; the text names the variable, its value and what is allowed."""


class TrainingError(Exception):
    """Training cannot go on; the text says why and what to change."""


class StopRequested(BaseException):
    """A signal asked the run to stop. Like KeyboardInterrupt it passes every `except Exception` on its way out."""

    def __init__(self, signum: int) -> None:
        self.signum = signum
        super().__init__(f"Training was stopped by {signal.Signals(signum).name}.")

    @property
    def exit_code(self) -> int:
        """What a shell reports for a process ended by that signal: 128 plus its number, 143 for SIGTERM."""
        return 128 + self.signum
