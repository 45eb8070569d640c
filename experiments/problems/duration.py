# synth: limits.seconds = 1
UNITS = [("d", 86400), ("h", 3600), ("m", 60), ("s", 1)]


def duration(seconds: int) -> str:
    """How long a job took, for people: days, hours, minutes and seconds, largest first.

    Units that are zero are left out, and a job of zero seconds took "0s". A negative number of
    seconds is a ValueError.

    >>> duration(3661)
    '1h 1m 1s'
    >>> duration(86400)
    '1d'
    >>> duration(125)
    '2m 5s'
    >>> duration(0)
    '0s'
    >>> duration(-1)
    Traceback (most recent call last):
    ValueError: negative
    """
    ...


assert duration(7384) == "2h 3m 4s"


def property_seconds_add_up(f, n: int):
    n = abs(n) % 10_000_000
    total = sum(int(part[:-1]) * dict(UNITS)[part[-1]] for part in f(n).split())
    assert total == n
