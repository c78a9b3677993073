"""A hand in a process of its own, to be killed: ``python -m tests.engine.hand LOAD [WORKER]``.

Without a name it has its process's own, so that others see at once when it has ended.
"""

import os
import sys

import django


def main(load_id: int, worker: str = "") -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from importer import loads
    from importer.worker_names import own_name
    from tests.engine.loading import Notes

    ended = loads.work(load_id, reporter=Notes(), worker=worker or own_name(), seconds=60)
    sys.stdout.write(f"{ended.value}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
