"""What a client sent to be kept or read: files, or the web addresses of files."""

from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile


@dataclass(frozen=True, slots=True)
class Sent:
    """`address`: where the file was fetched from, "" of one that was sent itself. `file`: None if that failed."""

    file: "UploadedFile[Any] | None"
    address: str = ""

    @property
    def name(self) -> str:
        """As the client knows it: the whole address, or the name of the file."""
        return self.address or (self.file.name if self.file and self.file.name else "image")


def as_sent(files: "list[UploadedFile[Any]]") -> list[Sent]:
    return [Sent(file) for file in files]
