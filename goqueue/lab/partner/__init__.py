"""The partner: the webhook endpoint of the running story, on this machine, and the shop's side of the wire.

A shop tells its partner of each order by webhook.

    shop (delivery.py)               partner (server.py)
    deliver(url, 17) ── POST ──────> one thread a delivery
                                       script(17, attempt) -> Answer(status, delay)   (scripts.py)
                                       writes the delivery down
           DeliveryFailed <── 503 ──   waits `delay`, then answers

What it promises:

- A script is a plain function of the order and of how often that order came. So the same deliveries get the same
  answers in every run, in whatever order they come.
- A delivery is written down before it is answered: who holds an answer finds its delivery in `partner.deliveries`.
  One that was never answered (the shop hung up, the partner stopped) is written down too: it did arrive.
- After the `with` block no thread and no socket is left, even if a slow answer was on its way.
- Nothing prints.
"""

from goqueue.lab.partner.delivery import DeliveryFailed, deliver
from goqueue.lab.partner.scripts import Answer, Script, down, flaky, healthy, slow
from goqueue.lab.partner.server import Delivery, Partner

__all__ = [
    "Answer",
    "Delivery",
    "DeliveryFailed",
    "Partner",
    "Script",
    "deliver",
    "down",
    "flaky",
    "healthy",
    "slow",
]
