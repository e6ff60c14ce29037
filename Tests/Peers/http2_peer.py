"""An HTTP/2 server over TLS that does what a test asks for, frame by frame. The protocol itself is the package h2.

It prints one line when it listens, `Serving on https://127.0.0.1:PORT`, and then one line for each thing that a test
may wait for: `request CONNECTION PATH`, `reset CONNECTION PATH` (the client gave up a stream), `closed CONNECTION`.
"""

import argparse
import asyncio
import socket
import ssl
import struct

from certificates import write_certificates
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes
from hyperframe.frame import GoAwayFrame
from lifetime import stop_with_standard_input


def say(*words):
    print(*words, flush=True)


class Server:
    """What all connections share: how often each path was asked for, and who waits for others."""

    def __init__(self, maximum_streams):
        self.maximum_streams = maximum_streams
        self.connections = 0
        self.open = {}
        self.arrivals = {}
        self.waiting = {}

    def count(self, path):
        self.arrivals[path] = self.arrivals.get(path, 0) + 1
        return self.arrivals[path]


class Connection(asyncio.Protocol):
    def __init__(self, server):
        self.server = server
        self.http = H2Connection(H2Configuration(client_side=False))
        self.paths = {}
        # What is left to send of each body; None where it never ends.
        self.bodies = {}

    def connection_made(self, transport):
        self.transport = transport
        self.server.connections += 1
        self.number = self.server.connections
        self.server.open[self.number] = self
        self.http.initiate_connection()
        if self.server.maximum_streams:
            self.http.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: self.server.maximum_streams})
        self.flush()

    def connection_lost(self, _):
        say("closed", self.number)
        for waiting in self.server.waiting.values():
            waiting[:] = [(who, stream) for who, stream in waiting if who is not self]

    def data_received(self, data):
        try:
            events = self.http.receive_data(data)
        except ProtocolError as error:
            say("protocol-error", self.number, type(error).__name__)
            self.flush()
            self.transport.close()
            return
        ended = []
        for event in events:
            if isinstance(event, RequestReceived):
                path = dict(event.headers)[b":path"].decode()
                self.paths[event.stream_id] = path
                # A body that is never acknowledged stops when the window of the stream is used up.
                if path == "/swallow":
                    say("request", self.number, path)
            elif isinstance(event, DataReceived) and self.paths[event.stream_id] != "/swallow":
                self.http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, StreamEnded):
                ended.append(event.stream_id)
            elif isinstance(event, StreamReset):
                self.bodies.pop(event.stream_id, None)
                if event.stream_id in ended:
                    ended.remove(event.stream_id)
                say("reset", self.number, self.paths.get(event.stream_id))
        # Last: the same packet may reset the stream, or open its window.
        for stream in ended:
            self.answer(stream, self.paths[stream])
        self.pour()
        self.flush()

    def answer(self, stream, path):
        arrivals = self.server.count(path)
        say("request", self.number, path)
        kind = path.split("/")[1]
        if kind == "meet":
            self.meet(stream, path)
        elif kind == "endless":
            self.http.send_headers(stream, [(":status", "200")])
            self.bodies[stream] = None
        elif kind == "after-death" and not self.server.arrivals.get("/die/1"):
            pass
        elif kind == "hold":
            self.server.waiting.setdefault(path, []).append((self, stream))
        elif kind == "refuse" and arrivals <= int(path.split("/")[2]):
            self.http.reset_stream(stream, ErrorCodes.REFUSED_STREAM)
        elif kind == "reset" and arrivals == 1:
            self.http.reset_stream(stream, ErrorCodes.INTERNAL_ERROR)
        elif kind == "goaway" and arrivals == 1:
            # What came before this stream is still answered, this one is not (RFC 9113 section 6.8). Written past h2,
            # which would answer nothing more.
            self.flush()
            self.transport.write(GoAwayFrame(0, last_stream_id=max(0, stream - 2)).serialize())
        elif kind == "die" and arrivals <= int(path.split("/")[2]):
            self.die()
        elif kind == "kill":
            self.server.open[int(path.split("/")[2])].die()
            self.respond(stream, path)
        else:
            self.respond(stream, path)

    def meet(self, stream, path):
        """Answers none before as many are here as the path says, and then all."""
        waiting = self.server.waiting.setdefault(path, [])
        waiting.append((self, stream))
        if len(waiting) == int(path.split("/")[2]):
            self.server.waiting[path] = []
            for connection, held in waiting:
                connection.respond(held, path)
                connection.flush()

    def respond(self, stream, path):
        body = f"{self.number} {self.server.arrivals[path]}".encode()
        self.http.send_headers(stream, [(":status", "200"), ("content-length", str(len(body)))])
        self.bodies[stream] = body
        self.pour()
        self.release(path)

    def release(self, path):
        """`/release/NAME` answers what waits at `/hold/NAME`."""
        if not path.startswith("/release/"):
            return
        held = path.replace("release", "hold")
        for connection, stream in self.server.waiting.pop(held, []):
            connection.respond(stream, held)
            connection.flush()

    def pour(self):
        """Sends of each body what the windows allow."""
        for stream, body in list(self.bodies.items()):
            while size := min(self.http.local_flow_control_window(stream), self.http.max_outbound_frame_size):
                if body is None:
                    self.http.send_data(stream, b"." * size)
                    continue
                body, part = body[size:], body[:size]
                self.http.send_data(stream, part, end_stream=not body)
                if not body:
                    break
            if body == b"":
                del self.bodies[stream]

    def die(self):
        """Ends the TCP connection with a reset and without a word."""
        plain = self.transport.get_extra_info("socket")
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def flush(self):
        data = self.http.data_to_send()
        if data and not self.transport.is_closing():
            self.transport.write(data)


async def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", required=True, help="where its certificates go; see certificates.py")
    parser.add_argument("--certificate", default="good", help="the one to show")
    parser.add_argument("--maximum-streams", type=int, default=0, help="at once on a connection; 0 for no limit")
    arguments = parser.parse_args()
    stop_with_standard_input()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*write_certificates(arguments.folder, arguments.certificate))
    context.set_alpn_protocols(["h2"])
    state = Server(arguments.maximum_streams)
    # A client that closes with much still on its way to it would be reported 30 s later.
    listener = await asyncio.get_running_loop().create_server(
        lambda: Connection(state), "127.0.0.1", 0, ssl=context, ssl_shutdown_timeout=1, backlog=512
    )
    say(f"Serving on https://127.0.0.1:{listener.sockets[0].getsockname()[1]}")
    await listener.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
