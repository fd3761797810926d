"""The plugin: a table of routes. `http_api.md` documents what each replies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorboard.plugins import base_plugin
from werkzeug import Request, Response

from rnnbow_plugin.backend import assets
from rnnbow_plugin.backend.http import (
    application,
    binary,
    count,
    json_reply,
    numbers,
    optional_step,
    parameter,
    source,
    step,
)
from rnnbow_plugin.backend.labels import Labels
from rnnbow_plugin.backend.lag_columns import MAX_COLUMNS
from rnnbow_plugin.backend.opening import opening
from rnnbow_plugin.backend.prompt import Prompt
from rnnbow_plugin.backend.reader import Reader
from rnnbow_plugin.wire.names import OVERVIEW_PLUGIN_NAME, PLUGIN_NAME


class RnnbowPlugin(base_plugin.TBPlugin):  # type: ignore[misc]
    """Serves what TensorBoard read of RNNbow's data, and the page that draws it."""

    plugin_name = PLUGIN_NAME

    def __init__(self, context: Any) -> None:
        super().__init__(context)
        self._reader = Reader(Prompt(context.data_provider))
        self._by_label = Labels(self._reader)

    def get_plugin_apps(self) -> dict[str, Callable[..., Any]]:
        """The WSGI application of each route below `data/plugin/rnnbow`."""
        return {
            "/opening": application(self._opening),
            "/tags": application(self._tags),
            "/steps": application(self._steps),
            "/overview": application(self._overview),
            "/lags": application(self._lags),
            "/record": application(self._record),
            "/scalars": application(self._scalars),
            "/labels": application(self._labels),
            "/static/*": application(assets.serve),
        }

    def is_active(self) -> bool:
        """Always False: TensorBoard asks only where `data_plugin_names` have no data."""
        return False

    def data_plugin_names(self) -> tuple[str, ...]:
        """The names under which RNNbow's summaries are written; data of one activate the tab."""
        return (PLUGIN_NAME, OVERVIEW_PLUGIN_NAME)

    def frontend_metadata(self) -> Any:
        """The tab's title, and the module that TensorBoard loads into its frame."""
        return base_plugin.FrontendMetadata(
            es_module_path=f"/static/{assets.ENTRY}", tab_name="RNNbow"
        )

    def _opening(self, request: Request) -> Response:
        run, tag = request.args.get("run"), request.args.get("tag")
        at = optional_step(request, "step")
        return binary(request, opening(self._reader, source(request), run, tag, at))

    def _tags(self, request: Request) -> Response:
        return json_reply(request, {"runs": self._reader.tags(source(request))})

    def _steps(self, request: Request) -> Response:
        run, tag = parameter(request, "run"), parameter(request, "tag")
        return json_reply(request, self._reader.steps(source(request), run, tag))

    def _overview(self, request: Request) -> Response:
        run, tag = parameter(request, "run"), parameter(request, "tag")
        metric = request.args.get("metric")
        return numbers(request, self._reader.overview(source(request), run, tag, metric))

    def _lags(self, request: Request) -> Response:
        run, tag = parameter(request, "run"), parameter(request, "tag")
        metric, columns = request.args.get("metric"), count(request, "columns", MAX_COLUMNS)
        first, last = optional_step(request, "first"), optional_step(request, "last")
        found = self._reader.lags(source(request), run, tag, metric, columns, first, last)
        return numbers(request, found)

    def _record(self, request: Request) -> Response:
        run, tag = parameter(request, "run"), parameter(request, "tag")
        return binary(request, self._reader.record(source(request), run, tag, step(request)))

    def _scalars(self, request: Request) -> Response:
        run, tag = parameter(request, "run"), parameter(request, "tag")
        return json_reply(request, self._reader.scalars(source(request), run, tag))

    def _labels(self, request: Request) -> Response:
        run, tag = parameter(request, "run"), parameter(request, "tag")
        metric = request.args.get("metric")
        first, last = optional_step(request, "first"), optional_step(request, "last")
        found = self._by_label.reply(source(request), run, tag, metric, first, last)
        return json_reply(request, found)
