"""A real SMTP server as a process of its own, with moods: run with a folder and perhaps a port, it prints its port.

The file FOLDER/mood is read for each message: refuse, busy, reject, hang (say
nothing until the mood changes), slow SECONDS, drop (take it, then hang up).
"""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class MailServer:
    """The running server as tests see it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port

    def mood(self, mood: str) -> None:
        """Set how the server behaves from the next message on."""
        (self.folder / "mood").write_text(mood)

    def mails(self) -> list[EmailMessage]:
        """List the messages taken, in order."""
        files = sorted(self.folder.glob("*.eml"))
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


@contextmanager
def mail_server(folder: Path) -> Iterator[MailServer]:
    """Run the server in a folder until the end of the block."""
    with subprocess.Popen([sys.executable, __file__, folder], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield MailServer(folder, int(server.stdout.readline()))
        finally:
            server.terminate()


class _Office:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.taken = len(list(folder.glob("*.eml")))

    def mood(self) -> str:
        file = self.folder / "mood"
        return file.read_text().strip() if file.exists() else ""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        # The mood is a file that another process writes, so there is no event to wait for.
        while self.mood() == "hang":  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        if self.mood() == "refuse":
            return "550 5.1.1 no such mailbox"
        if self.mood() == "busy":
            return "451 4.3.2 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        mood, _, seconds = self.mood().partition(" ")
        if mood == "slow":
            await asyncio.sleep(float(seconds))
        if mood == "reject":
            return "554 5.7.1 not this message"
        assert isinstance(envelope.content, bytes)
        self.taken += 1
        part = self.folder / "taking"
        part.write_bytes(b"X-To: " + ",".join(envelope.rcpt_tos).encode() + b"\r\n" + envelope.content)
        part.rename(self.folder / f"{self.taken:04}.eml")
        if mood == "drop":
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 OK"


async def _serve(folder: Path, port: int) -> None:
    office = _Office(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(office, hostname="mail.test", enable_SMTPUTF8=True, ident="test"), "127.0.0.1", port
    )
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await stop.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
