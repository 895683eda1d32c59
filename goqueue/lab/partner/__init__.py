"""The partner: the webhook endpoint of the running story, on this machine, and the shop's side of the wire.

    deliver(url, 17) ── POST ──────> Partner: one thread a delivery
                                       script(17, attempt) -> Answer(status, delay)
           DeliveryFailed <── 503 ──   writes the delivery down, waits `delay`, then answers

- A script is a plain function of the order and of how often that order came. So the same deliveries get the same
  answers in every run, in whatever order they come.
- A delivery is written down before it is answered, so a caller that has an answer finds its delivery in
  `partner.deliveries`. A delivery without an answer (the shop hung up, the partner stopped) is written down too.
- After the `with` block no thread and no socket is left, even if a slow answer was on its way.
- Nothing prints.
"""

from goqueue.lab.partner.delivery import DeliveryFailed, deliver
from goqueue.lab.partner.server import Answer, Delivery, Partner, Script, down, flaky, healthy, slow

__all__ = ["Answer", "Delivery", "DeliveryFailed", "Partner", "Script", "deliver", "down", "flaky", "healthy", "slow"]
