"""A signed-in person before the annotation page: the API as their browser, and the page with their hands."""

import io
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import BrowserContext, Locator, Page, expect

EMAIL, PASSWORD = "annotator@example.org", "a long pass phrase for tests"
WIDTH, HEIGHT = 1200, 800
PLATE = (400, 500, 760, 600)  # left, top, right, bottom of what is drawn on every picture
MARGIN = 24  # between the picture and the edges of the stage when the whole of it is shown


def drawn_plate(text: str) -> bytes:
    picture = Image.new("RGB", (WIDTH, HEIGHT), (92, 110, 126))
    draw = ImageDraw.Draw(picture)
    draw.rectangle(PLATE, fill=(246, 246, 240), outline=(20, 20, 20), width=4)
    draw.text((420, 530), text, fill=(10, 10, 10), font_size=44)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


@dataclass(frozen=True)
class Server:
    """The native API, as the signed-in person of a browser."""

    context: BrowserContext
    address: str

    def ask(self, method: str, path: str, **given: Any) -> Any:
        token = next((cookie["value"] for cookie in self.context.cookies() if cookie["name"] == "csrftoken"), "")
        headers = {"X-CSRFToken": token, "Referer": self.address}
        answer = self.context.request.fetch(f"{self.address}{path}", method=method, headers=headers, **given)
        assert answer.ok, f"{method} {path}: {answer.status} {answer.text()}"
        return answer.json()

    def regions(self, image_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", f"/api/v1/images/{image_id}")["regions"]
        return found


def upload(server: Server, project: str, text: str) -> str:
    file = {"name": f"{text}.png", "mimeType": "image/png", "buffer": drawn_plate(text)}
    answer = server.ask("POST", f"/api/v1/projects/{project}/images", multipart={"file": file})
    return str(answer["images"][0]["id"])


def signed_in(context: BrowserContext, address: str, email: str) -> Server:
    server = Server(context, address)
    server.ask("GET", "/api/v1/session")
    server.ask("POST", "/api/v1/session/sign-in", data={"email": email, "password": PASSWORD})
    return server


@dataclass(frozen=True)
class Desk:
    """The annotation page with the hands of a person, in pixels of the picture."""

    page: Page

    def open(self, address: str) -> None:
        self.page.goto(address)
        expect(self.page.locator("[data-stage] canvas").first).to_be_visible()

    def at(self, x: float, y: float) -> tuple[float, float]:
        stage = self.page.locator("[data-stage]").bounding_box()
        assert stage is not None
        scale = min((stage["width"] - 2 * MARGIN) / WIDTH, (stage["height"] - 2 * MARGIN) / HEIGHT)
        left = stage["x"] + (stage["width"] - WIDTH * scale) / 2
        top = stage["y"] + (stage["height"] - HEIGHT * scale) / 2
        return left + x * scale, top + y * scale

    def drag(self, start: tuple[float, float], stop: tuple[float, float]) -> None:
        self.page.mouse.move(*self.at(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.at(*stop), steps=5)
        self.page.mouse.up()

    def draw_plate(self) -> None:
        left, top, right, bottom = PLATE
        self.drag((left, top), (right, bottom))
        expect(self.text()).to_be_focused()

    def text(self, number: int = 1) -> Locator:
        return self.page.get_by_label(f"Text of region {number}", exact=True)

    def expect_saving(self, words: str) -> None:
        expect(self.page.get_by_test_id("save-state")).to_have_text(words, timeout=15_000)

    def expect_saved(self) -> None:
        self.expect_saving("All changes saved")
