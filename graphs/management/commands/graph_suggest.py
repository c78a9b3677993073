"""manage.py graph_suggest: a draft of mappings and a graph for a whole dataset."""

from typing import Any

from django.core.management.base import CommandParser

from graphs.drafts import LEAST_CONFIDENCE, Draft, accept_graph, suggest_graph
from importer.data.suggesting.shapes import DatasetSuggestion
from importer.data.suggesting.written import suggestion_json
from importer.management.naming import asking_user, connection_named, dataset_named, project_named
from importer.management.verb_command import VerbCommand, add_project_argument


class Command(VerbCommand):
    help = "Suggest a graph for a dataset; with --accept, make it and its mappings."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_project_argument(parser)
        parser.add_argument("dataset", help="name or id")
        parser.add_argument("--connection", required=True, help="name or id")
        parser.add_argument("--name", default="", help="of the graph (default: the dataset's)")
        parser.add_argument(
            "--least", type=float, default=LEAST_CONFIDENCE, help="take fields from here on, 0 to 1"
        )
        parser.add_argument("--accept", action="store_true", help="make mappings and graph")

    def run_verb(self, options: dict[str, Any]) -> int:
        user = asking_user(options["user"])
        project = project_named(user, options["project"])
        dataset = dataset_named(project, options["dataset"])
        connection = connection_named(project, options["connection"])
        if options["accept"]:
            draft = accept_graph(
                dataset, connection, by=user, name=options["name"], least=options["least"]
            )
            return self.answer(options, _made(draft), _facts(draft))
        said = suggest_graph(dataset, connection, by=user)
        facts = {
            "sheets": [suggestion_json(one) for one in said.sheets],
            "edges": [
                {"sheet": one.sheet, "to_sheet": one.to_sheet, "field": one.field}
                for one in said.edges
            ],
        }
        return self.answer(options, _text(said), facts)


def _text(said: DatasetSuggestion) -> str:
    lines = [f"{one.sheet}: {one.model or 'no model'}. {one.model_reason}" for one in said.sheets]
    lines += [
        f"{one.sheet} after {one.to_sheet}: “{one.column}” becomes {one.field}."
        for one in said.edges
    ]
    return "\n".join(lines)


def _made(draft: Draft) -> str:
    lines = [f"Graph “{draft.graph}” made ({draft.graph.pk})."]
    lines += [f"  mapping “{one}”" for one in draft.mappings]
    lines += [f"  left out: {sheet}. {why}" for sheet, why in draft.left_out]
    return "\n".join(lines)


def _facts(draft: Draft) -> dict[str, Any]:
    return {
        "id": str(draft.graph.pk),
        "name": draft.graph.name,
        "mappings": [one.name for one in draft.mappings],
        "left_out": [{"sheet": sheet, "reason": why} for sheet, why in draft.left_out],
    }
