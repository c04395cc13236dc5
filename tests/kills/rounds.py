"""Rounds of work and kills over one running server."""

import os
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from subprocess import run as start
from typing import Any

from annotations.drawn import draw_scene
from runner import layout
from tests.journeys.conftest import Stack
from tests.kills import clients, victims
from tests.kills.clients import Clients, Server, Told, until

PACKED = 40  # pictures of an archive: some seconds of work
MORE = 3  # acknowledgements of each kind that show that the work goes on


@dataclass
class Rounds:
    """One server, one project, and all that was acknowledged over all rounds."""

    stack: Stack
    server: Server
    told: Told = field(default_factory=Told)
    seeds: Any = field(default_factory=lambda: count(1000))

    @classmethod
    def begin(cls, stack: Stack) -> "Rounds":
        server = Server(stack.address, a_key(stack))
        made = server.insist("POST", "/api/v1/projects", json={"name": "Plates", "labels": ["number_plate"]})
        server.project, server.label = made["id"], made["labels"][0]["id"]
        return cls(stack, server)

    def kill(self, victim: str) -> None:
        self.stack = victims.kill(self.stack, victim)
        self.server.address = self.stack.address

    def upload_annotated(self, seed: int) -> None:
        """A drawn plate with its region: what is trained on."""
        scene = draw_scene(seed, clients.SIZE, easy=True)
        file = {"file": (f"{seed}.png", clients.picture(seed), "image/png")}
        image = self.server.insist("POST", self.server.of_project("images"), files=file)["images"][0]["id"]
        for quad, text in scene.regions:
            content = {"label": self.server.label, "quad": quad, "text": text}
            saved = self.server.insist("POST", f"/api/v1/images/{image}/regions", json=content)
            self.told.regions[saved["region"]["id"]] = image, text
        self.told.images[image] = f"{seed}.png"

    def kill_amid_uploads_annotation_and_an_import(self, victim: str) -> None:
        packed = list(islice(self.seeds, PACKED))
        working = Clients(self.server, self.told, self.seeds)
        with working.at_work(working.upload, working.annotate):
            begun = clients.send_archive(self.server, packed)
            until(lambda: clients.progress(self.server, begun)["done"] >= 2, 60, "for an import to begin")
            self.kill(victim)
            self._see_more(lambda: (len(self.told.images), len(self.told.regions)))
            until(
                lambda: clients.progress(self.server, begun)["finished_at"], 120, f"for an import; {victim} was killed"
            )
        self.check_taken_in(begun, packed)

    def kill_amid(self, victim: str, *works: str) -> None:
        """`works`: names of what `Clients` can do; each is acknowledged before the kill and after it."""
        working = Clients(self.server, self.told, self.seeds)
        with working.at_work(*(getattr(working, work) for work in works)):
            counts = lambda: tuple(len(self.told.of(work)) for work in works)  # noqa: E731
            self._see_more(counts)
            self.kill(victim)
            self._see_more(counts)

    def _see_more(self, counts: Callable[[], tuple[int, ...]]) -> None:
        """The work goes on: each count grows."""
        before = counts()
        grown = lambda: all(now >= then + MORE for now, then in zip(counts(), before, strict=True))  # noqa: E731
        until(grown, clients.PATIENCE, "for the work to go on")

    def check_taken_in(self, import_id: str, packed: list[int]) -> None:
        """The import has ended well, and each of its pictures is there once and counted once."""
        ended = clients.progress(self.server, import_id)
        assert (ended["state"], ended["done"]) == ("done", len(packed)), ended
        assert ended["report"]["images"] == len(packed), ended["report"]
        names = [name for name in clients.all_names(self.server) if name.startswith("packed-")]
        mine = [name for name in names if name in {f"packed-{seed}.png" for seed in packed}]
        assert sorted(mine) == sorted(f"packed-{seed}.png" for seed in packed)

    # a training -----------------------------------------------------------------------------------------------------

    def train(self, options: dict[str, Any]) -> str:
        made = self.server.insist("POST", self.server.of_project("runs"), json={"options": options})
        return str(made["id"])

    def wait_for_epoch(self, run: str, part: str) -> None:
        def reached() -> bool:
            return any(line["part"] == part for line in self.server.insist("GET", f"/api/v1/runs/{run}/epochs"))

        until(reached, 400, f"for an epoch of the {part}")

    def wait_for_attempt(self, run: str, number: int) -> None:
        until(lambda: self.told_of(run)["attempts"] >= number, 120, f"for attempt {number}")

    def told_of(self, run: str) -> dict[str, Any]:
        found: dict[str, Any] = self.server.insist("GET", f"/api/v1/runs/{run}")
        return found

    def check_ended_once(self, run: str) -> None:
        """Ready, one version, each epoch once, one mail."""
        until(lambda: self.told_of(run)["finished_at"], 600, "for the run to end")
        ended = self.told_of(run)
        log = self.server.insist("GET", f"/api/v1/runs/{run}/log")["text"]
        assert ended["state"] == "ready", (ended["failure"], log[-3000:])
        epochs = [(line["part"], line["epoch"]) for line in self.server.insist("GET", f"/api/v1/runs/{run}/epochs")]
        assert len(epochs) == len(set(epochs))
        versions = self.server.insist("GET", self.server.of_project("versions"))
        assert [version["run"] for version in versions].count(run) == 1
        until(lambda: len(self._mails_of(run)) >= 1, 30, "for the mail")
        assert len(self._mails_of(run)) == 1

    def _mails_of(self, run: str) -> list[Path]:
        """Quoted-printable breaks long lines, also inside the address of a run."""
        return [mail for mail in self.stack.mails() if run in mail.read_text().replace("=\n", "")]

    # the end --------------------------------------------------------------------------------------------------------

    def check_everything(self) -> None:
        until(self.server.is_well, 60, "for the server to be well")
        clients.check_kept(self.server, self.told)
        names = clients.all_names(self.server)
        assert len(names) == len(set(names)), "a picture is there twice"
        assert {"waiting", "running"}.isdisjoint(one["state"] for one in self._imports())
        database = self.stack.data / "glyphsmith.sqlite3"
        if database.exists():
            with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as reading:
                assert reading.execute("PRAGMA integrity_check").fetchone() == ("ok",)

    def _imports(self) -> list[dict[str, Any]]:
        found = self.server.insist("GET", self.server.of_project("imports"))
        return list(found["results"] if isinstance(found, dict) else found)


def a_key(stack: Stack) -> str:
    command = [sys.executable, str(layout.ROOT / "manage.py"), "apikey", "alice@example.org"]
    environment = {**os.environ, "GLYPHSMITH_DATA": str(stack.data), "DJANGO_SETTINGS_MODULE": "server.settings"}
    return start(command, env=environment, capture_output=True, check=True, text=True).stdout.strip()
