"""The API of package releases in Flask: the second version, which holds."""

import json
import os
import threading
from functools import wraps

from data import ACCOUNTS, LOCK, PACKAGES, PROCESSES, RELEASES, TOKENS, as_json, run_builds
from flask import Blueprint, Flask, Request, g, jsonify, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import HTTPException


class ApiError(Exception):
    def __init__(self, status, code, message, headers=None):
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


class JsonRequest(Request):
    """A request whose body is JSON only with the media type application/json."""

    @property
    def is_json(self):
        return self.mimetype == "application/json"


def unique_keys(pairs):
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("an object has the same key twice")
    return values


def not_json(constant):
    raise ValueError(f"{constant} is not JSON")


class StrictJson(DefaultJSONProvider):
    """Reads UTF-8 with unique keys and without NaN, as RFC 8259 requires."""

    def loads(self, s, **kwargs):
        text = s.decode("utf-8") if isinstance(s, bytes) else s
        hooks = {"object_pairs_hook": unique_keys, "parse_constant": not_json}
        try:
            return json.loads(text, parse_int=float, **hooks, **kwargs)
        except RecursionError as error:
            raise ValueError("the body has too many levels") from error


class Api(Flask):
    request_class = JsonRequest
    json_provider_class = StrictJson


app = Api(__name__)
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
    headers = {"Allow": ", ".join(sorted(error.valid_methods))} if error.code == 405 else {}
    return envelope(
        error.code, CODES.get(error.code, "invalid_request"), error.description, headers
    )


@app.errorhandler(Exception)
def crash(_):
    return envelope(500, "internal_error", "The server could not create a valid response")


@app.after_request
def options(response):
    """Respond to OPTIONS without content."""
    if request.method == "OPTIONS" and response.status_code == 200:
        response.status_code = 204
    return response


def invalid(message):
    return ApiError(400, "invalid_request", message)


def caller():
    """Return the account of the token, or raise 401."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or token not in TOKENS:
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
    include_logs = query("include_logs").get("include_logs", "true")
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
    if any(len(request.args.getlist(key)) > 1 for key in keys):
        raise invalid("A parameter must occur only once")
    return request.args


@api.route("/packages/get", methods=["GET", "POST"])
def get_package():
    keys = ("package_id", "name")
    values = read_body(*keys) if request.method == "POST" else query(*keys)
    return jsonify(ok=True, package=lookup(PACKAGES, values, *keys, code="package_not_found"))


@api.route("/accounts/get", methods=["GET", "POST"])
def get_account():
    keys = ("account_id", "github_username")
    values = read_body(*keys) if request.method == "POST" else query(*keys)
    if request.method != "POST" and not any(key in values for key in keys):
        return jsonify(account=caller())
    return jsonify(account=lookup(ACCOUNTS, values, *keys, code="account_not_found"))


app.register_blueprint(api)

if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "4802")))
