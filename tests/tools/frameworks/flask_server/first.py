"""The API of package releases in Flask: the first version, with the framework's defaults."""

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import wraps

from flask import Blueprint, Flask, g, jsonify, request
from werkzeug.exceptions import HTTPException

PROCESSES = ["transpilation", "circuit_json_build"]

ACCOUNTS = [
    {"account_id": "acc_ada", "github_username": "ada", "email": "ada@example.com"},
    {"account_id": "acc_grace", "github_username": "grace", "email": None},
]
TOKENS = {
    os.environ.get("ADA_TOKEN", "ada-token"): ACCOUNTS[0],
    os.environ.get("GRACE_TOKEN", "grace-token"): ACCOUNTS[1],
}
PACKAGES = [
    {"package_id": "pkg_led", "creator_account_id": "acc_ada", "name": "ada/led-matrix"},
    {"package_id": "pkg_usb", "creator_account_id": "acc_ada", "name": "@ada/usb-hub"},
    {"package_id": "pkg_clock", "creator_account_id": "acc_grace", "name": "grace/clock"},
]
RELEASES = {}
FAILS = {"rel_led_2": "circuit_json_build", "rel_usb_1": "transpilation"}
LOCK = threading.Lock()


def isoformat(moment):
    return moment.isoformat() if moment else None


def add(release_id, package, version, outcomes, is_latest=False, commit_sha=None):
    """Add a release whose processes ended two hours ago, or are still waiting."""
    start = datetime.now(UTC) - timedelta(hours=2)
    release = {
        "package_release_id": release_id,
        "package_id": package["package_id"],
        "creator_account_id": package["creator_account_id"],
        "version": version,
        "commit_sha": commit_sha,
        "is_locked": False,
        "is_latest": is_latest,
        "created_at": start,
        "run": 0,
    }
    for process, outcome in zip(PROCESSES, [*outcomes, "pending", "pending"], strict=False):
        pending = outcome == "pending"
        end = start + timedelta(seconds=12)
        release[process] = {
            "status": outcome,
            "started_at": None if pending else start,
            "completed_at": None if pending else end,
            "logs": [] if pending else [{"msg": f"{process} {outcome}"}],
            "error": f"{process} failed" if outcome == "failed" else None,
        }
        start = end
    RELEASES[release_id] = release


add("rel_led_1", PACKAGES[0], "1.0.0", ["successful", "successful"], commit_sha="a1b2c3")
add("rel_led_2", PACKAGES[0], "1.1.0", ["successful", "failed"])
add("rel_led_3", PACKAGES[0], "2.0.0", ["successful", "successful"], is_latest=True)
add("rel_usb_1", PACKAGES[1], "0.1.0", ["failed"], is_latest=True)
add("rel_usb_2", PACKAGES[1], None, [])
add("rel_clock_1", PACKAGES[2], "3.0.0", ["successful", "successful"], is_latest=True)


def display_status(release):
    statuses = [release[process]["status"] for process in PROCESSES]
    if "failed" in statuses:
        return "failed"
    if all(status == "successful" for status in statuses):
        return "successful"
    if "building" in statuses or "successful" in statuses:
        return "building"
    return "pending"


def as_json(release, include_logs=True):
    """Return the release as the API shows it."""
    status = display_status(release)
    duration = None
    if status in ("successful", "failed"):
        ends = [release[p]["completed_at"] for p in PROCESSES if release[p]["completed_at"]]
        duration = max(ends) - release[PROCESSES[0]]["started_at"]
        duration = round(duration.total_seconds() * 1000)
    body = {
        key: release[key]
        for key in (
            "package_release_id",
            "package_id",
            "creator_account_id",
            "version",
            "commit_sha",
            "is_locked",
            "is_latest",
        )
    }
    body |= {
        "created_at": isoformat(release["created_at"]),
        "display_status": status,
        "total_build_duration_ms": duration,
    }
    for process in PROCESSES:
        build = release[process]
        body |= {
            f"{process}_display_status": build["status"],
            f"{process}_in_progress": build["status"] == "building",
            f"{process}_started_at": isoformat(build["started_at"]),
            f"{process}_completed_at": isoformat(build["completed_at"]),
            f"{process}_logs": build["logs"] if include_logs else [],
            f"{process}_is_stale": False,
            f"{process}_error": build["error"],
        }
    return body


def run_builds(release, run):
    """Run the builds of a release in a thread, until a newer run replaces this one."""
    time.sleep(0.5)
    for process in PROCESSES:
        build = {
            "status": "building",
            "started_at": datetime.now(UTC),
            "completed_at": None,
            "logs": [],
            "error": None,
        }
        with LOCK:
            if release["run"] != run:
                return
            release[process] = build
        for step in ("Fetching files", "Compiling"):
            time.sleep(0.5)
            build["logs"].append({"msg": step})
        failed = FAILS.get(release["package_release_id"]) == process
        with LOCK:
            build["status"] = "failed" if failed else "successful"
            build["error"] = f"{process} failed" if failed else None
            build["completed_at"] = datetime.now(UTC)
        if failed:
            return


class ApiError(Exception):
    def __init__(self, status, code, message, headers=None):
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
api = Blueprint("api", __name__, url_prefix="/api")

CODES = {
    400: "invalid_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "content_too_large",
    415: "unsupported_media_type",
}


def envelope(status, code, message, headers=None):
    return jsonify(error={"error_code": code, "message": message}), status, headers or {}


@app.errorhandler(ApiError)
def api_error(error):
    return envelope(error.status, error.code, error.message, error.headers)


