"""The one error that users are shown: a line that says what is wrong, where, and what to do."""


class QawlError(Exception):
    """A failure that the caller can mend.

    `str(error)` is one line. The command line prints it and exits with 2; the service answers 400 with it.

    Args:
        what: what is wrong.
        where: the file and line, field or option it was found at.
        remedy: what the caller can do about it.
    """

    def __init__(self, what: str, *, where: str | None = None, remedy: str | None = None) -> None:
        self.what, self.where, self.remedy = what, where, remedy
        line = f"{where}: {what}" if where else what
        super().__init__(f"{line}; {remedy}" if remedy else line)
