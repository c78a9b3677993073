"""Which recorded calls are not compared with the sandbox, and why.

A row names a topic, a call and a method by patterns (``*``: any). What is no call on a model at
all (sessions, pages, broken bodies) is not in the recordings' list of calls to begin with.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.sandbox.recorded_calls import RecordedCall


@dataclass(frozen=True)
class Row:
    """Calls that match all patterns are left out for the reason."""

    reason: str
    topic: str = "*"
    name: str = "*"
    method: str = "*"

    def covers(self, call: RecordedCall) -> bool:
        return (
            fnmatchcase(call.topic, self.topic)
            and fnmatchcase(call.name, self.name)
            and fnmatchcase(f"{call.model}.{call.method}", self.method)
        )


def reason_for(call: RecordedCall) -> str:
    """Empty when the call is compared."""
    ids = call.result.get("ids") if isinstance(call.result, dict) else None
    if isinstance(ids, str):
        return "the answer was cut before it was kept"
    if isinstance(call.result, str) and call.result.startswith(("<", '"<')):
        return "the answer was cut before it was kept"
    if call.error in ("odoo.exceptions.AccessDenied", "werkzeug.exceptions.Unauthorized", "code 3"):
        return "passwords and keys were not kept"
    return next((row.reason for row in TABLE if row.covers(call)), "")


MODELS = "a model or method no template needs"
MADE_ELSEWHERE = "speaks of records that no recorded call made"
LANGUAGES = "the sandbox has English only"
RIGHTS = "rights of groups are finer on a real server"
HEADERS = "the header of the database is not among what is kept of a call"
TABLE = (
    Row(MODELS, method="mail.*"),
    Row(MODELS, method="stock.*"),
    Row(MODELS, method="base.language.install.*"),
    Row(MODELS, method="base_import.mapping.*"),
    Row(MODELS, method="res.users.apikeys*"),
    Row(MODELS, method="*.parse_preview"),
    Row(MODELS, method="*.get_fields_tree"),
    Row(MODELS, method="*.get_import_templates"),
    Row(MODELS, method="*.message_subscribe"),
    Row(MODELS, method="*.export_data"),
    Row(MODELS, method="*.has_group"),
    Row(MODELS, method="*.copy"),
    Row(MODELS, method="*.onchange"),
    Row(MODELS, method="*.web_search_read"),
    Row(MODELS, method="res.groups.search_read"),
    Row("what is an attribute of a server's class", "15/access*", "attribute not method"),
    Row("fallback values of a dry run", "*/base_import_extra", "*fallback*"),
    Row("fallback values of a dry run", "*/05_base_import*", "*fallback*"),
    Row("dates were taken out of what is kept", "15/create_write", "create bad date"),
    Row("the other user id is not kept", "15/version_auth", "*unknown uid"),
    Row("an error text of PostgreSQL itself", "15/load_o2m_sales", "continuation row repeats*"),
    Row("a private method called over XML-RPC", "17/04*", "method returning None"),
    Row("needs two calls at the same moment: tests/sandbox/test_calls_at_once.py", "15/concurr*"),
    Row("images of a seed", "17/04*", "read with bytes/binary"),
    Row("images of a seed", "19/01*", "search_read"),
    Row("all fields: other modules, other fields", "15/search_read", "search_read no fields*"),
    Row("all fields: other modules, other fields", "15/verify_misc", "*empty field list*"),
    Row("follows an export", "15/search_read", "get_metadata"),
    Row("an unknown time zone", "19/10*", "*tz ctx unknown"),
    Row(RIGHTS, name="*importer forbidden model"),
    Row(RIGHTS, name="imp user dryrun product"),
    Row(HEADERS, "19/01*", "* db*"),
    Row(HEADERS, "19/12*", "*wrong X-Odoo-Database*"),
    Row(LANGUAGES, "*/08*", "fr"),
    Row(LANGUAGES, "*/08*", "* fr*"),
    Row(LANGUAGES, "*/08*", "read en"),
    Row(MADE_ELSEWHERE, "15/create_write", "unlink int"),
    Row(MADE_ELSEWHERE, "15/create_write", "unlink product.template used*"),
    Row(MADE_ELSEWHERE, "15/create_write", "unlink several partners, one*"),
    Row(MADE_ELSEWHERE, "15/create_write", "unlink parent*"),
    Row(MADE_ELSEWHERE, "15/external_ids*", "unlink ir.model.data row only"),
    Row(MADE_ELSEWHERE, "15/load_partner_errors", "ambiguous related name*"),
    Row(MADE_ELSEWHERE, "19/10*", "*", "base_import.import.*"),
    Row(MADE_ELSEWHERE, "19/14*", "*", "base_import.import.*"),
    Row(MADE_ELSEWHERE, "19/13*", "*"),
)
