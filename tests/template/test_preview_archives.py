"""What a pull request hands over as a file can't reach beyond its own preview."""

from __future__ import annotations

import gzip
import importlib.machinery
import importlib.util
import io
import json
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT

PIECES = ROOT / "template/.process"
LIMIT = 1 << 20


@pytest.fixture(scope="module")
def preview() -> Iterator[ModuleType]:
    loader = importlib.machinery.SourceFileLoader("preview", str(PIECES / "preview"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    before, sys.modules["preview"] = sys.dont_write_bytecode, module
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    yield module
    sys.dont_write_bytecode = before
    del sys.modules["preview"]


@pytest.fixture(scope="module")
def images(preview: ModuleType) -> ModuleType:
    module: ModuleType = preview.load(PIECES / "preview.d/_images")
    return module


def member(name: str, content: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def linked(name: str, to: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=kind, linkname=to)


def tar(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:") as made:
        for info, content in members:
            made.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def sparse(name: str, size: int) -> bytes:
    """A file that says it's larger than what there is of it."""
    fields = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": name}
    fields["GNU.sparse.realsize"] = str(size)
    table = b"1\n0\n1\n".ljust(512, b"\0") + b"x".ljust(512, b"\0")
    return tar(member(name, table, pax_headers=fields))


REFUSED = {
    "an absolute path": tar(member("/tmp/evil", b"x")),
    "a path that leads up": tar(member("../evil", b"x")),
    "a path that leads up later": tar(member("a/../../evil", b"x")),
    "a path of git's own": tar(member(".git/config", b"x")),
    "an empty part": tar(member("a//b", b"x")),
    "a line break": tar(member("a\nb", b"x")),
    "an absolute link": tar(linked("a", "/etc/passwd")),
    "a link that leads out": tar(linked("a/b", "../../evil")),
    "a link that leads out through another": tar(linked("p/d", ".."), linked("x", "p/d/../../e")),
    "a file through a link": tar(linked("d", "."), member("d/evil", b"x")),
    "a hard link": tar(linked("a", "/etc/passwd", tarfile.LNKTYPE)),
    "a device": tar(member("a", type=tarfile.CHRTYPE, devmajor=1, devminor=5)),
    "a pipe": tar(member("a", type=tarfile.FIFOTYPE)),
    "a file twice": tar(member("a", b"1"), member("a", b"2")),
    "a sparse file": sparse("a", 1 << 40),
    "a compressed file": gzip.compress(tar(member("a", b"x"))),
    "half a file": tar(member("a", b"x" * 20_000))[:6_000],
    "what is no tar file": b"<html>",
    "one that is too large": tar(member("a", b"x" * (LIMIT + 1))),
}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_an_archive_that_reaches_out_is_refused(
    preview: ModuleType, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "artifact").write_bytes(content)
    with pytest.raises(preview.PreviewError) as refused:
        preview.unpack(tmp_path / "artifact", tmp_path / "in/side", LIMIT)
    assert "\n" not in str(refused.value)
    assert {path.name for path in tmp_path.iterdir()} <= {"artifact", "in"}
    assert not Path("/tmp/evil").exists()


def test_files_folders_and_links_that_stay_inside_come_as_they_are(
    preview: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "artifact").write_bytes(
        tar(member("./a/b", b"x", mode=0o4755), linked("a/c", "../d"), member("d", b"y"))
    )
    preview.unpack(tmp_path / "artifact", tmp_path / "made", LIMIT)
    assert (tmp_path / "made/a/c").read_text() == "y"
    assert (tmp_path / "made/a/b").stat().st_mode & 0o7777 == 0o755


def saved(
    layer: bytes = b"", tag: str = "process-preview/build/app:latest", **more: bytes
) -> bytes:
    """What `docker save` writes, of an image with one layer."""
    layer = layer or tar(member("server", b"program"))
    rows = [{"Config": "c.json", "RepoTags": [tag, "caddy:2.11"], "Layers": ["l/layer.tar"]}]
    manifest = json.dumps(rows).encode()
    files = {"c.json": b"{}", "l/layer.tar": layer, "manifest.json": manifest, **more}
    return tar(*(member(name, content) for name, content in files.items()))


NAMES = {"process-preview/build/app:latest": "process-preview/shop/pr-12/app:abc"}
Repack = Callable[[bytes], list[dict[str, object]]]


@pytest.fixture
def repacked(images: ModuleType, tmp_path: Path) -> Repack:
    """A function: an archive → the manifest of what the engine gets of it."""

    def repack(content: bytes) -> list[dict[str, object]]:
        (tmp_path / "artifact").write_bytes(content)
        images.repack(tmp_path / "artifact", tmp_path / "copy", NAMES, LIMIT)
        with tarfile.open(tmp_path / "copy", "r:") as copy:
            manifest = copy.extractfile("manifest.json")
            assert manifest
            assert {info.type for info in copy} == {tarfile.REGTYPE}
            rows: list[dict[str, object]] = json.load(manifest)
            return rows

    return repack


@pytest.mark.parametrize("layer", [b"", gzip.compress(tar(member("server", b"program")))])
def test_an_image_gets_the_name_of_its_preview_and_no_other(repacked: Repack, layer: bytes) -> None:
    table = json.dumps({"caddy": {"2.11": "evil"}}).encode()
    (row,) = repacked(saved(layer, repositories=table, **{"index.json": table}))
    assert row["RepoTags"] == ["process-preview/shop/pr-12/app:abc"]


def layers(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """An archive whose layer is no plain file."""
    rows = [{"Config": "c.json", "RepoTags": [*NAMES], "Layers": ["l/layer.tar"]}]
    manifest = member("manifest.json", json.dumps(rows).encode())
    return tar(*members, member("c.json", b"{}"), manifest)


BOMB = gzip.compress(tar(member("zeros", bytes(64 << 20))))
IMAGES_REFUSED = {
    "another preview's image alone": saved(tag="process-preview/shop/pr-13/app:abc"),
    "a layer that unfolds to too much": saved(BOMB),
    "a layer with a sparse file": saved(sparse("a", 1 << 60)),
    "a layer with a header of any length": saved(
        gzip.compress(tar(member("long", bytes(16 << 20), type=tarfile.GNUTYPE_LONGNAME)))
    ),
    "a layer in an unknown compression": saved(b"\x28\xb5\x2f\xfd" + b"x" * 2000),
    "half a compressed layer": saved(gzip.compress(tar(member("a", bytes(range(256)) * 99)))[:300]),
    "a layer that is a link": layers(linked("l/layer.tar", "/etc/passwd")),
    "a layer that links to itself": layers(linked("l/layer.tar", "layer.tar")),
    "a layer that is a device": layers(member("l/layer.tar", type=tarfile.CHRTYPE)),
    "no manifest": tar(member("c.json", b"{}")),
    "a manifest that is no JSON": saved(**{"manifest.json": b"{"}),
    "a manifest of another shape": saved(**{"manifest.json": b'{"a": 1}'}),
    "a manifest that is too deep": saved(**{"manifest.json": b"[" * 100_000}),
    "a compressed archive": gzip.compress(saved()),
}


@pytest.mark.parametrize("content", IMAGES_REFUSED.values(), ids=IMAGES_REFUSED)
def test_an_archive_of_images_that_is_none_is_refused(
    preview: ModuleType, repacked: Repack, content: bytes
) -> None:
    with pytest.raises(preview.PreviewError) as refused:
        repacked(content)
    assert "\n" not in str(refused.value)
