"""What can go wrong between a person and the engine, other than a refusal."""


class Unreachable(Exception):
    """A service can't be reached; nothing was written. Says which, and how to start it."""

    def __init__(self, service: str, detail: str) -> None:
        super().__init__(service, detail)
        self.service = service
        self.detail = detail


class Unconfirmed(Exception):
    """What was asked is accepted, but no worker has answered in time; asking again is safe."""

    def __init__(self, subject: str, task_queue: str) -> None:
        super().__init__(subject, task_queue)
        self.subject = subject
        self.task_queue = task_queue
