"""Request bodies: JSON that PostgreSQL can keep, or a refusal in a sentence."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from importer.data.storable import unstorable_text


class StorableJSONParser(JSONParser):
    """DRF's JSON parser that also refuses what could never be stored."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            body = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deep.") from error
        except ParseError as error:
            reason = str(error).removeprefix("JSON parse error - ")
            raise ParseError(f"The body is not JSON: {reason}.") from error
        problem = unstorable_text(body)
        if problem:
            raise ParseError(problem)
        return body
