"""States and kinds of the importer: value, colour, label, and the named sets code asks for.

A state is changed only by a verb or the engine, through a conditional UPDATE.
"""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class ColouredChoices(models.TextChoices):
    """Text choices whose members also carry a colour name (grey, blue, green, amber, red)."""

    colour: str

    def __new__(cls, value: str, colour: str = "grey") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.colour = colour
        return member


class Role(models.TextChoices):
    """What a member may do in a project; each holds the rights of those before it, but an
    approver only signs and an operator only works."""

    VIEWER = "viewer", _("Viewer")
    OPERATOR = "operator", _("Operator")
    APPROVER = "approver", _("Approver")
    ADMIN = "admin", _("Admin")


class Environment(ColouredChoices):
    SANDBOX = "sandbox", "blue", _("Sandbox")
    STAGING = "staging", "amber", _("Staging")
    PRODUCTION = "production", "red", _("Production")


class ConnectionState(ColouredChoices):
    UNTESTED = "untested", "grey", _("Not tested")  # never answered yet
    READY = "ready", "green", _("Ready")  # last test or run could log in
    REFUSED = "refused", "red", _("Refused")  # last test failed, see message
    CHANGED = (
        "changed",
        "red",
        _("Fingerprint changed"),
    )  # runs refused until a person decides


class DatasetState(ColouredChoices):
    UPLOADED = "uploaded", "grey", _("Uploaded")  # files stored, not read yet
    READING = "reading", "blue", _("Reading")
    READY = "ready", "green", _("Ready")  # sheets are there and never change
    FAILED = "failed", "red", _("Failed")  # a file could not be read, see error


class JobKind(models.TextChoices):
    READ_DATASET = "read_dataset", _("Read dataset")
    PROFILE_DATASET = "profile_dataset", _("Profile dataset")
    REFRESH_SCHEMA = "refresh_schema", _("Refresh schema")
    RECONCILE = "reconcile", _("Reconcile")


class JobState(ColouredChoices):
    PENDING = "pending", "grey", _("Pending")
    RUNNING = (
        "running",
        "blue",
        _("Running"),
    )  # under a lease; lease over = pending again
    SUCCEEDED = "succeeded", "green", _("Succeeded")
    FAILED = "failed", "red", _("Failed")  # your data or the connection
    ERRORED = "errored", "red", _("Errored")  # our bug, traceback kept


class ExistingPolicy(models.TextChoices):
    UPSERT = "upsert", _("Create and update")
    CREATE_ONLY = "create_only", _("Create only")
    UPDATE_ONLY = "update_only", _("Update only")


class EmptyCells(models.TextChoices):
    KEEP = "keep", _("Leave the field as it is")
    CLEAR = "clear", _("Empty the field")


class VanishedPolicy(models.TextChoices):
    """What becomes of a record whose row is in the file no more."""

    NOTHING = "nothing", _("Nothing")
    REPORT = "report", _("Count and list them")
    ARCHIVE = "archive", _("Archive them in Odoo")


class FieldSource(models.TextChoices):
    """Where a field's cells come from."""

    COLUMN = "column", _("Column")
    EXPRESSION = "expression", _("Expression")
    CONSTANT = "constant", _("Constant")
    REFERENCE = "reference", _("Reference to an entity")  # by the target's key
    LOOKUP = "lookup", _("Record in Odoo")  # external id, name, code, several fields
    BINARY = "binary", _("File")  # base64, a file of an archive, an address


class Winner(models.TextChoices):
    """Whose value stays where a field was changed in Odoo and in the sheet."""

    SOURCE = "source", _("The source")
    ODOO = "odoo", _("Odoo")
    ASK = "ask", _("Ask: the row waits for a decision")


class SideEffect(models.TextChoices):
    """What Odoo does besides storing, and a run leaves off unless asked."""

    TRACKING = "tracking", _("Track changes in the chatter")
    MAILS = "mails", _("Send mails to people who are assigned")
    SUBSCRIPTIONS = "subscriptions", _("Subscribe the login as a follower")
    PASSWORD_MAILS = "password_mails", _("Mail new users an invitation to set a password")


class Linking(models.TextChoices):
    """What sending the records of a many2many field does to those that are linked already."""

    REPLACE = "replace", _("Replace what is linked")
    ADD = "add", _("Add to what is linked")


class MissingReference(models.TextChoices):
    ERROR = "error", _("Error on the row")
    EMPTY = "empty", _("Leave empty, with a warning")
    STUB = "stub", _("Make a stub of it")


class ExecutionState(ColouredChoices):
    RUNNING = "running", "blue", _("Running")
    SUCCEEDED = "succeeded", "green", _("Succeeded")
    FAILED = "failed", "red", _("Failed")
    UNKNOWN = "unknown", "amber", _("Unknown")  # its worker died before it said


class LoadKind(models.TextChoices):
    LOAD = "load", _("Load")
    UNDO = "undo", _("Undo")


class Depth(models.TextChoices):
    """How deep a dry run goes; nothing of either is kept in Odoo."""

    LOCAL = "local", _("Local plan")  # by our own rules; Odoo is only read
    SERVER = "server", _("Server dry run")  # Odoo tries the rows and rolls them back


