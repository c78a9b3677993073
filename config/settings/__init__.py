"""Django's settings. Each upper-case name in the modules below is one; there is no other source.

A wrong environment variable raises ``config.env.SettingError`` with a sentence.
"""

from config.settings import (
    admin,
    api,
    apps,
    database,
    files,
    language,
    limits,
    logs,
    paths,
    queues,
    security,
)

for _module in (
    paths,
    security,
    apps,
    database,
    queues,
    files,
    language,
    limits,
    api,
    admin,
    logs,
):
    globals().update({name: getattr(_module, name) for name in dir(_module) if name.isupper()})
