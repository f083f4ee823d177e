"""Errors as problem details (RFC 9457)."""

from flask import jsonify

TITLES = {
    400: "The request is not valid",
    401: "Send the token of a customer",
    403: "The order belongs to another customer",
    404: "This resource does not exist",
    409: "The request conflicts with the current state",
    412: "The resource has another version",
    415: "The body has another media type",
    422: "The request breaks a rule",
}


class ProblemError(Exception):
    """A response with an error. errors: pairs of a JSON pointer into the body and a text."""

    def __init__(self, status, errors=(), headers=None):
        super().__init__(status)
        self.status, self.errors, self.headers = status, list(errors), headers or {}


def response(problem):
    body = {"type": "about:blank", "title": TITLES[problem.status], "status": problem.status}
    if problem.errors:
        body["errors"] = [{"pointer": where, "detail": text} for where, text in problem.errors]
    return _response(body, problem.status, problem.headers)


def of_framework(error):
    """Return an error of Flask, such as 404 for an unknown path, in the same form."""
    methods = getattr(error, "valid_methods", None)
    headers = {"Allow": ", ".join(methods)} if methods else {}
    body = {"type": "about:blank", "title": error.name, "status": error.code}
    return _response(body, error.code, headers)


def _response(body, status, headers):
    made = jsonify(body)
    made.status_code, made.mimetype = status, "application/problem+json"
    made.headers.update(headers)
    return made