class LoadState(ColouredChoices):
    PENDING = "pending", "grey", _("Pending")
    PREPARING = "preparing", "blue", _("Preparing")
    PLANNING = "planning", "blue", _("Planning")
    SENDING = "sending", "blue", _("Sending")
    VERIFYING = "verifying", "blue", _("Verifying")
    DONE = "done", "green", _("Done")
    FAILED = "failed", "red", _("Failed")
    ERRORED = "errored", "red", _("Errored")
    CANCELLED = "cancelled", "grey", _("Cancelled")

    @classmethod
    def ended(cls) -> tuple[str, ...]:
        return (cls.DONE, cls.FAILED, cls.ERRORED, cls.CANCELLED)


class Verdict(ColouredChoices):
    """What the planner says of one prepared row."""

    CREATE = "create", "green", _("Create")
    UPDATE = "update", "blue", _("Update")
    ADOPT = "adopt", "blue", _("Adopt")  # is in Odoo already, found by a match rule
    UNCHANGED = "unchanged", "grey", _("Unchanged")
    SKIP = "skip", "grey", _("Skip")  # the mapping's policy on existing records
    CONFLICT = "conflict", "amber", _("Conflict")  # changed on both sides, a person decides
    BLOCKED = "blocked", "amber", _("Blocked")  # a parent failed or is blocked
    AMBIGUOUS = "ambiguous", "red", _("Ambiguous")  # fits several records, or two rows fit one
    ERROR = "error", "red", _("Error")
    ARCHIVE = "archive", "amber", _("Archive")  # its row is in the file no more
    UNLINK = "unlink", "red", _("Remove")  # undo only
    RESTORE = "restore", "blue", _("Restore")  # undo only
    KEEP = "keep", "amber", _("Keep")  # undo only, with the reason


class BatchKind(models.TextChoices):
    CREATE = "create", _("Create")
    UPDATE = "update", _("Update")
    WRITE = "write", _("Write")
    LINK = "link", _("Link")
    VANISH = "vanish", _("Archive what vanished")
    UNLINK = "unlink", _("Remove")
    RESTORE = "restore", _("Restore")
    ARCHIVE = "archive", _("Archive")


class BatchState(ColouredChoices):
    """As drawn in docs/tour.md, after the states of a batch in the engine's design."""

    READY = "ready", "grey", _("Ready")
    CLAIMED = "claimed", "blue", _("Claimed")  # lease over = ready, nothing was sent
    SENDING = "sending", "blue", _("Sending")  # journaled; lease over = in doubt
    WAITING = "waiting", "amber", _("Waiting")  # transient refusal, again at not_before
    IN_DOUBT = "in_doubt", "amber", _("In doubt")
    STALLED = "stalled", "red", _("Stalled")  # cannot be settled; the run is paused
    DONE = "done", "green", _("Done")
    FAILED = "failed", "red", _("Failed")  # no row of it was left to send
    CANCELLED = "cancelled", "grey", _("Cancelled")  # never sent
    ABANDONED = "abandoned", "red", _("Abandoned")  # a person gave up; its rows stay in doubt

    @classmethod
    def open(cls) -> tuple[str, ...]:
        return (cls.READY, cls.CLAIMED, cls.SENDING, cls.WAITING, cls.IN_DOUBT)

    @classmethod
    def under_lease(cls) -> tuple[str, ...]:
        return (cls.CLAIMED, cls.SENDING)


class Outcome(models.TextChoices):
    """How one attempt of a batch ended."""

    KEPT = "kept", _("Kept")
    REFUSED = "refused", _("Rows refused")
    TRANSIENT = "transient", _("Transient")
    IN_DOUBT = "in_doubt", _("In doubt")
    LATE = "late", _("Answer came too late")
    STOPPED = "stopped", _("Stopped")  # definite error that names no row


class IssueStage(models.TextChoices):
    PREPARE = "prepare", _("Prepare")
    PLAN = "plan", _("Plan")
    ODOO = "odoo", _("Odoo")
    VERIFY = "verify", _("Verify")


class IssueLevel(ColouredChoices):
    WARNING = "warning", "amber", _("Warning")
    BLOCKED = "blocked", "amber", _("Blocked")
    ERROR = "error", "red", _("Error")


class KeyMapOrigin(models.TextChoices):
    """Written once; only ``created`` may ever be removed by a rollback."""

    CREATED = "created", _("Created")
    FOUND = "found", _("Found")  # existed under our external id
    ADOPTED = "adopted", _("Adopted")  # existed, matched by a rule


class KeyMapState(ColouredChoices):
    LIVE = "live", "green", _("Live")
    STUB = "stub", "amber", _("Stub")
    NEEDS_LINK = "needs_link", "amber", _("Needs link")
    ARCHIVED = (
        "archived",
        "grey",
        _("Archived"),
    )  # rollback archived it, the next run restores it
    KEPT = "kept", "amber", _("Kept")  # rollback could not undo it, see note
    GONE = "gone", "red", _("Gone")  # no longer in Odoo
