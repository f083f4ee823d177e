"""Bugs to plant in the server, by their names. Each is a `Service` with other code in one place."""

from dataclasses import replace
from typing import Any

from .builds import QUEUED
from .requests import ApiError, Request, Window, cursor_of
from .service import Reply, Service
from .store import Deployment, Project


class LostCancel(Service):
    """The response says that the deployment is canceled, but its build goes on."""

    def cancel_deployment(self, request: Request) -> Reply:
        deployment = self.deployment(request.path["deploymentId"])
        build = deployment.build
        reply = super().cancel_deployment(request)
        deployment.build = build
        return reply


class CancelAfterTheEnd(Service):
    """A deployment that has ended can be canceled."""

    def cancel_deployment(self, request: Request) -> Reply:
        deployment, now = self.deployment(request.path["deploymentId"]), self.clock()
        self.check_owner(request, self.team_of(deployment))
        deployment.build = replace(deployment.build, canceled_at=now)
        return 200, deployment.json(now)


class PageRepeats(Service):
    """A page starts with the last item of the page before."""

    def page(self, items: Any, window: Window, key: Any) -> Any:
        after = window.after
        rest = [item for item in items if after is None or key(item) >= after]
        limit = window.limit if after is None else window.limit + 1
        page = rest[:limit]
        following = cursor_of(key(page[-1])) if len(rest) > limit else None
        return page[: window.limit], following


class PageLoses(Service):
    """A page starts one item too late."""

    def page(self, items: Any, window: Window, key: Any) -> Any:
        page, following = super().page(items, window, key)
        return (page if window.after is None else page[1:]), following


class AnyProject(Service):
    """The list of an unknown project is empty, instead of 404."""

    def list_deployments(self, request: Request) -> Reply:
        try:
            return super().list_deployments(request)
        except ApiError as error:
            if error.status == 404:
                return 200, {"deployments": [], "pagination": {"next": None, "count": 0}}
            raise


class AnyTeam(Service):
    """A team can change the projects of another."""

    def check_owner(self, request: Request, team_id: str) -> None:
        pass


class NotStored(Service):
    """A new deployment does not exist after the response."""

    def create_deployment(self, request: Request) -> Reply:
        reply = super().create_deployment(request)
        del self.store.deployments[reply[1]["id"]]
        return reply


class OldList(Service):
    """A list shows the state that a deployment had when it was created."""

    def list_deployments(self, request: Request) -> Reply:
        status, body = super().list_deployments(request)
        deployments = [self.store.deployments[each["id"]] for each in body["deployments"]]
        shown = [each.json(each.build.queued_at) for each in deployments]
        wanted = request.parameter("state")
        body["deployments"] = shown if wanted in (None, QUEUED) else body["deployments"]
        return status, body


class WithoutReadyAt(Service):
    """A deployment that is canceled has no `readyAt`."""

    def cancel_deployment(self, request: Request) -> Reply:
        status, body = super().cancel_deployment(request)
        return status, {name: value for name, value in body.items() if name != "readyAt"}


class Seconds(Service):
    """The timestamps of a new project are in seconds."""

    def create_project(self, request: Request) -> Reply:
        status, body = super().create_project(request)
        seconds = {name: body[name] // 1000 for name in ("createdAt", "updatedAt")}
        return status, body | seconds


class FilterIgnored(Service):
    """The filter `state` has no effect."""

    def matches(self, body: dict[str, Any], wanted: dict[str, str | None]) -> bool:
        return super().matches(body, wanted | {"state": None})


class AnotherDeployment(Service):
    """A request for an unknown deployment returns the first one, instead of 404."""

    def deployment(self, identifier: str) -> Deployment:
        return self.store.deployments.get(identifier) or next(iter(self.store.deployments.values()))


class StillListed(Service):
    """A deleted project stays in the list of its team."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.deleted: list[Project] = []

    def delete_project(self, request: Request) -> Reply:
        project = self.store.projects.get(request.path["projectId"])
        reply = super().delete_project(request)
        self.deleted += [project] if project else []
        return reply

    def list_projects(self, request: Request) -> Reply:
        before = self.store.projects
        self.store.projects = before | {each.id: each for each in self.deleted}
        try:
            return super().list_projects(request)
        finally:
            self.store.projects = before


class StillFound(Service):
    """A deleted project leaves its list, but can still be read."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.deleted: dict[str, Project] = {}

    def delete_project(self, request: Request) -> Reply:
        project = self.store.projects.get(request.path["projectId"])
        reply = super().delete_project(request)
        self.deleted |= {project.id: project} if project else {}
        return reply

    def get_project(self, request: Request) -> Reply:
        project = self.deleted.get(request.path["projectId"])
        return (200, project.json()) if project else super().get_project(request)


class RedeployKeepsLog(Service):
    """The log of the earlier build stays after a redeploy."""

    def redeploy(self, request: Request) -> Reply:
        deployment = self.deployment(request.path["deploymentId"])
        log = deployment.build.log(self.clock())
        status, body = super().redeploy(request)
        return status, body | {"log": log}


class LostRename(Service):
    """The response to a change has the new name, but the project keeps the old one."""

    def update_project(self, request: Request) -> Reply:
        project = self.store.projects.get(request.path["projectId"])
        reply = super().update_project(request)
        if project is not None:
            self.store.projects[project.id] = project
        return reply


class NameTwice(Service):
    """A team can have two projects with the same name."""

    def check_name(self, team_id: str, name: str) -> None:
        pass


class DeleteUnknown(Service):
    """The deletion of an unknown project gets 204, instead of 404."""

    def delete_project(self, request: Request) -> Reply:
        try:
            return super().delete_project(request)
        except ApiError as error:
            if error.status == 404:
                return 204, None
            raise


class StreamWithoutAnEntry(Service):
    """A stream leaves out the second entry of the log."""

    def events(self, deployment: Deployment, known: str | None, now: int) -> list[tuple[str, Any]]:
        due = super().events(deployment, known, now)
        return [each for each in due if each[1][0] != "log" or each[1][1]["index"] != 1]


BUGS: dict[str, type[Service]] = {
    "lost-cancel": LostCancel,
    "cancel-after-the-end": CancelAfterTheEnd,
    "page-repeats": PageRepeats,
    "page-loses": PageLoses,
    "any-project": AnyProject,
    "any-team": AnyTeam,
    "not-stored": NotStored,
    "old-list": OldList,
    "without-ready-at": WithoutReadyAt,
    "seconds": Seconds,
    "filter-ignored": FilterIgnored,
    "another-deployment": AnotherDeployment,
    "still-listed": StillListed,
    "still-found": StillFound,
    "redeploy-keeps-log": RedeployKeepsLog,
    "lost-rename": LostRename,
    "name-twice": NameTwice,
    "delete-unknown": DeleteUnknown,
    "stream-without-an-entry": StreamWithoutAnEntry,
}
