"""Says from which hosts a project fetches files that rows name by their address."""

from typing import Any

from django.core.management.base import CommandParser

from importer.management.naming import asking_user, project_named
from importer.management.verb_command import VerbCommand, add_project_argument
from importer.projects import set_file_hosts


class Command(VerbCommand):
    help = "Show or set the hosts that a project may fetch files from."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_project_argument(parser)
        parser.add_argument("hosts", nargs="*", metavar="HOST", help="such as images.example.com")
        parser.add_argument("--none", action="store_true", help="fetch from nowhere")

    def run_verb(self, options: dict[str, Any]) -> int:
        user = asking_user(options["user"])
        project = project_named(user, options["project"])
        if options["hosts"] or options["none"]:
            set_file_hosts(by=user, project=project, hosts=options["hosts"])
        hosts = list(project.file_hosts)
        said = f"Files are fetched from: {', '.join(hosts)}." if hosts else "No file is fetched."
        return self.answer(options, said, {"ok": True, "file_hosts": hosts})
