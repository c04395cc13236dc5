"""Names in a ZIP: UTF-8 where it says so; else in the code page of whatever made it, which it does not say."""

from collections.abc import Iterator, Sequence
from zipfile import ZipInfo

from annotations import code_pages

SAYS_UTF8 = 0x800  # flag bit 11, APPNOTE 4.4.4
SUPPOSED = "cp437"  # what the specification says, and `zipfile` takes it for
LIKELY = 0.5  # from which on another code page is thought possible
MOST_OTHERS = 4


class Names:
    """What the files of one archive are called. Its names are looked at together, as one program wrote them."""

    def __init__(self, entries: Sequence[ZipInfo]) -> None:
        raw = [written for entry in entries if (written := self._raw(entry)) is not None and not written.isascii()]
        self._page = code_pages.guessed(raw, code_pages.IN_ZIPS) if raw else SUPPOSED
        told = code_pages.likely(raw, code_pages.IN_ZIPS) if raw else ()
        ranked = sorted(told, key=lambda found: -found[1])
        likely = [page for page, how in ranked if how >= LIKELY][:MOST_OTHERS]
        self._others = [page for page in dict.fromkeys((SUPPOSED, *likely)) if raw and page != self._page]
        self.page = code_pages.NAMES.get(self._page, "") if self._page != SUPPOSED else ""

    def of(self, entry: ZipInfo) -> str:
        raw = self._raw(entry)
        return entry.filename if raw is None else raw.decode(self._page, errors="replace")

    def others(self, entry: ZipInfo) -> Iterator[str]:
        """What it would be in the other code pages: a table may hold it as another program read it."""
        raw = self._raw(entry)
        if raw is not None and not raw.isascii():
            for page in self._others:
                try:
                    yield raw.decode(page)
                except UnicodeDecodeError:
                    continue

    @staticmethod
    def _raw(entry: ZipInfo) -> bytes | None:
        """The bytes of a name whose code page is not told. Some programs tell the name once more, and then it is."""
        if entry.flag_bits & SAYS_UTF8 or entry.filename != entry.orig_filename.partition("\0")[0]:
            return None
        try:
            return entry.filename.encode(SUPPOSED)
        except UnicodeEncodeError:
            return None
