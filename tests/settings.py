"""The project's settings with the few changes that make tests quick."""

from config import settings as project

globals().update({name: getattr(project, name) for name in dir(project) if name.isupper()})

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
