"""Workflows that do what none may: each reads a clock or is left to chance."""

import random
import time
from datetime import UTC, date, datetime

from temporalio import workflow


@workflow.defn
class ClockWorkflow:
    """Reads one clock, or draws a number."""

    @workflow.run
    async def run(self, what: str) -> str:
        """Do what a replay would not do again."""
        forbidden = {
            "datetime.now": lambda: datetime.now(UTC),
            "date.today": date.today,
            "time.time": time.time,
            "random.random": random.random,
        }
        return str(forbidden[what]())
