"""What the host does with an exception of an extension: print it and go on."""

import sys
import traceback

exception_records = []


def report(message, *, exc_info=False):
    """Prints a message to stderr, on request with the exception being handled, which is also remembered."""
    error = sys.exc_info()[1]
    if error is not None:
        exception_records.append(error)
    print("***", message, file=sys.stderr)
    if exc_info:
        traceback.print_exc()