@app.errorhandler(HTTPException)
def http_error(error):
    return envelope(error.code, CODES.get(error.code, "invalid_request"), error.description)


@app.errorhandler(Exception)
def crash(_):
    return envelope(500, "internal_error", "The server could not create a valid response")


def invalid(message):
    return ApiError(400, "invalid_request", message)


def caller():
    """Return the account of the token, or raise 401."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or token not in TOKENS:
        challenge = {"WWW-Authenticate": "Bearer"}
        raise ApiError(401, "unauthorized", "A bearer token is required", challenge)
    return TOKENS[token]


def login_required(view):
    @wraps(view)
    def wrapper():
        g.account = caller()
        return view()

    return wrapper


def read_body(*texts, flags=()):
    """Return the body, whose keys in `texts` must be texts and whose `flags` must be booleans."""
    body = request.get_json()
    if not isinstance(body, dict):
        raise invalid("The body must be an object")
    for key in texts:
        if key in body and (not isinstance(body[key], str) or not body[key]):
            raise invalid(f"{key} must be a text that is not empty")
    for key in flags:
        if key in body and not isinstance(body[key], bool):
            raise invalid(f"{key} must be true or false")
    return body


def find(resources, key, value):
    return next((resource for resource in resources if resource[key] == value), None)


def latest_of(package_id):
    releases = [r for r in RELEASES.values() if r["package_id"] == package_id]
    return find(releases, "is_latest", True)


@api.post("/package_releases/get")
def get_release():
    body = read_body(
        "package_release_id",
        "package_name_with_version",
        "package_name",
        "package_id",
        flags=["is_latest"],
    )
    include_logs = request.args.get("include_logs", "true")
    if include_logs not in ("true", "false"):
        raise invalid("include_logs must be true or false")
    if "package_release_id" in body:
        release = RELEASES.get(body["package_release_id"])
    elif "package_name_with_version" in body:
        name, _, version = body["package_name_with_version"].rpartition("@")
        package = find(PACKAGES, "name", name) or {"package_id": None}
        releases = [r for r in RELEASES.values() if r["package_id"] == package["package_id"]]
        release = find(releases, "version", version)
    elif "package_name" in body and body.get("is_latest"):
        package = find(PACKAGES, "name", body["package_name"])
        if package is None:
            raise ApiError(404, "package_not_found", "Package not found")
        release = latest_of(package["package_id"])
    elif "package_id" in body and body.get("is_latest"):
        release = latest_of(body["package_id"])
    else:
        raise invalid("Send a release id, a name with version, or a package with is_latest")
    if release is None:
        raise ApiError(404, "package_release_not_found", "Package release not found")
    return jsonify(ok=True, package_release=as_json(release, include_logs == "true"))


@api.post("/package_releases/list")
def list_releases():
    body = read_body("package_id", "package_name", "version", "commit_sha", flags=["is_latest"])
    if ("package_id" in body) == ("package_name" in body):
        raise invalid("Send either package_id or package_name")
    if "package_id" in body:
        package_id = body["package_id"]
    else:
        package = find(PACKAGES, "name", body["package_name"])
        package_id = package["package_id"] if package else None
    releases = [r for r in RELEASES.values() if r["package_id"] == package_id]
    for key in ("is_latest", "version", "commit_sha"):
        if key in body:
            releases = [release for release in releases if release[key] == body[key]]
    return jsonify(ok=True, package_releases=[as_json(release) for release in releases])


@api.post("/package_releases/rebuild")
@login_required
def rebuild_release():
    body = read_body("package_release_id")
    if "package_release_id" not in body:
        raise invalid("package_release_id is required")
    release = RELEASES.get(body["package_release_id"])
    if release is None:
        raise ApiError(404, "package_release_not_found", "Package release not found")
    package = find(PACKAGES, "package_id", release["package_id"])
    if package["creator_account_id"] != g.account["account_id"]:
        raise ApiError(403, "forbidden", "The package belongs to another account")
    with LOCK:
        release["run"] += 1
        for process in PROCESSES:
            release[process] = {
                "status": "pending",
                "started_at": None,
                "completed_at": None,
                "logs": [],
                "error": None,
            }
        body = as_json(release)
        run = release["run"]
    threading.Thread(target=run_builds, args=(release, run), daemon=True).start()
    return jsonify(ok=True, package_release=body)


def lookup(resources, values, *keys, code):
    """Return the resource that the first present key names."""
    for key in keys:
        if key in values:
            resource = find(resources, key, values[key])
            if resource is None:
                raise ApiError(404, code, "Not found")
            return resource
    raise invalid(f"Send {' or '.join(keys)}")


def query(*keys):
    if any(key in request.args and not request.args[key] for key in keys):
        raise invalid("A parameter must not be empty")
    return request.args


@api.route("/packages/get", methods=["GET", "POST"])
def get_package():
    keys = ("package_id", "name")
    values = query(*keys) if request.method == "GET" else read_body(*keys)
    return jsonify(ok=True, package=lookup(PACKAGES, values, *keys, code="package_not_found"))


@api.route("/accounts/get", methods=["GET", "POST"])
def get_account():
    keys = ("account_id", "github_username")
    values = query(*keys) if request.method == "GET" else read_body(*keys)
    if request.method == "GET" and not any(key in values for key in keys):
        return jsonify(account=caller())
    return jsonify(account=lookup(ACCOUNTS, values, *keys, code="account_not_found"))


app.register_blueprint(api)

if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "4802")))
