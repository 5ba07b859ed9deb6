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
        texte = orjson.dumps(data, default=str, option=orjson.OPT_NON_STR_KEYS)
        # Read again to be indented: rows that come written by PostgreSQL would stay as they are
        return orjson.dumps(orjson.loads(texte), option=orjson.OPT_INDENT_2) if indente else texte
