"""Start the service: `python -m` and the name of this package."""

import signal
import sys

import uvicorn

from . import log
from .app import create_app
from .flags import FlagsRefusedError
from .settings import Settings


def main() -> None:
    settings = Settings()
    log.configure(settings.log_level)
    try:
        app = create_app(settings)
    except FlagsRefusedError as error:
        sys.exit(str(error))
    # Once the requests in flight are answered, uvicorn raises the signal that stopped it again.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        app,
        host=settings.bind,
        port=settings.port,
        timeout_graceful_shutdown=settings.shutdown_seconds,
        log_config=None,
        access_log=False,
    )


if __name__ == "__main__":
    main()
