"""JSON by orjson: several times faster than the standard encoder on lists."""

from typing import Any

import orjson
from rest_framework.renderers import JSONRenderer


class JSONRapide(JSONRenderer):
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        if data is None:
            return b""
        indente = self.get_indent(accepted_media_type or "", renderer_context or {})
        options = orjson.OPT_NON_STR_KEYS | (orjson.OPT_INDENT_2 if indente else 0)
        return orjson.dumps(data, default=str, option=options)
