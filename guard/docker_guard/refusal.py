"""What the guard answers to a request that does not reach the engine."""


class RefusalError(Exception):
    """A request that must not reach the engine, with the HTTP status and the sentence that its sender gets."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
