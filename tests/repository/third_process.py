"""A contract with a third build process: a spec, one fixture and one scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PREFIX = "image_generation"

# The properties of a process in the spec: suffix after the prefix → schema.
DECLARED: dict[str, Any] = {
    "_display_status": {"$ref": "#/components/schemas/BuildStatus", "default": "pending"},
    "_in_progress": {"type": "boolean", "default": False},
    "_started_at": {"type": ["string", "null"], "format": "date-time"},
    "_completed_at": {"type": ["string", "null"], "format": "date-time"},
    "_logs": {"$ref": "#/components/schemas/Log"},
    "_is_stale": {"type": "boolean", "default": False},
    "_error": {"$ref": "#/components/schemas/ErrorText"},
}
REQUIRED = ("_display_status", "_in_progress", "_logs", "_is_stale")

FIXTURE = """\
about: { title: Nothing is built yet, tags: [pending] }
at: "2025-06-04T12:00:00.000Z"
resource:
  package_release_id: rel_pending
  package_id: pkg_3
  version: "1.0.0"
  is_locked: false
  is_latest: true
  created_at: "2025-06-04T11:59:00.000Z"
  display_status: pending
  transpilation_display_status: pending
  transpilation_in_progress: false
  transpilation_logs: []
  transpilation_is_stale: false
  circuit_json_build_display_status: pending
  circuit_json_build_in_progress: false
  circuit_json_build_logs: []
  circuit_json_build_is_stale: false
  image_generation_display_status: pending
  image_generation_in_progress: false
  image_generation_logs: []
  image_generation_is_stale: false
"""

SCENARIO = """\
about: { title: All three processes succeed }
default: true
from: pending
steps:
  - { at: 0.2, display_status: building, transpilation_display_status: building }
  - { at: 0.4, transpilation_display_status: successful }
  - { at: 0.6, circuit_json_build_display_status: building }
  - { at: 0.8, circuit_json_build_display_status: successful }
  - { at: 1, image_generation_display_status: building }
  - { at: 1.2, image_generation_logs: [{ msg: Rendering the top layer }] }
  - { at: 1.4, image_generation_display_status: successful, display_status: successful }
"""


def write(folder: Path) -> tuple[Path, Path]:
    """Write the contract and its fixtures into a folder and return their paths."""
    spec = yaml.safe_load((ROOT / "openapi.yaml").read_text())
    release = spec["components"]["schemas"]["PackageRelease"]
    release["x-timeline"]["processes"].append(PREFIX)
    release["properties"] |= {PREFIX + suffix: schema for suffix, schema in DECLARED.items()}
    release["required"] += [PREFIX + suffix for suffix in REQUIRED]
    (folder / "openapi.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))
    fixtures = folder / "fixtures"
    for name, text in (("releases/pending", FIXTURE), ("scenarios/succeeds", SCENARIO)):
        path = fixtures / f"{name}.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(text)
    for name in ("packages.yaml", "accounts.yaml", "credentials.yaml"):
        (fixtures / name).write_text((ROOT / "fixtures" / name).read_text())
    return folder / "openapi.yaml", fixtures
