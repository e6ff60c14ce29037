"""Runs a small application under Hypercorn, a whole HTTP/1.1 and HTTP/2 server, over TLS.

When it accepts connections it prints one line, `Serving on https://127.0.0.1:PORT`. Each answer says the protocol
version and how many connections requests have come over. `/meet/N` is answered when N requests are there at once, and
for each of them a line `request /meet/N` is printed.
"""

import argparse
import asyncio
import socket

from certificates import write_certificates
from hypercorn.asyncio import serve
from hypercorn.config import Config
from lifetime import stop_with_standard_input

clients = set()
waiting = []


async def application(scope, receive, send):
    if scope["type"] != "http":
        return
    clients.add(tuple(scope["client"]))
    while (await receive()).get("more_body"):
        pass
    if scope["path"].startswith("/meet/"):
        waiting.append(event := asyncio.Event())
        print("request", scope["path"], flush=True)
        if len(waiting) == int(scope["path"].split("/")[2]):
            for other in waiting:
                other.set()
            waiting.clear()
        await event.wait()
    body = f"{scope['http_version']} {len(clients)}".encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", required=True, help="where its certificates go; see certificates.py")
    parser.add_argument("--certificate", default="good", help="the one to show")
    parser.add_argument("--alpn", default="h2,http/1.1", help="protocols to offer")
    arguments = parser.parse_args()
    stop_with_standard_input()

    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    certificate, key = write_certificates(arguments.folder, arguments.certificate)
    config.certfile, config.keyfile = str(certificate), str(key)
    config.alpn_protocols = arguments.alpn.split(",")
    # A slow machine must not look idle.
    config.keep_alive_timeout = 60
    config.loglevel = "WARNING"
    print(f"Serving on https://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    asyncio.run(serve(application, config))


if __name__ == "__main__":
    main()
