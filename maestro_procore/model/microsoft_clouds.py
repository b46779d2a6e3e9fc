"""The clouds of Microsoft: where each signs people in, and where its Graph answers. Pure.

Each is apart from the others: an app and its accounts are of one cloud. The one of US agencies called GCC is part of
the global one. Source: Microsoft, "National cloud deployments" of Graph (learn.microsoft.com/graph/deployments, read
2026-11).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Cloud:
    """name: of its text `connection.cloud.NAME`, and on the command line. graph, login: origins."""

    name: str
    graph: str
    login: str


GLOBAL: Final = Cloud("global", "https://graph.microsoft.com", "https://login.microsoftonline.com")
CLOUDS: Final[Mapping[str, Cloud]] = {
    cloud.name: cloud
    for cloud in (
        GLOBAL,
        Cloud("usgov", "https://graph.microsoft.us", "https://login.microsoftonline.us"),
        Cloud("usdod", "https://dod-graph.microsoft.us", "https://login.microsoftonline.us"),
        Cloud("china", "https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn"),
    )
}
"""In the order of the list to choose from."""


def cloud_of(graph_url: str) -> Cloud | None:
    """The cloud of a Graph address, whatever its path; the global one for '', None for any other host."""
    host = urlsplit(graph_url.strip()).hostname if graph_url.strip() else urlsplit(GLOBAL.graph).hostname
    return next((cloud for cloud in CLOUDS.values() if urlsplit(cloud.graph).hostname == host), None)


def address_of(name: str) -> str:
    """What a connection keeps of its cloud: the address of Graph, '' for the global one."""
    return "" if name == GLOBAL.name else CLOUDS[name].graph
