"""What the tests of the network sizer share: what is typed into it, and what it draws."""

from __future__ import annotations

from playwright.sync_api import Page

SIZER = "network-sizer"
TABLE = "network-sizer table.layers:not(.beside)"
SMALL = ["input 3x8x8", "conv 4 3x3 p1", "relu", "pool 2x2", "fc 5"]


def write(page: Page, lines: list[str]) -> None:
    """Types a network of one's own, a layer a line."""
    page.get_by_label("Layers, one a line").fill("\n".join(lines))


def drawn(page: Page) -> list[list[str]]:
    """The table's cells as a reader sees them, row by row."""
    return page.locator(TABLE).evaluate(
        "table => [...table.tBodies[0].rows].map(row => [...row.cells].map(c => c.textContent))"
    )


def sizes_of(page: Page, networks: list[list[str]]) -> list[dict]:
    """What the sizer computes of each network, given by its lines."""
    return page.evaluate(
        """async lists => {
            const { sizeNetwork } = await import('./network-math.mjs');
            return lists.map(lines => sizeNetwork(lines));
        }""",
        networks,
    )
