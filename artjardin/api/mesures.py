"""Requests counted and timed by view, method and status (django-prometheus), within bounds: nobody
who asks makes up a label."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django_prometheus.middleware import Metrics, PrometheusAfterMiddleware
from django_prometheus.utils import Time

NOMMEES = {  # of all that the library can count, what is looked at: each one is a line per view
    "django_http_requests_latency_seconds_by_view_method",
    "django_http_responses_total_by_status_view_method",
    "django_http_exceptions_total_by_view",
}


class Rien:
    """Counts nothing."""

    def labels(self, **_: str) -> Rien:
        return self

    def inc(self, amount: float = 1) -> None:
        """Nothing."""

    def observe(self, amount: float) -> None:
        """Nothing."""


class Comptees(Metrics):
    def register_metric(
        self, metric_cls: Any, name: str, documentation: str, labelnames: Any = (), **options: Any
    ) -> Any:
        if name not in NOMMEES:
            return Rien()
        return super().register_metric(metric_cls, name, documentation, labelnames, **options)


class ParVue(PrometheusAfterMiddleware):
    """The first of all: what the others refuse, and the time they take, count too."""

    metrics_cls = Comptees

    def label_metric(
        self, metric: Any, request: HttpRequest, response: HttpResponse | None = None, **labels: str
    ) -> Any:
        """A method that HTTP does not know is one label, whatever it is called."""
        if "method" in labels:
            labels["method"] = self._method(request)
        return super().label_metric(metric, request, response, **labels)

    def process_request(self, request: HttpRequest) -> None:
        """The time only: its headers are not read yet, let alone believed."""
        request.prometheus_after_middleware_event = Time()  # type: ignore[attr-defined]

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Its time is that of the answer 500 that follows."""
        vue = self._get_view_name(request)
        self.label_metric(self.metrics.exceptions_by_view, request, view=vue).inc()
