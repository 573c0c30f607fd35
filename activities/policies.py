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

MAIL_ATTEMPT = timedelta(seconds=60)
"""One conversation with a mail server, in deliveries that 0.1.0 began."""

MAIL = RetryPolicy(initial_interval=timedelta(seconds=5), backoff_coefficient=2, maximum_interval=timedelta(minutes=30))
MAIL_GIVES_UP = timedelta(days=3)
"""A mail server that has put a notice off for three days will not take it; it is marked failed."""

AUDIT = timedelta(hours=4)
"""One run of the audit over all open letters; it looks at some hundred a second."""

AUDIT_SILENCE = timedelta(minutes=5)
"""An audit that has not looked at a letter for so long has lost its worker."""
