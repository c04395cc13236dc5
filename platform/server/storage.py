"""Where uploaded files are kept: the one door through which everything that is stored on request passes."""

from pathlib import Path
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import FileSystemStorage

from accounts import room


class MediaStorage(FileSystemStorage):
    """Refuses while there is little room (507), and leaves nothing half written behind."""

    def save(self, name: str | None, content: IO[Any] | "File[Any]", max_length: int | None = None) -> str:
        file = content if isinstance(content, File) else File(content, name)
        room.check(file.size)
        key = self.get_available_name(name or str(file.name), max_length)
        try:
            return str(super().save(key, file, max_length))
        except OSError as error:
            if not room.is_full(error):
                raise
            Path(self.path(key)).unlink(missing_ok=True)
            raise room.refusal(room.free(), file.size) from error
