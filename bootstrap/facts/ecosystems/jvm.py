"""Java and Kotlin: Maven and Gradle."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.facts.model import Evidence
from bootstrap.facts.parts import Ecosystem, Offer, Target, Unit
from bootstrap.facts.scan import Scan, folder, join

if TYPE_CHECKING:
    from collections.abc import Iterator

# A plugin in the build file → what it lints or formats with.
MAVEN_PLUGINS = (
    ("format", "spring-javaformat:validate", r"spring-javaformat-maven-plugin"),
    ("format", "spotless:check", r"spotless-maven-plugin"),
    ("format", "fmt:check", r"<artifactId>fmt-maven-plugin"),
    ("lint", "checkstyle:check", r"maven-checkstyle-plugin"),
    ("lint", "pmd:check", r"maven-pmd-plugin"),
    ("lint", "spotbugs:check", r"spotbugs-maven-plugin"),
)
GRADLE_PLUGINS = (
    ("format", "spotlessCheck", r"com\.diffplug\.(gradle\.)?spotless"),
    ("format", "checkFormat", r"io\.spring\.javaformat"),
    ("format", "ktlintCheck", r"ktlint"),
    ("lint", "checkstyleMain", r"(^|[\s'\"`])checkstyle['\"`]?"),
    ("lint", "detekt", r"detekt"),
)


SETTINGS = ("settings.gradle", "settings.gradle.kts")
MAX_CONVENTIONS = 40


def units(scan: Scan) -> Iterator[Unit]:
    """A unit per outermost pom.xml and per outermost Gradle build."""
    yield from _outermost(scan, ("pom.xml",), _maven)
    yield from _outermost(
        scan,
        (*SETTINGS, "build.gradle", "build.gradle.kts"),
        _gradle,
    )


def _outermost(scan: Scan, names: tuple[str, ...], unit: object) -> Iterator[Unit]:
    roots: list[str] = []
    for path in scan.named(*names):
        directory = folder(path)
        if not any(r in (".", directory) or directory.startswith(r + "/") for r in roots):
            roots.append(directory)
            yield unit(scan, path)  # type: ignore[operator]


def _maven(scan: Scan, path: str) -> Unit:
    directory, text = folder(path), scan.text(path)
    call = "./mvnw " if scan.has(join(directory, "mvnw")) else "mvn "
    offers = [Offer("build", call + "package", Evidence(path))]
    if _tested(scan, directory):
        offers.append(Offer("test", call + "test", Evidence(path)))
    offers += [
        Offer(slot, call + goal, scan.at(path, pattern))
        for slot, goal, pattern in MAVEN_PLUGINS
        if re.search(pattern, text)
    ]
    boot = "spring-boot-maven-plugin" in text
    if boot and "<modules>" not in text:
        offers.append(Offer("start", call + "spring-boot:run", scan.at(path, "spring-boot-maven")))
    elif "quarkus-maven-plugin" in text:
        offers.append(Offer("start", call + "quarkus:dev", scan.at(path, "quarkus-maven-plugin")))
    offers += _module_start(scan, directory, call) if "<modules>" in text else []
    modules = ("maven-modules",) if "<modules>" in text else ()
    targets = tuple(_default_goal(scan, path, call.strip()))
    return Unit("jvm", directory, Evidence(path), ("maven",), tuple(offers), targets, modules)


_DEFAULT_GOAL = re.compile(r"<defaultGoal>([^<]+)</defaultGoal>")


def _default_goal(scan: Scan, path: str, call: str) -> Iterator[Target]:
    """What `mvn` alone runs."""
    match = _DEFAULT_GOAL.search(scan.text(path))
    if match:
        where = scan.at(path, "<defaultGoal>")
        yield Target("default", call, folder(path), (f"mvn {match[1]}",), where, "maven", "jvm")


def _module_start(scan: Scan, directory: str, call: str) -> Iterator[Offer]:
    """The one module that holds a Spring Boot application."""
    prefix = "" if directory == "." else directory + "/"
    poms = [p for p in scan.named("pom.xml") if p.startswith(prefix) and folder(p) != directory]
    boots = [p for p in poms if "spring-boot-maven-plugin" in scan.text(p)]
    if len(boots) == 1:
        module = folder(boots[0]).removeprefix(prefix)
        yield Offer(
            "start", f"{call}spring-boot:run -pl {module}", scan.at(boots[0], "spring-boot-maven")
        )


def _gradle(scan: Scan, path: str) -> Unit:
    directory = folder(path)
    call = "./gradlew " if scan.has(join(directory, "gradlew")) else "gradle "
    build = next((p for p in _builds(directory) if scan.has(p)), path)
    text = "\n".join(map(scan.text, (build, *_conventions(scan, directory))))
    offers = [Offer("build", call + "build", Evidence(build))]
    if _tested(scan, directory):
        offers.append(Offer("test", call + "test", Evidence(build)))
    offers += [
        Offer(slot, call + task, scan.at(build, pattern))
        for slot, task, pattern in GRADLE_PLUGINS
        if re.search(pattern, text, re.MULTILINE)
    ]
    for task, pattern in (
        ("bootRun", r"org\.springframework\.boot['\"]"),
        ("run", r"io\.ktor\.plugin|(?<![.\w])application['\"`]|^\s*application\s*(\{|$)"),
    ):
        if re.search(pattern, text, re.MULTILINE):
            offers.append(Offer("start", call + task, scan.at(build, pattern)))
            break
    settings = [join(directory, name) for name in SETTINGS]
    many = any(re.search(r"^\s*include\b", scan.text(p), re.MULTILINE) for p in settings)
    multi = ("gradle-multiproject",) if many else ()
    return Unit("jvm", directory, Evidence(path), ("gradle",), tuple(offers), (), multi)


def _conventions(scan: Scan, directory: str) -> list[str]:
    """The plugins that a build keeps in a build of its own."""
    places = (join(directory, name) for name in ("buildSrc", "build-logic", "gradle/plugins"))
    paths = (path for place in places for path in scan.under(place))
    endings = (".gradle", ".gradle.kts", ".kt", ".groovy")
    return [path for path in paths if path.endswith(endings)][:MAX_CONVENTIONS]


def _builds(directory: str) -> tuple[str, ...]:
    return join(directory, "build.gradle"), join(directory, "build.gradle.kts")


def _tested(scan: Scan, directory: str) -> bool:
    return any("src/test/" in path for path in scan.under(directory))


ECOSYSTEM = Ecosystem(
    name="jvm",
    languages={".java": "java", ".kt": "kotlin", ".scala": "scala", ".groovy": "groovy"},
    units=units,
    goals=("mvn", "gradle"),
    tools={
        "mvn test": "test",
        "mvn verify": "test build",
        "mvn package": "build",
        "mvn install": "build",
        "mvn compile": "build",
        "mvn checkstyle:check": "lint",
        "mvn spotbugs:check": "lint",
        "mvn pmd:check": "lint",
        "mvn detekt:check": "lint",
        "mvn fmt:check": "format",
        "mvn fmt:format": "format",
        "mvn formatter:validate": "format",
        "mvn ktlint:check": "format lint",
        "mvn apache-rat:check": "",
        "mvn spotless:check": "format",
        "mvn spotless:apply": "format",
        "mvn spring-javaformat:validate": "format",
        "mvn spring-javaformat:apply": "format",
        "mvn spring-boot:run": "start",
        "mvn quarkus:dev": "start",
        "gradle test": "test",
        "gradle check": "test lint",
        "gradle build": "build test",
        "gradle assemble": "build",
        "gradle spotlessCheck": "format",
        "gradle spotlessApply": "format",
        "gradle spotlessJavaApply": "format",
        "gradle ktlintCheck": "format lint",
        "gradle ktlintFormat": "format",
        "gradle ktfmtCheck": "format",
        "gradle lintKotlin": "format lint",
        "gradle formatKotlin": "format",
        "gradle checkFormat": "format",
        "gradle allTests": "test",
        "gradle jvmTest": "test",
        "gradle unitTest": "test",
        "gradle spotbugsMain": "lint",
        "gradle pmdMain": "lint",
        "gradle detekt": "lint",
        "gradle lint": "lint",
        "gradle checkstyleMain": "lint",
        "gradle bootRun": "start",
        "gradle run": "start",
        "ktlint": "format lint",
    },
)
