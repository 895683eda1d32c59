"""What a monitoring system is told of a queue. Each module needs the extra of its name, and is imported by hand.

    prometheus.py   from goqueue.metrics.prometheus import instrument     pip install 'goqueue[prometheus]'
    otel.py         from goqueue.metrics.otel import instrument           pip install 'goqueue[otel]'

Both are plugs on the hooks of a queue (goqueue/hooks.py). Nothing of the queue imports them.
"""
