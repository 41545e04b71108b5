"""Foreign programs beside the shop, over RabbitMQ: they subscribe with queues of their own and read CloudEvents.

foreign_programs.py EDM    (run it with build/venv/bin/python3, which has pika)
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest

import pika

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from servers import NotRun, RabbitMQ  # noqa: E402

EDM = sys.argv.pop()


class Shop:
    """The program with a RabbitMQ of its own between the services."""

    def __init__(self, data, url):
        self.env = {"PATH": os.environ["PATH"], "EDM_DATA_DIR": str(data), "EDM_LISTEN": "127.0.0.1:0",
                    "EDM_BUS": "rabbitmq", "EDM_RABBITMQ_URL": url}
        self.process = subprocess.Popen([EDM, "serve"], env=self.env, cwd=data, stderr=subprocess.PIPE,
                                        stdout=subprocess.DEVNULL, text=True)
        self.lines = []
        for line in self.process.stderr:
            self.lines.append(line)
            if " ready " in line:
                return

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self.process.stderr.close()
        return code

    def command(self, *words):
        return subprocess.run([EDM, *words], env=self.env, capture_output=True, text=True, timeout=60)


class ForeignPrograms(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        try:
            cls.broker = RabbitMQ(folder.name)
        except NotRun as why:
            print(why)
            raise unittest.SkipTest(str(why)) from why
        cls.addClassCleanup(cls.broker.stop)
        cls.broker.start()

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def channel(self):
        connection = pika.BlockingConnection(pika.URLParameters(self.broker.url))
        self.addCleanup(connection.close)
        return connection.channel()

    def subscribe(self, channel, topic):
        """A queue of the foreign program's own, bound to the topic's exchange."""
        channel.exchange_declare("edm." + topic, exchange_type="fanout", durable=True)
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, "edm." + topic)
        return queue

    def shop(self):
        shop = Shop(pathlib.Path(self.folder.name), self.broker.url)
        self.addCleanup(lambda: shop.process.poll() is None and shop.end())
        return shop

    def test_a_foreign_program_reads_cloud_events(self):
        channel = self.channel()
        queue = self.subscribe(channel, "recipe-published")
        shop = self.shop()  # its first start loads a catalogue, so recipes are published
        for method, properties, body in channel.consume(queue, inactivity_timeout=20):
            self.assertIsNotNone(method, "no event came")
            break
        channel.cancel()
        event = json.loads(body)
        self.assertEqual(properties.content_type, "application/cloudevents+json")
        self.assertEqual(properties.delivery_mode, 2)
        self.assertEqual(event["specversion"], "1.0")
        self.assertEqual(event["type"], "edm.recipe-published.v1")
        self.assertTrue(event["source"].startswith("/edm/recipes/recipe-published/"), event["source"])
        self.assertEqual(properties.message_id, event["id"])
        for name in ("id", "source", "type", "subject", "specversion", "time", "sequence"):
            self.assertEqual(properties.headers["cloudEvents_" + name], event[name])
        self.assertEqual(shop.end(), 0)

    @unittest.skipUnless(shutil.which("amqp-consume"), "not run: install amqp-tools")
    def test_command_line_tools_read_them_too(self):
        channel = self.channel()
        queue = "a-report-of-somebody"
        channel.queue_declare(queue, durable=True)
        channel.exchange_declare("edm.recipe-published", exchange_type="fanout", durable=True)
        channel.queue_bind(queue, "edm.recipe-published")
        shop = self.shop()
        read = subprocess.run(["amqp-consume", "--url=" + self.broker.url.rstrip("/"), "--queue=" + queue, "--count=1", "cat"],
                              capture_output=True, text=True, timeout=30)
        self.assertEqual(read.returncode, 0, read.stderr)
        self.assertEqual(json.loads(read.stdout)["type"], "edm.recipe-published.v1")
        self.assertEqual(shop.end(), 0)

    def test_what_the_shop_declares_is_durable_and_replicated(self):
        shop = self.shop()
        self.assertEqual(shop.end(), 0)
        channel = self.channel()
        arguments = {"x-queue-type": "quorum", "x-delivery-limit": 2147483647, "x-single-active-consumer": True}
        # The broker refuses a declaration with other settings than those that are there.
        channel.queue_declare(self.some_queue(shop), durable=True,
                              arguments=arguments)
        with self.assertRaises(pika.exceptions.ChannelClosedByBroker):
            channel.queue_declare(self.some_queue(shop), durable=True)

    @staticmethod
    def some_queue(shop):
        for line in shop.lines:
            if "baseline_asked_for" in line:
                return "edm." + line.split("subscription=")[1].strip()
        raise AssertionError("no subscription was started:\n" + "".join(shop.lines))

    def test_every_queue_lost_is_a_baseline_and_nothing_is_lost(self):
        shop = self.shop()
        before = shop.command("audit", "--wait", "30")
        self.assertEqual(before.returncode, 0, before.stdout + before.stderr)
        self.assertEqual(shop.end(), 0)
        channel = self.channel()
        for line in shop.lines:
            if "baseline_asked_for" in line:
                channel.queue_delete("edm." + line.split("subscription=")[1].strip())
        again = self.shop()
        self.assertTrue(any("baseline_asked_for" in line for line in again.lines), "".join(again.lines))
        audit = again.command("audit", "--wait", "30")
        self.assertEqual(audit.returncode, 0, audit.stdout + audit.stderr)
        self.assertEqual(again.end(), 0)

    def test_a_queue_of_a_subscription_that_nobody_declares_is_dropped(self):
        shop = self.shop()
        self.assertEqual(shop.end(), 0)
        channel = self.channel()
        arguments = {"x-queue-type": "quorum", "x-delivery-limit": 2147483647, "x-single-active-consumer": True}
        for running in (True, False):
            with contextlib.closing(sqlite3.connect(pathlib.Path(self.folder.name) / "recipes.sqlite")) as store, store:
                store.execute("INSERT INTO note VALUES ('queue/recipes.gone', 1)")
            channel.queue_declare("edm.recipes.gone", durable=True, arguments=arguments)
            if running:
                shop = self.shop()
            self.assertRegex(shop.command("subscriptions", "list").stdout, r"recipes\.gone .*not declared")
            dropped = shop.command("subscriptions", "drop", "recipes.gone")
            self.assertEqual(dropped.returncode, 0, dropped.stdout + dropped.stderr)
            with self.assertRaises(pika.exceptions.ChannelClosedByBroker):
                channel.queue_declare("edm.recipes.gone", passive=True)
            channel = self.channel()
            self.assertNotIn("recipes.gone", shop.command("subscriptions", "list").stdout)
            self.assertEqual(shop.command("deadletters", "list").stdout, "no dead letters\n")
            if running:
                self.assertEqual(shop.end(), 0)

    def test_a_refused_login_ends_the_start_with_one_line(self):
        url = self.broker.url.replace("guest:guest", "guest:not-the-password")
        shop = Shop(pathlib.Path(self.folder.name), url)
        self.assertNotEqual(shop.process.wait(30), 0)
        said = "".join(shop.lines) + shop.process.stderr.read()
        shop.process.stderr.close()
        self.assertIn("EDM_RABBITMQ_URL: RabbitMQ at 127.0.0.1:", said)
        self.assertIn("refuses the login of user guest", said)
        self.assertNotIn("not-the-password", said)


unittest.main()
