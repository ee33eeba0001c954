"""What a store tells of itself: the events of its callbacks, its numbers, and spans of OpenTelemetry.

>>> from obstore.store import MemoryStore
>>> store = MemoryStore()
>>> with store.on_response(lambda event: print(event.method, event.path, event.error)):
...     _ = store.put("k", b"hello")
put_object k None
"""

from obstore._api.telemetry import disable_opentelemetry, enable_opentelemetry
from obstore._core.events import RequestEvent, ResponseEvent, RetryEvent
from obstore._core.hooks import Registration
from obstore._core.metrics import Metrics

__all__ = [
    "Metrics",
    "Registration",
    "RequestEvent",
    "ResponseEvent",
    "RetryEvent",
    "disable_opentelemetry",
    "enable_opentelemetry",
]
