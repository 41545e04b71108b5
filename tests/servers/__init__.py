"""Servers for tests that cross processes: brokers, databases, proxies, gates, and the program itself.

Put tests/ on sys.path, then `from servers import RabbitMQ, CouchDB, Nginx, Gate, Shop, Deployment`. Everything listens on
the loopback address alone, on free ports, and ends with the test, also where the test is killed (the parent's death kills
it: so start these from the main thread).
"""

from .children import NotRun, free_port
from .client import Client, Gone, eventually
from .couchdb import CouchDB
from .deployment import Deployment
from .gate import Gate
from .nginx import Nginx
from .rabbitmq import RabbitMQ
from .shop import Shop

__all__ = ["Client", "CouchDB", "Deployment", "Gate", "Gone", "Nginx", "NotRun", "RabbitMQ", "Shop", "eventually",
           "free_port"]
