"""The fixtures of the tests that need the web; see tests/plugins.py for which do not."""

from tests import plugins

if plugins.pytest_plugins:
    from tests.cast import *  # noqa: F403
