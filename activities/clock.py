"""The time at which an activity is really run."""

from datetime import datetime

from temporalio import activity


def time_by_now(now: datetime) -> datetime:
    """Return the time by now, where `now` was it when the running activity was asked for.

    A worker may have been away in between, and an attempt that failed is repeated with what it was given at first.
    """
    info = activity.info()
    return now + (info.started_time - info.scheduled_time)
