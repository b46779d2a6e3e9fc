"""The API host: find the operation of a request, check who asks and for which company, and serve it."""

import re
from collections.abc import Callable

from maestro_procore.sandbox import uploads_unified
from maestro_procore.sandbox.answers import Answer, Call, Refused, bad_parameter, not_found
from maestro_procore.sandbox.api_document import ApiDocument, literal_first, template_pattern
from maestro_procore.sandbox.catalogue import RESOURCES
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.downloads import Downloads, is_download
from maestro_procore.sandbox.identity import IDENTITY_ROUTES
from maestro_procore.sandbox.options import Switches
from maestro_procore.sandbox.records import Handler
from maestro_procore.sandbox.sign_in import SignIn
from maestro_procore.sandbox.storage import Storage
from maestro_procore.sandbox.uploads import Receiver
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import World


class ProcoreApi:
    """Everything below /rest/."""

    def __init__(
        self,
        document: ApiDocument,
        world: World,
        clock: SandboxClock,
        switches: Switches,
        sign_in: SignIn,
        base_url: Callable[[], str],
        storage: Storage,
    ) -> None:
        self._document = document
        self._world = world
        self._clock = clock
        self._switches = switches
        self._sign_in = sign_in
        self._base_url = base_url
        self._storage = storage
        self._downloads = Downloads(storage, world)
        self._receiver = Receiver(storage, world)
        self._handlers: dict[str, list[tuple[re.Pattern[str], Handler]]] = {}
        for resource in RESOURCES:
            for operation in resource.operations:
                handler = Handler(document, resource, operation)
                self._handlers.setdefault(operation.method.upper(), []).append(
                    (template_pattern(operation.path), handler)
                )
        for handlers in self._handlers.values():
            # Literal words before placeholders: /vendors/sync is not /vendors/{id}.
            handlers.sort(key=lambda pair: literal_first(pair[1].operation.path))

    def serve(self, call: Call) -> Answer:
        """Errors: Refused."""
        visit = Visit(
            call,
            self._sign_in.bearer(call),
            self._world,
            self._clock,
            self._switches,
            self._document,
            base_url=self._base_url(),
            storage=self._storage,
        )
        if is_download(call):
            return self._downloads.serve(visit)
        if uploads_unified.is_unified(call):
            return uploads_unified.serve(visit)
        identity = IDENTITY_ROUTES.get((call.method, call.path))
        if identity is not None:
            return identity(visit)
        handler, visit.path_values = self._route(call)
        visit.settle_company()
        self._check_project(visit)
        self._check_parameters(visit, handler)
        return handler.serve(visit)

    def _route(self, call: Call) -> tuple[Handler, dict[str, str]]:
        for pattern, handler in self._handlers.get(call.method, ()):
            match = pattern.fullmatch(call.path)
            if match:
                return handler, match.groupdict()
        others = sorted(
            method
            for method, handlers in self._handlers.items()
            if any(pattern.fullmatch(call.path) for pattern, _handler in handlers)
        )
        if others:
            raise Refused(405, {"code": 405, "message": "Method not allowed"}, {"Allow": ", ".join(others)})
        if self._document.find(call.method, call.path) is not None:
            raise Refused(404, {"code": 404, "message": "This sandbox does not have this part of the API yet"})
        raise not_found()

    def _check_project(self, visit: Visit) -> None:
        """The project of the path exists, and a service account is permitted to touch it."""
        if "project_id" not in visit.path_values:
            return
        project_id = visit.path_id("project_id")
        project = self._world.collection("projects").get(project_id)
        if project is None or not visit.owns(project):
            raise not_found()
        visit.check_permitted(project["id"])

    def _check_parameters(self, visit: Visit, handler: Handler) -> None:
        if self._switches["unknown_parameters"] == "ignore":
            return
        operation = handler.operation
        known = {
            parameter["name"].removesuffix("[]")
            for parameter in self._document.parameters(operation.method, operation.path)
        }
        for name, _value in visit.call.query:
            if name.removesuffix("[]") not in known:
                raise bad_parameter(name, "is not a known parameter")
