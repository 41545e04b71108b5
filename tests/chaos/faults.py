"""What can go wrong around a deployment. Each fault begins, lasts while clients go on, and is undone.

A fault is a function of a `Scene`; it returns sentences about what should not have been while it lasted.
"""

import dataclasses
import functools
import random
import signal
import time

from servers import Gate


@dataclasses.dataclass
class Scene:
    """A deployment under load, its servers, and the gates between them (None where there is no such server)."""
    shop: object
    servers: object
    broker: Gate | None
    database: Gate | None
    crowd: object
    chance: random.Random
    volume_lost: bool = False

    def during(self, tries=40, seconds=3.0, enough=None):
        return self.crowd.during(tries, seconds, enough)


def answered(name, statuses):
    """An absent broker does not fail requests: the event log waits."""
    failed = [status for status in statuses if status is None or status >= 500]
    wrong = [f"{name}: {len(failed)} of {len(statuses)} requests failed: {sorted(map(str, set(failed)))}"] if failed else []
    return wrong if statuses else [f"{name}: nobody was answered at all"]


def without(scene, name, begin, undo):
    """Requests do not fail between the two."""
    begin()
    try:
        return answered(name, scene.during(60, 3, bool))
    finally:
        undo()


def kill_process(scene):
    process = scene.chance.choice(scene.shop.processes)
    process.kill()
    scene.during(20, 2)
    start(process)
    return []


def kill_process_at_once_again(scene):
    """Dies a second time while it starts, or soon after."""
    process = scene.chance.choice(scene.shop.processes)
    process.kill()
    process.begin()
    scene.during(10, scene.chance.random())
    process.kill()
    start(process)
    return []


def kill_over_and_over(scene):
    """The same process, with events that it has not acknowledged: none may fall to a limit of deliveries."""
    process = scene.chance.choice(scene.shop.processes)
    for _ in range(8):
        process.kill()
        start(process)
        scene.during(10, 1)
    return []


def stop_process(scene):
    """In order: what was taken is finished first."""
    process = scene.chance.choice(scene.shop.processes)
    code = process.stop()
    scene.during(20, 2)
    start(process)
    return [f"SIGTERM ended a process with {code}"] if code else []


def freeze_process(scene):
    process = scene.chance.choice(scene.shop.processes)
    process.process.send_signal(signal.SIGSTOP)
    try:
        scene.during(20, 2)
    finally:
        process.process.send_signal(signal.SIGCONT)
    return []


def start(process):
    process.clean_up()
    if not process.start():
        raise AssertionError("it does not start after a fault:\n" + "".join(process.log[-20:]))


# --- the broker

def kill_broker(scene):
    rabbitmq = scene.servers.rabbitmq
    return without(scene, "broker killed", rabbitmq.kill, rabbitmq.start)


def lose_volume(scene):
    """All queues and what was in them are gone: baselines heal it."""
    scene.volume_lost = True
    rabbitmq = scene.servers.rabbitmq
    return without(scene, "broker lost", rabbitmq.lose_volume, rabbitmq.start)


def stall_broker(scene):
    return without(scene, "broker stalled", scene.servers.rabbitmq.stall, scene.servers.rabbitmq.resume)


def broker_blocks_publishers(scene):
    """What it does when its disk or memory is short."""
    limit = functools.partial(scene.servers.rabbitmq.ctl, "set_disk_free_limit")
    return without(scene, "broker blocks publishers", lambda: limit("999999GB"), lambda: limit("50MB"))


def cut_broker(scene):
    return without(scene, "broker cut off", scene.broker.cut, scene.broker.open)


def stall_broker_gate(scene):
    return without(scene, "connections to the broker stalled", scene.broker.stall, scene.broker.resume)


def slow_broker(scene):
    return without(scene, "broker slow", lambda: scene.broker.delay(0.05), lambda: scene.broker.delay(0))


def reset_broker(scene):
    statuses = []
    for _ in range(5):
        scene.broker.reset()
        statuses += scene.during(10, 1, bool)
    return answered("connections to the broker reset", statuses)


def lost_confirms(scene):
    """What is published arrives, and the broker's confirm does not."""
    before = scene.broker.dropped
    scene.broker.drop_answers_after(b"\x00\x3c\x00\x28", times=5)  # the method basic.publish
    # It may be connecting just now, or have a backlog of the fault before.
    statuses = scene.during(40, 2, lambda got: got and scene.broker.dropped > before)
    scene.broker.drop_answers_after(None)
    return answered("confirms lost", statuses) + ([] if scene.broker.dropped > before else ["no confirm was lost"])


# --- the database

def away(name, statuses):
    """503 while it is away; only what was on its way may be unknown."""
    if 503 not in statuses:
        return [f"{name}: no request was answered 503: {sorted(map(str, set(statuses)))}"]
    return []


def kill_database(scene):
    scene.servers.couchdb.kill()
    statuses = scene.during(60, 4, lambda got: 503 in got)
    scene.servers.couchdb.start()
    return away("database killed", statuses)


def cut_database(scene):
    scene.database.cut()
    try:
        return away("database cut off", scene.during(60, 4, lambda got: 503 in got))
    finally:
        scene.database.open()


def reset_database(scene):
    for _ in range(5):
        scene.database.reset()
        scene.during(10, 1)
    return []


def stall_database(scene):
    scene.database.stall()
    try:
        scene.during(20, 3)
    finally:
        scene.database.resume()
    return []


def slow_database(scene):
    scene.database.delay(0.05)
    try:
        scene.during(60, 5)
    finally:
        scene.database.delay(0)
    return []


def broken_database(scene):
    """It answers 500 to everything."""
    scene.database.answer_with(b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n"
                               b"Content-Length: 45\r\nConnection: close\r\n\r\n"
                               b'{"error":"unknown_error","reason":"the test"}')
    try:
        scene.during(40, 3)
    finally:
        scene.database.answer_with(None)
    return []


def lost_answers(scene):
    """A write arrives, and its answer does not: was it made?"""
    before = scene.database.dropped
    scene.database.drop_answers_after(lambda data: data.startswith((b"PUT /", b"POST /")) and b"/_find" not in data[:200] and
                                      b"/_session" not in data[:200], times=10)
    scene.during(60, 5, lambda _: scene.database.dropped > before)
    scene.database.drop_answers_after(None)
    return [] if scene.database.dropped > before else ["lost answers: none was lost"]


def conflicts(scene):
    """Everything at once at the same documents, through all processes."""
    scene.crowd.bursts.set()
    try:
        statuses = scene.during(200, 5, {201, 409}.issubset)
    finally:
        scene.crowd.bursts.clear()
    return [] if 201 in statuses and 409 in statuses else [f"conflicts: {sorted(map(str, set(statuses)))}"]


PROCESS = [conflicts, kill_process, kill_process_at_once_again, kill_over_and_over, stop_process, freeze_process]
BROKER = [kill_broker, lose_volume, stall_broker, broker_blocks_publishers, cut_broker, reset_broker, stall_broker_gate,
          slow_broker, lost_confirms]
DATABASE = [cut_database, reset_database, stall_database, slow_database, broken_database, lost_answers]
OWN_DATABASE = [kill_database]  # one that nobody else uses


def named(name):
    return next(fault for fault in PROCESS + BROKER + DATABASE + OWN_DATABASE if fault.__name__ == name)
