"""The formats of annotations that can be taken in and given out, one file a format."""

from annotations.formats import manifest, tutorial_csv
from annotations.formats.rows import BadFile, Fault, Format, PictureRow, RegionRow, Remark, Row, Written

FORMATS: dict[str, Format] = {kind.key: kind for kind in (tutorial_csv.FORMAT, manifest.FORMAT)}

__all__ = ["FORMATS", "BadFile", "Fault", "Format", "PictureRow", "RegionRow", "Remark", "Row", "Written"]
