"""What a worker runs: an id in, one verb, nothing out. Importing this registers the kinds."""

from importer import background, connections, datasets, profiles
from importer.choices import JobKind

background.register_job(
    JobKind.READ_DATASET, datasets.do_read_job, after_failure=datasets.after_failed_read
)
background.register_job(JobKind.PROFILE_DATASET, profiles.do_profile_job)
background.register_job(JobKind.REFRESH_SCHEMA, connections.do_refresh_job)


def execute_job(job_id: str) -> None:
    background.run_job(job_id)
