"""The operations of the API. Each takes a request, and returns a status and a body."""

import hmac
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from .builds import STATES, Build
from .requests import (
    TARGETS,
    ApiError,
    Request,
    Window,
    bad_request,
    cursor_of,
    deployment_fields,
    project_fields,
)
from .store import Deployment, Project, Store, Team, seeded

Reply = tuple[int, Any]
T = TypeVar("T")
FAILING = "broken"  # a branch that starts with this word fails


def milliseconds() -> int:
    return time.time_ns() // 1_000_000


class Service:
    """The API. build_ms: the duration of a build in milliseconds."""

    def __init__(self, build_ms: int, clock: Callable[[], int] = milliseconds) -> None:
        self.build_ms, self.clock = build_ms, clock
        self.store: Store = seeded(clock())
        self.lock = threading.RLock()

    # Teams

    def caller(self, request: Request) -> Team:
        """Return the team of the API key. Raise ApiError (401)."""
        key = request.headers.get("x-api-key", "").encode()
        for team in self.store.teams.values():
            if hmac.compare_digest(team.api_key.encode(), key):
                return team
        raise ApiError(401, "unauthorized", "Send X-Api-Key")

    def get_team(self, request: Request) -> Reply:
        return 200, self.caller(request).json()

    # Projects

    def list_projects(self, request: Request) -> Reply:
        window, team = request.window(str), self.team(request.path["teamId"])
        projects = [each for each in self.store.projects.values() if each.team_id == team.id]
        projects.sort(key=lambda each: each.name)
        page, following = self.page(projects, window, lambda each: each.name)
        pagination = {"next": following, "count": len(page)}
        return 200, {"projects": [each.json() for each in page], "pagination": pagination}

    def create_project(self, request: Request) -> Reply:
        fields = project_fields(request.json())
        if "name" not in fields:
            raise bad_request("name is required")
        team = self.team(request.path["teamId"])
        self.check_owner(request, team.id)
        self.check_name(team.id, fields["name"])
        now = self.clock()
        identifier = f"prj_{self.store.number():04d}"
        framework = fields.get("framework")
        project = Project(identifier, team.id, fields["name"], framework, now, now)
        self.store.projects[identifier] = project
        return 201, project.json()

    def get_project(self, request: Request) -> Reply:
        return 200, self.project(request.path["projectId"]).json()

    def update_project(self, request: Request) -> Reply:
        fields = project_fields(request.json())
        if not request.json():
            raise bad_request("the body must have a property")
        project = self.project(request.path["projectId"])
        self.check_owner(request, project.team_id)
        if fields.get("name", project.name) != project.name:
            self.check_name(project.team_id, fields["name"])
        changed = replace(project, **fields, updated_at=self.clock())
        self.store.projects[project.id] = changed
        return 200, changed.json()

    def delete_project(self, request: Request) -> Reply:
        project = self.project(request.path["projectId"])
        self.check_owner(request, project.team_id)
        del self.store.projects[project.id]
        for each in self.deployments_of(project.id):
            del self.store.deployments[each.id]
        return 204, None

    # Deployments

    def list_deployments(self, request: Request) -> Reply:
        wanted = {"state": request.choice("state", STATES)}
        wanted["target"] = request.choice("target", TARGETS)
        window, project = request.window(int), self.project(request.path["projectId"])
        now = self.clock()
        shown = [(each, each.json(now)) for each in self.deployments_of(project.id)]
        shown = [pair for pair in shown if self.matches(pair[1], wanted)]
        shown.sort(key=lambda pair: -pair[0].number)
        page, following = self.page(shown, window, lambda pair: -pair[0].number)
        pagination = {"next": following, "count": len(page)}
        return 200, {"deployments": [body for _, body in page], "pagination": pagination}

    def create_deployment(self, request: Request) -> Reply:
        fields = deployment_fields(request.json())
        project = self.project(request.path["projectId"])
        self.check_owner(request, project.team_id)
        now, branch = self.clock(), fields.pop("branch")
        build = Build(1, now, self.build_ms, branch.startswith(FAILING))
        return 202, self.store.add_deployment(project, branch, build, **fields).json(now)

    def get_deployment(self, request: Request) -> Reply:
        return 200, self.deployment(request.path["deploymentId"]).json(self.clock())

    def cancel_deployment(self, request: Request) -> Reply:
        deployment, now = self.deployment(request.path["deploymentId"]), self.clock()
        self.check_owner(request, self.team_of(deployment))
        if now >= deployment.build.ended_at:
            raise ApiError(409, "not_cancelable", "The deployment has ended")
        deployment.build = replace(deployment.build, canceled_at=now)
        return 200, deployment.json(now)

    def redeploy(self, request: Request) -> Reply:
        deployment = self.deployment(request.path["deploymentId"])
        self.check_owner(request, self.team_of(deployment))
        before = deployment.build
        # Clients recognize a new build by its start, so that two never start at the same time.
        now = max(self.clock(), before.queued_at + 1)
        fails = deployment.branch.startswith(FAILING)
        deployment.build = Build(before.number + 1, now, self.build_ms, fails)
        return 202, deployment.json(now)

    def events(self, deployment: Deployment, known: str | None, now: int) -> list[tuple[str, Any]]:
        """Return the events that a client has not received yet, each with its id.

        known: the id of the last event that it received.
        """
        build = deployment.build
        changes = [change for change in build.changes() if change[0] <= now]
        number, _, index = (known or "").rpartition("-")
        if number.isdecimal() and index.isdecimal():
            first = int(index) + 1 if int(number) == build.number else 0
        else:  # starts with the deployment as it is
            first = max(i for i, (_, kind, _) in enumerate(changes) if kind != "end")
            changes[first] = (now, "deployment", 0)
        return [
            (f"{build.number}-{i}", self.event(deployment, kind, entry, at))
            for i, (at, kind, entry) in enumerate(changes)
            if i >= first
        ]

    def event(self, deployment: Deployment, kind: str, entry: int, at: int) -> tuple[str, Any]:
        """Return the name and the data of an event at a time."""
        if kind == "log":
            return kind, {"index": entry, "entry": deployment.build.log(at)[entry]}
        if kind == "end":
            return kind, {"state": deployment.build.state(at)}
        return kind, deployment.json(at)

    # What the operations share

    def team(self, identifier: str) -> Team:
        """Return a team. Raise ApiError (404)."""
        if identifier not in self.store.teams:
            raise ApiError(404, "team_not_found", "No such team")
        return self.store.teams[identifier]

    def project(self, identifier: str) -> Project:
        """Return a project. Raise ApiError (404)."""
        if identifier not in self.store.projects:
            raise ApiError(404, "project_not_found", "No such project")
        return self.store.projects[identifier]

    def deployment(self, identifier: str) -> Deployment:
        """Return a deployment. Raise ApiError (404)."""
        if identifier not in self.store.deployments:
            raise ApiError(404, "deployment_not_found", "No such deployment")
        return self.store.deployments[identifier]

    def deployments_of(self, project_id: str) -> list[Deployment]:
        """Return the deployments of a project."""
        deployments = self.store.deployments.values()
        return [each for each in deployments if each.project_id == project_id]

    def team_of(self, deployment: Deployment) -> str:
        """Return the id of the team that owns a deployment."""
        return self.project(deployment.project_id).team_id

    def check_owner(self, request: Request, team_id: str) -> None:
        """Raise ApiError (403) unless the API key belongs to a team."""
        if self.caller(request).id != team_id:
            raise ApiError(403, "forbidden", "The API key belongs to another team")

    def check_name(self, team_id: str, name: str) -> None:
        """Raise ApiError (409) if a team has a project with a name."""
        projects = self.store.projects.values()
        if any(each.team_id == team_id and each.name == name for each in projects):
            raise ApiError(409, "name_taken", "Choose another name")

    def matches(self, body: dict[str, Any], wanted: dict[str, str | None]) -> bool:
        """Return whether a deployment has the values of the filters."""
        return all(value in (None, body[name]) for name, value in wanted.items())

    def page(
        self, items: Sequence[T], window: Window, key: Callable[[T], Any]
    ) -> tuple[list[T], str | None]:
        """Return a page of sorted items, and the cursor of the next page.

        A cursor contains the key of the last item of its page, so that it stays valid if items are
        added or deleted.
        """
        rest = [item for item in items if window.after is None or key(item) > window.after]
        page = rest[: window.limit]
        return page, cursor_of(key(page[-1])) if len(rest) > len(page) else None
