"""Keys are made once, kept privately, and the same for everybody who starts at the same time."""

import threading
from pathlib import Path

from config.kept import keep


def test_a_value_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "key"
    assert keep(file, lambda: "first") == "first"
    assert keep(file, lambda: "second") == "first"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_several_starters_agree_on_one_value(tmp_path: Path) -> None:
    file = tmp_path / "key"
    barrier = threading.Barrier(8)
    seen: set[str] = set()

    def start(number: int) -> None:
        def make() -> str:
            barrier.wait(10)  # all of them have found no file before the first writes it
            return str(number)

        seen.add(keep(file, make))

    threads = [threading.Thread(target=start, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 1
    assert sorted(tmp_path.iterdir()) == [file]
