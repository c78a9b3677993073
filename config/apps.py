"""The config app (commands) and the admin that uses our site."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class ConfigApp(AppConfig):
    name = "config"
    default = True


class AdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "config.admin_site.StowageAdminSite"
