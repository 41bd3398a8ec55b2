"""For all tests: no property test fails because a machine was slow; time is measured in benchmarks."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
