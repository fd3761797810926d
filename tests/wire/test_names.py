"""The names in event files: what is on people's disks."""

from rnnbow_plugin.wire import names


def test_names_are_those_of_the_logs_that_exist() -> None:
    assert names.PLUGIN_NAME == "rnnbow"
    assert names.OVERVIEW_PLUGIN_NAME == "rnnbow_overview"
    assert names.overview_tag("rnn/l0") == "rnn/l0/overview"
    assert names.scalar_tag("rnn/l0", "maximum") == "rnnbow/rnn/l0/maximum"
