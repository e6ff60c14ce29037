"""How long a server for tests lives."""

import os
import sys
import threading


def stop_with_standard_input():
    """Ends this process when the one that started it is gone, even if that one was killed."""

    def wait():
        while os.read(sys.stdin.fileno(), 4096):
            pass
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()
