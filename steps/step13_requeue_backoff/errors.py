"""The errors a program may want to catch by name. Go's ErrJobNotFound and ErrHandlerNotFound."""


class JobNotFound(LookupError):
    """The storage holds no job with this id."""


class HandlerNotFound(LookupError):
    """No handler was registered for this type of job."""
