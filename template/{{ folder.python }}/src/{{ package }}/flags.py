"""Feature flags: a file in flagd's format, asked through OpenFeature."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Self

from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import OpenFeatureError
from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType
from openfeature.provider import AbstractProvider
from openfeature.provider.metadata import Metadata
from pydantic import BaseModel, Field, JsonValue, model_validator

logger = logging.getLogger(__name__)


class FlagsRefusedError(Exception):
    """The file is not in flagd's format."""


class Flag(BaseModel):
    state: Literal["ENABLED", "DISABLED"]
    variants: dict[str, JsonValue] = Field(min_length=1)
    defaultVariant: str | None = None  # noqa: N815 - flagd's name

    @model_validator(mode="after")
    def default_is_a_variant(self) -> Self:
        if self.defaultVariant and self.defaultVariant not in self.variants:
            raise ValueError(f"defaultVariant {self.defaultVariant!r} is none of the variants")
        return self


class FlagSet(BaseModel):
    """What has to hold before flagd's own evaluator gets the file, which looks when it is asked."""

    flags: dict[str, Flag]


class FlagFile(AbstractProvider):
    """The flags of a file, which is read again as soon as it has changed.

    Without the file every flag has the value that the code gives it. A file that is not in order
    is refused at the start; later what was read before stays in force.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.evaluator = FlagdCore()
        self.read = self.version()
        if self.read:
            self.load()
        else:
            logger.warning("no feature flags: there is no %s", path)

    def version(self) -> tuple[int, int, int] | None:
        """What changes with the file; None if there is none."""
        try:
            stat = self.path.stat()
        except OSError:
            return None
        return stat.st_ino, stat.st_mtime_ns, stat.st_size

    def load(self) -> None:
        try:
            text = self.path.read_text(encoding="utf-8")
            FlagSet.model_validate_json(text)
            self.evaluator.set_flags(text)
        except (OSError, ValueError, OpenFeatureError) as error:
            raise FlagsRefusedError(f"{self.path} holds no feature flags: {error}") from error

    def current(self) -> FlagdCore:
        version = self.version()
        if version and version != self.read:
            self.read = version  # a file that is refused is not tried again until it changes
            try:
                self.load()
                logger.info("feature flags read again")
            except FlagsRefusedError as error:
                logger.error("the feature flags stay as they were: %s", error)
        return self.evaluator

    def get_metadata(self) -> Metadata:
        return Metadata(name="flags.json")

    def resolve_boolean_details(
        self,
        flag_key: str,
        default_value: bool,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[bool]:
        return self.current().resolve_boolean_value(flag_key, default_value, evaluation_context)

    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        return self.current().resolve_string_value(flag_key, default_value, evaluation_context)

    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        return self.current().resolve_integer_value(flag_key, default_value, evaluation_context)

    def resolve_float_details(
        self,
        flag_key: str,
        default_value: float,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[float]:
        return self.current().resolve_float_value(flag_key, default_value, evaluation_context)

    def resolve_object_details(
        self,
        flag_key: str,
        default_value: Sequence[FlagValueType] | Mapping[str, FlagValueType],
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[Sequence[FlagValueType] | Mapping[str, FlagValueType]]:
        return self.current().resolve_object_value(flag_key, default_value, evaluation_context)
