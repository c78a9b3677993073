"""The graphs' tables; one module per noun."""

from graphs.models.agreement import PlanAgreement
from graphs.models.graph import Graph, GraphVersion
from graphs.models.log import Event, RunLog
from graphs.models.reconciliation import Reconciliation
from graphs.models.rehearsal import Rehearsal
from graphs.models.run import GraphRun, NodeRun

__all__ = (
    "Event",
    "Graph",
    "GraphRun",
    "GraphVersion",
    "NodeRun",
    "PlanAgreement",
    "Reconciliation",
    "Rehearsal",
    "RunLog",
)
