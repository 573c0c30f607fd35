"""Time-outs and retries, each with its reason."""

from datetime import timedelta

from temporalio.common import RetryPolicy

STEP_ATTEMPT = timedelta(seconds=20)
"""One attempt at a docket transaction; it takes milliseconds unless the database hangs."""

UNTIL_SETTLED = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), backoff_coefficient=3, maximum_interval=timedelta(minutes=1)
)
"""A settle may have been committed before its answer was lost, so it is repeated until it is answered, however long."""

SERVER_TIMER_AFTER = timedelta(seconds=5)
"""Back-offs longer than this are kept by the server, so that an outage does not hold a workflow task open."""

ATTEMPT = timedelta(seconds=90)
"""One conversation with each channel of a notice; shorter than a claim on them, `docket.delivery.CLAIM`."""

AUDIT = timedelta(hours=4)
"""One run of the audit over all open matters; it looks at some hundred a second."""

AUDIT_SILENCE = timedelta(minutes=5)
"""An audit that has not looked at a matter for so long has lost its worker."""
