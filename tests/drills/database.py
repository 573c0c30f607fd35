"""The database: killed with -9 now and then, and away for an hour just when matters wake."""

from datetime import timedelta

from rules.counting.clock import local
from tests.drills.kills import Killer, Year
from tests.drills.report import Report
from tests.drills.stage import stage


async def database(report: Report, year: Year) -> None:
    """Kill PostgreSQL with -9 four times while a year runs, and once leave it away for an hour of virtual time.

    The undisturbed run is one on SQLite, so the two databases are compared on the way.
    """
    await year.undisturbed(report)
    async with stage(report, postgres=True) as on:
        server = on.database
        assert server is not None
        middle = report.choice.randrange(len(year.acts) // 3, 2 * len(year.acts) // 3)
        killer = Killer(on, year.acts, 4, lambda number: server)

        away = False

        async def before(number: int) -> None:
            nonlocal away
            if number >= middle and not away:
                await killer.done()
                wake = await on.next_wake()
                if wake is not None and wake + timedelta(hours=1) < year.acts[number].at:
                    away = True
                    await on.until(wake - timedelta(minutes=10))
                    report.broke(f"kill -9 database (process {server.away()}), away for an hour", on.now)
                    await on.until(wake + timedelta(minutes=50))
                    server.start()
                    report.broke(f"database back; a matter had to wake at {local(wake):%H:%M};", on.now)
            await killer.before(number)

        await year.play(on, killer, before)
        if not away:
            report.fault("no matter woke between two acts")
        await year.compared(on)
