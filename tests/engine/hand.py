"""A hand in a process of its own, to be killed: ``python -m tests.engine.hand LOAD WORKER``."""

import os
import sys

import django


def main(load_id: int, worker: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from importer import loads
    from tests.engine.loading import Notes

    ended = loads.work(load_id, reporter=Notes(), worker=worker, seconds=60)
    sys.stdout.write(f"{ended.value}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
