"""The teams, projects and deployments, in memory."""

import re
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from .builds import Build

DAY = 24 * 60 * 60 * 1000  # milliseconds


@dataclass(frozen=True)
class Team:
    """A team, and the API key that belongs to it."""

    id: str
    slug: str
    name: str
    created_at: int
    api_key: str

    def json(self) -> dict[str, Any]:
        """Return the team as the API does."""
        return {
            "id": self.id,
            "slug": self.slug,
            "name": self.name,
            "createdAt": self.created_at,
        }


@dataclass
class Project:
    """A project of a team."""

    id: str
    team_id: str
    name: str
    framework: str | None
    created_at: int
    updated_at: int

    def json(self) -> dict[str, Any]:
        """Return the project as the API does."""
        return {
            "id": self.id,
            "teamId": self.team_id,
            "name": self.name,
            "framework": self.framework,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
        }


@dataclass
class Deployment:
    """A deployment of a project, with its latest build. number: its position in time."""

    id: str
    number: int
    project_id: str
    target: str
    branch: str
    commit: str | None
    url: str
    created_at: int
    build: Build

    def json(self, now: int) -> dict[str, Any]:
        """Return the deployment as the API does."""
        commit = {} if self.commit is None else {"commit": self.commit}
        return {
            "id": self.id,
            "projectId": self.project_id,
            "target": self.target,
            "branch": self.branch,
            **commit,
            "url": self.url,
            "createdAt": self.created_at,
            **self.build.fields(now),
        }


@dataclass
class Store:
    """Everything that the server knows, by id."""

    teams: dict[str, Team] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    deployments: dict[str, Deployment] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: count(1))

    def number(self) -> int:
        """Return a number that was not used before."""
        return int(next(self._numbers))

    def add_deployment(
        self, project: Project, branch: str, build: Build, **others: Any
    ) -> Deployment:
        """Add a deployment with its first build."""
        number = self.number()
        deployment = Deployment(
            id=f"dpl_{number:04d}",
            number=number,
            project_id=project.id,
            target=others.get("target", "preview"),
            branch=branch,
            commit=others.get("commit"),
            url=re.sub("-+", "-", f"{project.name}-{number}") + ".deployments.example",
            created_at=build.queued_at,
            build=build,
        )
        self.deployments[deployment.id] = deployment
        return deployment


def seeded(now: int) -> Store:
    """Return a store with two teams, and deployments in the states in which they can stay."""
    store = Store()
    for team in (
        Team("team_aurora", "aurora", "Aurora", now - 300 * DAY, "aurora-key"),
        Team("team_borealis", "borealis", "Borealis & Söhne", now - 200 * DAY, "borealis-key"),
    ):
        store.teams[team.id] = team
    for project in (
        Project("prj_shop", "team_aurora", "shop", "nextjs", now - 90 * DAY, now - 2 * DAY),
        Project("prj_docs", "team_aurora", "docs", None, now - 80 * DAY, now - 80 * DAY),
        Project("prj_blog", "team_borealis", "blog", "astro", now - 70 * DAY, now - 70 * DAY),
    ):
        store.projects[project.id] = project
    shop, docs, blog = store.projects.values()
    sha = "4f1c0a9e7d3b5a6c8e2f1d0b9a8c7e6f5d4b3a29"
    hours = iter(range(48, 0, -4))
    for project, branch, others, fails, canceled in (
        (shop, "main", {"target": "production", "commit": sha}, False, None),
        (blog, "main", {"target": "production"}, False, None),
        (shop, "new-checkout", {}, True, None),
        (docs, "main", {"target": "production", "commit": sha}, False, None),
        (shop, "faster-search", {}, False, 5_000),
        (shop, "faster-search", {"commit": sha}, False, 25_000),
        (docs, "typo", {}, False, None),
        (shop, "feature/<b>bold</b> 🏳️‍🌈", {}, False, None),
    ):
        at = now - next(hours) * 60 * 60 * 1000
        until = None if canceled is None else at + canceled
        store.add_deployment(project, branch, Build(1, at, 40_000, fails, until), **others)
    return store
