"""What the host does with an exception of an extension: print it and go on."""
import sys
import traceback


def report(message):
    """Prints a message and the exception that is being handled to stderr."""
    print('***', message, file=sys.stderr)
    traceback.print_exc()
