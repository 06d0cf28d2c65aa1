"""What reading a file may cost: sizes that are refused, and what the process that reads is held to."""

from dataclasses import asdict, dataclass

MIB = 1024 * 1024
MAX_COLUMNS = 200
MAX_CELL = 32_000


@dataclass(frozen=True)
class Bounds:
    """size, inflated, strings: bytes of the file, of a workbook unpacked, of its texts. memory: address space of the
    reading process beyond the file itself. cpu_s, wall_s: its seconds.
    """

    size: int = 256 * MIB
    inflated: int = 200 * MIB
    strings: int = 64 * MIB
    entries: int = 200
    rows: int = 1_000_000
    cells: int = 5_000_000
    text_cells: int = 40_000_000
    memory: int = 512 * MIB
    cpu_s: int = 120
    wall_s: int = 180

    def as_json(self) -> dict[str, int]:
        return asdict(self)


#: A file of a feed, read by the loop. What a person waits for in a page: `ON_PAGE`.
OF_FEEDS = Bounds()
ON_PAGE = Bounds(size=32 * MIB, cpu_s=30, wall_s=40)
