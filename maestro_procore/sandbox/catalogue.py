"""All resources this sandbox serves: the one list a new resource is added to."""

from maestro_procore.sandbox.attachments import RECORD_ATTACHMENTS
from maestro_procore.sandbox.budget_changes import BUDGET_CHANGES, BUDGET_MODIFICATIONS
from maestro_procore.sandbox.budget_lines import BUDGET, BUDGET_LINES
from maestro_procore.sandbox.budget_views import BUDGET_VIEWS
from maestro_procore.sandbox.change_orders import CHANGE_ORDERS_OF_ALL_TIERS
from maestro_procore.sandbox.code_lists import CODE_LISTS
from maestro_procore.sandbox.commitments import COMMITMENTS
from maestro_procore.sandbox.commitments_generic import COMMITMENTS_OF_BOTH_KINDS
from maestro_procore.sandbox.commitments_v2 import COMMITMENT_CONTRACTS
from maestro_procore.sandbox.cost_codes import COST_CODES
from maestro_procore.sandbox.daily_logs import DAILY_LOGS
from maestro_procore.sandbox.direct_cost_lines import DIRECT_COST_LINES
from maestro_procore.sandbox.direct_costs import DIRECT_COSTS
from maestro_procore.sandbox.documents import DOCUMENTS_TOOL, FILE_VERSIONS
from maestro_procore.sandbox.lookups import LOOKUPS
from maestro_procore.sandbox.one_way_tools import ONE_WAY_TOOLS
from maestro_procore.sandbox.photos import ALBUMS_OF_PHOTOS, PHOTOS
from maestro_procore.sandbox.prime_contracts import PRIME_CONTRACTS_AND_LINES
from maestro_procore.sandbox.projects import PROJECTS
from maestro_procore.sandbox.requisitions import REQUISITIONS
from maestro_procore.sandbox.resources import Resource
from maestro_procore.sandbox.segments import SEGMENTS
from maestro_procore.sandbox.taxes_and_units import TAXES_AND_UNITS
from maestro_procore.sandbox.tools import TOOLS
from maestro_procore.sandbox.uploads import FILE_UPLOADS
from maestro_procore.sandbox.vendors import VENDORS
from maestro_procore.sandbox.wbs_codes import WBS_CODES
from maestro_procore.sandbox.webhooks import WEBHOOKS

RESOURCES: tuple[Resource, ...] = (
    PROJECTS,
    VENDORS,
    TOOLS,
    COST_CODES,
    *CODE_LISTS,
    *SEGMENTS,
    WBS_CODES,
    DIRECT_COSTS,
    DIRECT_COST_LINES,
    BUDGET,
    BUDGET_LINES,
    BUDGET_CHANGES,
    BUDGET_MODIFICATIONS,
    BUDGET_VIEWS,
    *COMMITMENTS,
    COMMITMENTS_OF_BOTH_KINDS,
    COMMITMENT_CONTRACTS,
    *CHANGE_ORDERS_OF_ALL_TIERS,
    *PRIME_CONTRACTS_AND_LINES,
    REQUISITIONS,
    *TAXES_AND_UNITS,
    *LOOKUPS,
    DOCUMENTS_TOOL,
    FILE_VERSIONS,
    FILE_UPLOADS,
    PHOTOS,
    ALBUMS_OF_PHOTOS,
    RECORD_ATTACHMENTS,
    *DAILY_LOGS,
    *ONE_WAY_TOOLS,
    WEBHOOKS,
)
