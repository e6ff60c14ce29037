"""Runs the SCIM server scim2-server under gunicorn, as the peer of our tests.

Its own command line serves HTTP/1.0 with a short listen backlog and resets connections under load. Here the same
application runs in ONE worker process (its state is in memory: a second worker would be a second, different server)
with threads, keep-alive and a larger backlog.

When it accepts connections it prints one line, `Serving SCIM on http://127.0.0.1:PORT/v2`.
"""

import argparse
import json
import os
import secrets
import signal
import sys
import threading

from gunicorn.app.base import BaseApplication
from scim2_models import ScimProvider, ServiceProviderConfig
from scim2_server.memory import InMemoryStorage
from scim2_server.service import ScimService
from scim2_server.testserver.application import BEARER_TOKEN_SCHEME, BearerTokenApplication
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)


def scim_application(tokens, provider_config_path):
    """The SCIM application with an empty in-memory store."""
    if provider_config_path is None:
        config = load_default_service_provider_config()
    else:
        with open(provider_config_path, encoding="utf-8") as file:
            config = ServiceProviderConfig.model_validate(json.load(file))
    config.authentication_schemes = [*(config.authentication_schemes or []), BEARER_TOKEN_SCHEME]
    provider = ScimProvider.from_discovery(
        load_default_schemas().values(), load_default_resource_types().values(), config=config
    )
    service = ScimService(provider, secret=secrets.token_urlsafe(32))
    return BearerTokenApplication(InMemoryStorage(), provider, service=service, bearer_tokens=tokens)


class Peer(BaseApplication):
    """gunicorn with its settings given here and no configuration file."""

    def __init__(self, application, settings):
        self.application = application
        self.settings = settings
        super().__init__()

    def load_config(self):
        for name, value in self.settings.items():
            self.cfg.set(name, value)

    def load(self):
        return self.application


def announce(server):
    port = server.LISTENERS[0].sock.getsockname()[1]
    print(f"Serving SCIM on http://127.0.0.1:{port}/v2", flush=True)


def stop_with_standard_input():
    """Ends this process when the one that started it is gone, even if that one was killed."""

    def wait():
        while os.read(sys.stdin.fileno(), 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one (default)")
    parser.add_argument("--bearer-token", action="append", default=[], help="accepted token; may be repeated")
    parser.add_argument("--service-provider-config", metavar="FILE", help="announced configuration, as JSON")
    parser.add_argument("--threads", type=int, default=16, help="threads of the one worker")
    parser.add_argument("--until-stdin-closes", action="store_true", help="stop at the end of standard input")
    arguments = parser.parse_args()
    # A parent with many threads may start us with most signals blocked, SIGTERM too.
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    if arguments.until_stdin_closes:
        stop_with_standard_input()

    application = scim_application(arguments.bearer_token or ["test-token"], arguments.service_provider_config)
    settings = {
        "bind": f"127.0.0.1:{arguments.port}",
        "workers": 1,
        "worker_class": "gthread",
        "threads": arguments.threads,
        "worker_connections": 1000,
        "backlog": 512,
        "keepalive": 30,
        # A worker that is busy must not be taken for a hung one: its state would be lost.
        "timeout": 0,
        "graceful_timeout": 1,
        # It would stay behind in the home folder of whoever runs the tests.
        "control_socket_disable": True,
        "loglevel": "warning",
        "when_ready": announce,
    }
    Peer(application, settings).run()


if __name__ == "__main__":
    main()
