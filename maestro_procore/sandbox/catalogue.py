"""All resources this sandbox serves: the one list a new resource is added to."""

from maestro_procore.sandbox.lookups import LOOKUPS
from maestro_procore.sandbox.projects import PROJECTS
from maestro_procore.sandbox.resources import Resource
from maestro_procore.sandbox.tools import TOOLS
from maestro_procore.sandbox.vendors import VENDORS

RESOURCES: tuple[Resource, ...] = (PROJECTS, VENDORS, TOOLS, *LOOKUPS)
