"""The web application."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from openfeature import api
from pydantic import BaseModel, Field

from .flags import FlagFile
from .log import RequestLog
from .settings import Settings

logger = logging.getLogger(__name__)


class Guest(BaseModel):
    name: str = Field(min_length=1, max_length=100)


class Greeting(BaseModel):
    message: str


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    # Open what requests share, such as a database pool, before the yield and close it after:
    # by then all requests have been answered.
    logger.info("started")
    yield
    logger.info("stopped")


def create_app(settings: Settings) -> FastAPI:
    app = FastAPI(lifespan=lifespan)
    app.add_middleware(RequestLog)
    api.set_provider_and_wait(FlagFile(settings.flags_file))
    flags = api.get_client()

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/greetings")
    async def greet(guest: Guest) -> Greeting:
        message = f"{settings.greeting}, {guest.name}!"
        if flags.get_boolean_value("warm-greeting", False):
            message += " It is good to see you."
        return Greeting(message=message)

    return app
