"""A suggestion as JSON, as the API and the commands give it. Pure."""

from typing import Any

from importer.data.suggesting.shapes import SheetSuggestion


def suggestion_json(said: SheetSuggestion) -> dict[str, Any]:
    """``{sheet, model, model_confidence, model_reason, other_models, key, key_reason, columns:
    [{column, target, confidence, reason, others}], missing}``."""
    return {
        "sheet": said.sheet,
        "model": said.model,
        "model_confidence": said.model_confidence,
        "model_reason": said.model_reason,
        "other_models": list(said.other_models),
        "key": list(said.key),
        "key_reason": said.key_reason,
        "columns": [
            {
                "column": one.column,
                "target": str(one.target) if one.target else None,
                "confidence": one.confidence,
                "reason": one.reason,
                "others": [str(other) for other in one.others],
            }
            for one in said.columns
        ],
        "missing": list(said.missing),
    }
