"""An API of deployments in FastAPI, with the document that FastAPI generates.

``python server.py`` prints the document. The variable FAULT names a fault of the server, which
breaks the document; see FAULTS.
"""

import json
import os
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, Query, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

FAULTS = (
    *("wrong-status", "missing-property", "wrong-type", "undocumented-status", "no-authentication"),
    *("crash", "another-resource", "still-found", "not-created", "accepts-invalid"),
)
FAULT = os.environ.get("FAULT", "")
TOKEN = os.environ.get("TOKEN", "deployer-token")
SLUG = None if FAULT == "accepts-invalid" else "^[a-z][a-z0-9-]{1,30}$"


class State(StrEnum):
    queued = "queued"
    building = "building"
    ready = "ready"
    canceled = "canceled"


class Message(BaseModel):
    detail: str


class NewProject(BaseModel):
    slug: str = Field(pattern=SLUG)
    title: str = Field(min_length=1, max_length=80)
    public: bool = True


class Project(NewProject):
    created_at: datetime


class NewDeployment(BaseModel):
    branch: str = Field(min_length=1, max_length=60)
    replicas: int = Field(default=1, ge=1, le=20)
    labels: dict[str, str] = {}


class DeploymentChanges(BaseModel):
    replicas: int | None = Field(default=None, ge=1, le=20)
    labels: dict[str, str] | None = None


class Deployment(NewDeployment):
    id: UUID
    project: str
    state: State
    created_at: datetime
    finished_at: datetime | None = None


class Deployments(BaseModel):
    items: list[Deployment]
    total: int = Field(ge=0)


def now() -> datetime:
    return datetime.now(UTC)


PROJECTS = {
    slug: Project(slug=slug, title=slug.title(), created_at=now()) for slug in ("shop", "blog")
}
DEPLOYMENTS = {
    each.id: each
    for each in (
        Deployment(id=uuid4(), project="shop", branch="main", state=State.ready, created_at=now()),
        Deployment(id=uuid4(), project="shop", branch="cart", state=State.queued, created_at=now()),
        Deployment(id=uuid4(), project="blog", branch="main", state=State.ready, created_at=now()),
    )
}


def signed_in(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer(auto_error=False))],
) -> None:
    if FAULT == "no-authentication":
        return
    if credentials is None or credentials.credentials != TOKEN:
        raise HTTPException(401, "Sign in", {"WWW-Authenticate": "Bearer"})


def project_of(project_id: Annotated[str, Path(max_length=40)]) -> Project:
    if project_id not in PROJECTS:
        raise HTTPException(404, "No such project")
    return PROJECTS[project_id]


def deployment_of(deployment_id: UUID) -> Deployment:
    if deployment_id not in DEPLOYMENTS:
        raise HTTPException(404, "No such deployment")
    if FAULT == "another-resource":
        return list(DEPLOYMENTS.values())[-1]
    return DEPLOYMENTS[deployment_id]


ByProject = Annotated[Project, Depends(project_of)]
ById = Annotated[Deployment, Depends(deployment_of)]
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Message}}
CONFLICT: dict[int | str, dict[str, Any]] = {409: {"model": Message}}
UNAUTHORIZED: dict[int | str, dict[str, Any]] = {401: {"model": Message}}

app = FastAPI(title="Deployments", version="1.4.0")
public = APIRouter()
private = APIRouter(dependencies=[Depends(signed_in)], responses=UNAUTHORIZED)


@public.get("/health")
def health() -> dict[str, bool]:
    return {"ok": True}


@public.get("/projects", tags=["projects"])
def list_projects() -> list[Project]:
    return list(PROJECTS.values())


@private.post("/projects", status_code=201, tags=["projects"], responses=CONFLICT)
def create_project(new: NewProject) -> Project:
    if new.slug in PROJECTS:
        raise HTTPException(409, "This slug is taken")
    PROJECTS[new.slug] = Project(**new.model_dump(), created_at=now())
    return PROJECTS[new.slug]


@public.get("/projects/{project_id}", tags=["projects"], responses=NOT_FOUND)
def read_project(project: ByProject) -> Project:
    return project


@private.delete("/projects/{project_id}", status_code=204, tags=["projects"], responses=NOT_FOUND)
def delete_project(project: ByProject) -> None:
    if FAULT != "still-found":
        del PROJECTS[project.slug]
    for each in [each for each in DEPLOYMENTS.values() if each.project == project.slug]:
        del DEPLOYMENTS[each.id]


@public.get("/projects/{project_id}/deployments", responses=NOT_FOUND)
def list_deployments(
    project: ByProject,
    state: State | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Deployments:
    if FAULT == "crash" and limit > 90:
        raise RuntimeError("too many")
    found = [each for each in DEPLOYMENTS.values() if each.project == project.slug]
    if state is not None:
        found = [each for each in found if each.state == state]
    return Deployments(items=found[:limit], total=len(found))


@private.post("/projects/{project_id}/deployments", status_code=201, responses=NOT_FOUND)
def create_deployment(project: ByProject, new: NewDeployment, response: Response) -> Deployment:
    created = Deployment(
        **new.model_dump(), id=uuid4(), project=project.slug, state="queued", created_at=now()
    )
    if FAULT != "not-created":
        DEPLOYMENTS[created.id] = created
    if FAULT == "wrong-status":
        response.status_code = 200
    return created


@public.get("/deployments/{deployment_id}", responses=NOT_FOUND)
def read_deployment(deployment: ById) -> Deployment:
    values = deployment.model_dump(mode="json")
    if FAULT == "missing-property":
        del values["branch"]
    if FAULT == "wrong-type":
        values["replicas"] = str(values["replicas"])
    if FAULT in ("missing-property", "wrong-type"):
        return Response(json.dumps(values), media_type="application/json")  # type: ignore[return-value]
    return deployment


@private.patch("/deployments/{deployment_id}", responses=NOT_FOUND)
def change_deployment(deployment: ById, changes: DeploymentChanges) -> Deployment:
    for name, value in changes.model_dump(exclude_none=True).items():
        setattr(deployment, name, value)
    return deployment


@private.post("/deployments/{deployment_id}/cancel", responses=NOT_FOUND | CONFLICT)
def cancel_deployment(deployment: ById, response: Response) -> Deployment:
    if FAULT == "undocumented-status":
        response.status_code = 202
    if deployment.state in (State.ready, State.canceled):
        raise HTTPException(409, f"The deployment is {deployment.state}")
    deployment.state = State.canceled
    deployment.finished_at = now()
    return deployment


@private.delete("/deployments/{deployment_id}", status_code=204, responses=NOT_FOUND)
def delete_deployment(deployment: ById) -> None:
    if FAULT != "still-found":
        del DEPLOYMENTS[deployment.id]


app.include_router(public)
app.include_router(private)

if __name__ == "__main__":
    print(json.dumps(app.openapi(), indent=2))
