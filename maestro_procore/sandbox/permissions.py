"""How much of a project's tool a user may do: none, read_only, standard or admin; admin unless somebody changed it.

Procore's own matrix per tool is not documented (reference 4 knows "permission too low", 403), so one rule serves all:
reading wants read_only, creating and changing standard, deleting admin. Levels are set through the control interface:
`POST state/tool_permissions {"project_id": 7, "tool": "documents", "who": "service" or "person", "level": "none"}`.
"""

from maestro_procore.sandbox.answers import forbidden
from maestro_procore.sandbox.visits import Visit

LEVELS = ("none", "read_only", "standard", "admin")
NEEDED = {"GET": "read_only", "POST": "standard", "PATCH": "standard", "PUT": "standard", "DELETE": "admin"}
TOO_LOW = "You do not have permission to do this in the {tool} tool of this project"


def level_of(visit: Visit, project_id: int | None, tool: str) -> str:
    """The level of who asks. The company's own tools (project None) are open to all."""
    who = "service" if visit.bearer.is_service else "person"
    found = visit.world.collection("tool_permissions").where(project_id=project_id, tool=tool, who=who)
    return str(found[-1]["level"]) if found else "admin"


def has_level(visit: Visit, project_id: int | None, tool: str, needed: str) -> bool:
    return LEVELS.index(level_of(visit, project_id, tool)) >= LEVELS.index(needed)


def check_level(visit: Visit, project_id: int, tool: str) -> None:
    """Errors: Refused 403 when the level is too low for what the request does."""
    if tool and not has_level(visit, project_id, tool, NEEDED.get(visit.call.method, "read_only")):
        raise forbidden(TOO_LOW.format(tool=tool))
