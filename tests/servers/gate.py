"""A TCP gate between a program and a server, which the test opens and shuts."""

import socket
import struct
import threading

from .children import free_port


class _Connection:
    """A client's connection and its continuation to the server."""

    def __init__(self, client, server):
        self.client, self.server = client, server
        self.by_reset = self.dropping = False
        for s in (client, server):
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def end(self, by_reset=False):
        """Wakes the threads that read, which then close."""
        self.by_reset |= by_reset
        for s in (self.client, self.server):
            try:
                if by_reset:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                s.shutdown(socket.SHUT_RD if by_reset else socket.SHUT_RDWR)  # reading ends without a word to the peer
            except OSError:
                pass

    def close(self):
        if not self.by_reset:
            self.end()
        self.client.close()
        self.server.close()


class Gate:
    """Listens on .port of the loopback address and hands every connection on to `to_port`. All methods may be called from
    any thread, at any time; they hold for connections that are open and for those that come."""

    def __init__(self, to_port):
        self.to_port = to_port
        self.port = free_port()  # one that is still free when the gate opens again
        self.dropped = self.passed = 0  # answers thrown away, connections taken
        self._changed = threading.Condition()
        self._connections = set()
        self._stalled, self._delay, self._drop, self._answer = False, 0.0, None, None
        self._listener = None
        self.open()

    def open(self):
        """Takes connections (again, on the same port)."""
        with self._changed:
            if self._listener:
                return self
            self._listener = socket.socket()
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.bind(("127.0.0.1", self.port))
            self._listener.listen(128)
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()
        return self

    def cut(self):
        """Closes every connection, and refuses new ones until `open`."""
        with self._changed:
            listener, self._listener = self._listener, None
        if listener:
            try:
                listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
            except OSError:
                pass
            listener.close()
        self._end_all()

    def close(self):
        self.resume()
        self.cut()

    def stall(self):
        """Nothing passes in either direction, and nothing is closed, until `resume`."""
        self._set(_stalled=True)

    def resume(self):
        self._set(_stalled=False)

    def delay(self, seconds):
        """Every piece of data waits this long before it passes, in each direction; 0 again: not at all."""
        self._set(_delay=seconds)

    def reset(self):
        """Ends every open connection by RST; new ones are taken."""
        self._end_all(by_reset=True)

    def drop_answers_after(self, what, times=1):
        """The next `times` requests that hold the bytes `what` (or for which what(bytes) is true) reach the server; its
        answer is read to its first byte, thrown away, and the connection is closed. None: no more of it."""
        matches = what if callable(what) or what is None else lambda data: what in data
        self._set(_drop=[matches, times] if matches else None)

    def answer_with(self, answer):
        """Whatever is sent is answered with these bytes and reaches nobody; the connection is closed. None: no more of it."""
        self._set(_answer=answer)

    def _set(self, **values):
        with self._changed:
            self.__dict__.update(values)
            self._changed.notify_all()

    def _end_all(self, by_reset=False):
        with self._changed:
            ended, self._connections = self._connections, set()
            self._changed.notify_all()
        for connection in ended:
            connection.end(by_reset)

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.to_port), 10)
                server.settimeout(None)
            except OSError:
                client.close()
                continue
            connection = _Connection(client, server)
            with self._changed:
                taken = self._listener is listener
                if taken:
                    self._connections.add(connection)
                    self.passed += 1
            if not taken:
                connection.close()
                return
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(connection, source, target), daemon=True).start()

    def _pump(self, connection, source, target):
        try:
            while data := source.recv(65536):
                if not self._may_pass(connection) or self._drops(connection, source, data):
                    break
                if self._answer and source is connection.client:
                    source.sendall(self._answer)
                    break
                target.sendall(data)
        except OSError:
            pass
        finally:
            with self._changed:
                self._connections.discard(connection)
                self._changed.notify_all()
            connection.close()

    def _may_pass(self, connection):
        """Waits while the gate is stalled; false once the connection was ended meanwhile."""
        with self._changed:
            if self._delay:
                self._changed.wait_for(lambda: connection not in self._connections, self._delay)
            self._changed.wait_for(lambda: not self._stalled or connection not in self._connections)
            return connection in self._connections

    def _drops(self, connection, source, data):
        with self._changed:
            if source is connection.server:
                self.dropped += connection.dropping
                return connection.dropping
            if self._drop and self._drop[1] > 0 and self._drop[0](data):
                self._drop[1] -= 1
                connection.dropping = True
            return False
