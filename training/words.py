"""Numbers as people say them."""


def duration(seconds: float | None) -> str:
    """`4 minutes 10 seconds`; the two largest units that matter."""
    if seconds is None:
        return "no time"
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours:
        return joined(counted(hours, "hour"), counted(minutes, "minute") if minutes else "")
    if minutes:
        return joined(counted(minutes, "minute"), counted(rest, "second") if rest else "")
    return counted(rest, "second")


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def joined(first: str, second: str) -> str:
    return f"{first} {second}" if second else first
