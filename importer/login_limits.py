"""How often passwords may be tried, per user name and per address. Counted in the cache that all
web processes share; never says whether there is such a user.
"""

import logging
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from time import time
from unicodedata import normalize

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from importer.errors import StowageError

WINDOW_SECONDS = 15 * 60
_IPV6_SITE = 64

_log = logging.getLogger(__name__)


class TooManyTries(StowageError):
    """Passwords were tried too often; ``wait`` is the number of seconds until the next may be."""

    def __init__(self, wait: int) -> None:
        self.wait = wait
        minutes = ceil(wait / 60)
        super().__init__(
            "There were too many tries to log in with this user name or from this address. Try "
            f"again in {minutes} minute{'s' if minutes > 1 else ''}."
        )


def count_try(name: str, address: str) -> None:
    """Count a try before its password is looked at, so that tries made at once are counted too.
    Raises TooManyTries. A cache that is away is logged and stops nobody."""
    now = time()
    limits = {
        _name_key(name, now): settings.STOWAGE_LOGIN_TRIES,
        _address_key(address, now): settings.STOWAGE_LOGIN_TRIES_PER_ADDRESS,
    }
    try:
        is_over = [_count(key) > limit for key, limit in limits.items() if key]
    except RedisError as error:
        _log.warning("Tries to log in are not counted: %s.", type(error).__name__)
        return
    if any(is_over):
        _log.warning("Too many tries to log in, the last one from %s.", address or "a socket")
        raise TooManyTries(ceil(WINDOW_SECONDS - now % WINDOW_SECONDS))


def forget_tries(name: str, address: str) -> None:
    """The password was right: the name begins anew, and the address has one try less."""
    now = time()
    try:
        cache.delete(_name_key(name, now))
        _take_back(_address_key(address, now))
    except RedisError as error:
        _log.warning("Tries to log in are not forgotten: %s.", type(error).__name__)


def _count(key: str) -> int:
    cache.add(key, 0, timeout=2 * WINDOW_SECONDS)
    try:
        return cache.incr(key)
    except ValueError:  # the cache was emptied between the two
        return 1


def _take_back(key: str) -> None:
    try:
        if key:
            cache.decr(key)
    except ValueError:
        return


def _name_key(name: str, now: float) -> str:
    return _key("name", normalize("NFKC", name).strip().casefold(), now)


def _address_key(address: str, now: float) -> str:
    """Empty where there is no address, as on a socket of the machine's own proxy."""
    return _key("address", _site_of(address), now) if address else ""


def _site_of(address: str) -> str:
    """Whoever has one IPv6 address has all of its /64."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(ip_network((found, _IPV6_SITE), strict=False))
    return str(found)


def _key(kind: str, text: str, now: float) -> str:
    """Hashed, as a user name may be of any form and length; another key in the next window."""
    digest = sha256(text.encode(errors="backslashreplace")).hexdigest()
    return f"login-tries:{kind}:{digest}:{int(now // WINDOW_SECONDS)}"
