"""Order and bounds: which event runs when.

- `schedule`: who may run now, given what runs and what waits; pure logic;
- `workers`: the threads or greenlets that run it;
- `timers`: which timer is due when, pure logic; `scheduler`: what runs it then;
- `order`: the orders that a router, a class or an event may choose.
"""

from nsroute.events_queue.order import (
    UNSET,
    Order,
    OrderChoice,
    UnsetType,
    check_order,
    nearest_order,
)
from nsroute.events_queue.schedule import UNLIMITED, EventQueue, Schedule
from nsroute.events_queue.scheduler import Scheduler
from nsroute.events_queue.timers import Timer, next_tick
from nsroute.events_queue.workers import Workers

__all__ = [
    "UNLIMITED",
    "UNSET",
    "EventQueue",
    "Order",
    "OrderChoice",
    "Schedule",
    "Scheduler",
    "Timer",
    "UnsetType",
    "Workers",
    "check_order",
    "nearest_order",
    "next_tick",
]
