"""Properties are searched the same way on every run, so that a failure is a failure for everybody."""

from hypothesis import settings

settings.register_profile("qixian", derandomize=True, deadline=None, database=None)
settings.load_profile("qixian")
