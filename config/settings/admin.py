"""How the admin looks."""

UNFOLD = {
    "SITE_TITLE": "Stowage",
    "SITE_HEADER": "Stowage",
    "SITE_SYMBOL": "sailing",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": {"show_search": True, "show_all_applications": True},
}
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
