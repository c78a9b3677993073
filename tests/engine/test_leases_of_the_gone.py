"""What a killed process of this machine held is free at once; what a living one holds is not."""

import subprocess
import sys

from importer import loads
from importer.choices import LoadState
from importer.engine.leases import claim_step
from importer.models import Load
from importer.worker_names import own_name
from tests.engine.loading import Harbour, partners

_PREPARE = ((LoadState.PENDING, LoadState.PREPARING), LoadState.PREPARING)


def opened(harbour: Harbour) -> Load:
    return harbour.open(harbour.entity("customer", "res.partner"), partners(2))


def name_of_an_ended_process() -> str:
    tell = "from importer.worker_names import own_name; print(own_name())"
    command = [sys.executable, "-c", tell]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_what_a_killed_process_held_is_free_at_once(harbour: Harbour) -> None:
    load = opened(harbour)
    assert claim_step(load, *_PREPARE, name_of_an_ended_process())
    assert not claim_step(load, *_PREPARE, "next")
    assert loads.end_leases_of_the_gone() == {load.pk}
    assert claim_step(load, *_PREPARE, "next")


def test_what_a_living_process_or_one_elsewhere_holds_stays_its_own(harbour: Harbour) -> None:
    for holder in (own_name(), "elsewhere:1:1:000000000000"):
        load = opened(harbour)
        assert claim_step(load, *_PREPARE, holder)
        assert loads.end_leases_of_the_gone() == set()
        assert not claim_step(load, *_PREPARE, "next")
        Load.objects.filter(pk=load.pk).update(lease_until=None, worker="")
