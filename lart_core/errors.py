"""The one error that people are meant to read."""


class LartError(Exception):
    """Something that the user can mend.

    The message is one plain sentence: what was expected, what came, what to do. The command line
    prints it without a traceback, the app shows it in the page.
    """


class LartWarning(UserWarning):
    """Something that the user should know before waiting for it; one or two plain sentences."""
