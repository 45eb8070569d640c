def running_total(amounts: list[int]) -> list[int]:
    """The balance of an account after each booking, starting from zero.

    >>> running_total([50, -20, 5])
    [50, 30, 35]
    >>> running_total([7])
    [7]
    >>> running_total([])
    []
    """
    ...
