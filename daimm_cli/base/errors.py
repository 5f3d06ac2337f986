"""The one exception that the command line turns into a sentence.

>>> raise DaimmError("There is no file 'model.onnx': check the path.")
Traceback (most recent call last):
daimm_cli.base.errors.DaimmError: There is no file 'model.onnx': check the path.
"""


class DaimmError(Exception):
    """Something the user can put right; the message says what to do.

    exit_code: process exit status (2 = bad input, 3 = the chain refused, 4 = outside world failed,
    5 = something is not what it should be, 6 = an order ends without a key, 7 = not yet).
    title: what the message begins with on a terminal. data: more for who reads JSON.
    """

    exit_code = 2
    title = "Error"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.data: dict[str, object] = {}


class ChainRefused(DaimmError):
    """A contract reverted or a precondition on the chain does not hold."""

    exit_code = 3


class OutsideFailed(DaimmError):
    """A node, daemon or gateway did not do its part."""

    exit_code = 4


class VerificationFailed(DaimmError):
    """Bytes, roots, signatures or manifests do not match what the chain committed to."""

    exit_code = 5


class NotDelivered(DaimmError):
    """An order ended, or is about to end, without a key: its money goes back."""

    exit_code = 6


class NotYet(DaimmError):
    """What was waited for did not come in the time that was given."""

    exit_code = 7


class Stopped(DaimmError):
    """The user said no; nothing was done."""

    exit_code = 1
    title = "Stopped"
