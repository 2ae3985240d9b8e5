"""Minori's compute engine: gets one stateless task, reports events, writes files.

It knows nothing of users, queues or tables, and imports no heavy library here: the host decides
when that happens.
"""

__version__ = "0.1.0"
