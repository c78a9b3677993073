"""The project's outermost room: settings, services, urls, server. Nothing imports it from below."""
