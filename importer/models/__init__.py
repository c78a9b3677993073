"""The importer's tables; one module per noun."""

from importer.models.connection import (
    Connection,
    ConnectionSecret,
    OdooField,
    OdooModel,
)
from importer.models.correction import Correction, ReturnedWorkbook
from importer.models.dataset import Dataset, DatasetAsset, DatasetFile, Sheet
from importer.models.execution import Execution, Job
from importer.models.keymap import Change, DeferredLink, Issue, KeyMap
from importer.models.load import Attempt, Batch, Load, Plan, TargetLease
from importer.models.mapping import Entity, FieldMapping, Mapping, ValueMap
from importer.models.profile import DatasetProfile, SheetProfile
from importer.models.project import Membership, Project, User

__all__ = (
    "Attempt",
    "Batch",
    "Change",
    "Connection",
    "ConnectionSecret",
    "Correction",
    "Dataset",
    "DatasetAsset",
    "DatasetFile",
    "DatasetProfile",
    "DeferredLink",
    "Entity",
    "Execution",
    "FieldMapping",
    "Issue",
    "Job",
    "KeyMap",
    "Load",
    "Mapping",
    "Membership",
    "OdooField",
    "OdooModel",
    "Plan",
    "Project",
    "ReturnedWorkbook",
    "Sheet",
    "SheetProfile",
    "TargetLease",
    "User",
    "ValueMap",
)
