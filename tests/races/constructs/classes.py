"""Classes, and the special methods that the language calls."""

CLASSES = {
    "attributes that objects answer for themselves": """
        log = []
        class Proxy:
            def __getattr__(self, name):
                if name == "missing": raise AttributeError(name)
                log.append(f"get {name}")
                return [1]
            def __setattr__(self, name, value):
                log.append(f"set {name}")
                super().__setattr__(name, value)
            def __delattr__(self, name):
                log.append(f"del {name}")
                super().__delattr__(name)
        proxy = Proxy()
        proxy.size = 3
        proxy.size += 1
        size = proxy.size
        del proxy.size
        return proxy.size, proxy.other.append(2), size, log, hasattr(proxy, "missing"), getattr(proxy, "missing", 5)
    """,
    "every look is seen": """
        log = []
        class Watched:
            def __getattribute__(self, name):
                log.append(name)
                return object.__getattribute__(self, name)
        box = Watched()
        box.orders = [1]
        box.orders.append(2)
        if box.orders: box.orders += [3]
        for n in box.orders: pass
        return log, 3 in box.orders, getattr(box, "orders"), len(box.orders)
    """,
    "properties and descriptors": """
        class Field:
            def __set_name__(self, owner, name): self.name = name
            def __get__(self, thing, owner): return self if thing is None else thing.__dict__.get(self.name, "unset")
            def __set__(self, thing, value): thing.__dict__[self.name] = value * 2
            def __delete__(self, thing): thing.__dict__.pop(self.name)
        import functools
        class Job:
            size = Field()
            def __init__(self): self._state = "pending"
            @property
            def state(self): return self._state.upper()
            @state.setter
            def state(self, value): self._state = value
            @functools.cached_property
            def label(self): return f"job {self._state}"
            @classmethod
            def make(cls): return cls()
            @staticmethod
            def kind(): return "webhook"
        job = Job.make()
        before = job.size, job.label
        job.size, job.state = 4, "running"
        job.size += 1
        del job.__dict__["label"]
        try: del job.state
        except AttributeError as error: return before, vars(job), job.state, job.label, Job.kind(), str(error)
    """,
    "slots": """
        class Base:
            __slots__ = ("one", "__two", "__weakref__")
            def __init__(self): self.one, self.__two = 1, 2
            def both(self): return self.one, self.__two
        class More(Base): __slots__ = ("three",)
        thing = More()
        thing.three = 3
        thing.one += 1
        del thing.three
        told = [thing.both()]
        for name in ("three", "four"):
            try: told.append(getattr(thing, name))
            except AttributeError as error: told.append(str(error))
        try: thing.four = 1
        except AttributeError as error: told.append(str(error))
        return told
    """,
    "private names": """
        class _Pool:
            __limit = 3
            def __init__(self):
                self.__jobs, self.__size__ = {"a": 1}, 0
                self.__jobs["b"] = 2
                self.__count = len(self.__jobs)
                self.__count += 1
            def __hidden(self): return sorted(self.__jobs)
            def names(self): return self.__hidden(), self.__limit, [self.__count for _ in range(1)]
            class Inner:
                def __init__(self): self.__own = 1
        class __:
            def __init__(self): self.__plain = 1
        return _Pool().names(), sorted(vars(_Pool())), vars(_Pool.Inner()), vars(__())
    """,
    "class bodies": """
        base = 10
        orders = {}
        class Outer:
            size = base
            size += 1
            orders["made"] = size
            orders["made"] += 1
            names = [n for n in "ab"]
            for n in names: pass
            class Inner:
                size = 5
                def read(self): return base
            def reader(self): return base, __class__.__name__
            first, *rest = [1, 2, 3]
            assert size == 11
        return (sorted(n for n in vars(Outer) if not n.startswith("__") or "goqueue" in n), Outer().reader(),
                Outer.Inner().read(), orders)
    """,
    "super, and classes with several parents": """
        class Base:
            def __init__(self): self.log = ["Base"]
            def update(self, **more): self.log.append(more); return self
        class Left(Base):
            def __init__(self): super().__init__(); self.log.append("Left")
            def update(self, **more): return super().update(left=1, **more)
        class Right(Base):
            def __init__(self): super().__init__(); self.log.append("Right")
            def update(self, **more): return super(Right, self).update(right=1, **more)
        class Both(Left, Right):
            def update(self, **more): return super().update(name=2, **more)
        return Both().update(text=3).log
    """,
    "metaclasses and hooks of classes": """
        log = []
        class Meta(type):
            def __call__(cls, *args): log.append(args); return super().__call__(*args)
            @property
            def label(cls): return cls.__name__.lower()
            def __getitem__(cls, key): return key
            def __contains__(cls, key): return key == "in"
        class Base(metaclass=Meta):
            count = 0
            def __init_subclass__(cls, tag=None): log.append((cls.__name__, tag))
            def __class_getitem__(cls, key): return "never"
        class Job(Base, tag="t"):
            def __init__(self, name): type(self).count += 1; self.name = name
        Job("a"), Job("b")
        Base.count += 10
        return log, Job.count, Base.count, Job.label, Job[1], "in" in Job, list[int], dict[str, "x"]
    """,
}
