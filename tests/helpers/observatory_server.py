"""A server of the observatory, and bugs to plant in it by name.

Each bug changes one method of the service.
"""

from __future__ import annotations

import json
import math
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote

from tests.helpers.observatory import ADA, BOB, PREFIX

OBSERVERS = {ADA: "ada", BOB: "bob"}
# Path → method → operation of the service, and the status of its success
ROUTES: dict[str, dict[str, tuple[str, int]]] = {
    "/observer": {"GET": ("get_observer", 200)},
    "/telescopes": {"GET": ("list_telescopes", 200), "POST": ("create_telescope", 201)},
    r"/telescopes/(?P<number>[^/]+)": {
        "GET": ("get_telescope", 200),
        "PATCH": ("update_telescope", 200),
        "DELETE": ("delete_telescope", 204),
    },
    r"/telescopes/(?P<number>[^/]+)/calibrations": {"POST": ("calibrate", 202)},
    r"/telescopes/(?P<number>[^/]+)/exposures": {
        "GET": ("list_exposures", 200),
        "POST": ("create_exposure", 202),
    },
    r"/exposures/(?P<id>[^/]+)": {"GET": ("get_exposure", 200), "DELETE": ("delete_exposure", 204)},
    r"/exposures/(?P<id>[^/]+)/abort": {"POST": ("abort", 200)},
    r"/exposures/(?P<id>[^/]+)/repeat": {"POST": ("repeat", 202)},
    r"/exposures/(?P<id>[^/]+)/events": {"GET": ("watch", 200)},
}
MOVING, READY = 150, 450  # milliseconds after the start
STREAM = "text/event-stream"
CHALLENGE = {401: [("WWW-Authenticate", "X-Observer-Key")]}


class ApiError(Exception):
    """A documented error: its status and code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(status, code)
        self.status, self.code = status, code


@dataclass(frozen=True)
class Call:
    """A request: who sends it, the parameters of its path and query, and its body."""

    observer: str
    path: dict[str, str]
    query: dict[str, str]
    body: bytes

    def members(self, **valid: Callable[[Any], bool]) -> dict[str, Any]:
        """Return the known members of the body. Raise ApiError (400) for an invalid one."""
        try:
            value = json.loads(self.body, parse_constant=lambda _: None)
        except ValueError:
            raise ApiError(400, "invalid") from None
        known = {n: value[n] for n in valid if n in value} if isinstance(value, dict) else None
        if known is None or not all(valid[name](each) for name, each in known.items()):
            raise ApiError(400, "invalid")
        return known

    def number(self, name: str, default: int, most: int) -> int:
        """Return a number of the query. Raise ApiError (400) for an invalid one."""
        text = self.query.get(name, str(default))
        if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= most:
            raise ApiError(400, "invalid")
        return int(text)


def is_text(most: int = 10**6, least: int = 1) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and least <= len(value) <= most


def is_seconds(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and value == int(value) and 1 <= value <= 600


def rfc3339(at: int) -> str:
    text = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


@dataclass
class Telescope:
    number: int
    name: str
    observer: str
    site: str | None
    added: int
    started: int

    def json(self, now: int) -> dict[str, Any]:
        elapsed = now - self.started
        value = {"number": self.number, "name": self.name, "observer": self.observer}
        value |= {} if self.site is None else {"site": self.site}
        mode = "parked" if elapsed < MOVING else "moving" if elapsed < READY else "ready"
        value |= {"mode": mode, "added": self.added // 1000}
        value |= {"moving_since": (self.started + MOVING) // 1000} if mode != "parked" else {}
        return value | ({"ready_since": (self.started + READY) // 1000} if mode == "ready" else {})


@dataclass(frozen=True)
class Exposure:
    id: str
    telescope: int
    target: str
    seconds: int
    created: int
    started: int
    aborted: int | None = None

    def ended(self, now: int) -> bool:
        return self.aborted is not None or now - self.started >= READY

    def json(self, now: int) -> dict[str, Any]:
        at = now if self.aborted is None else self.aborted
        runs, ends = at - self.started >= MOVING, at - self.started >= READY
        end = self.started + READY if ends else self.aborted
        conclusion = "saved" if ends else None if self.aborted is None else "aborted"
        status = "completed" if conclusion else "exposing" if runs else "queued"
        return {
            "id": self.id,
            "telescope": self.telescope,
            "target": self.target,
            "seconds": self.seconds,
            "status": status,
            "conclusion": conclusion,
            "created_at": rfc3339(self.created),
            "started_at": rfc3339(self.started + MOVING) if runs else None,
            "ended_at": None if end is None else rfc3339(end),
        }


@dataclass
class Service:
    """The operations of the API. Each returns the body of its success."""

    telescopes: dict[int, Telescope] = field(default_factory=dict)
    exposures: dict[str, Exposure] = field(default_factory=dict)
    count: int = 7
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        start = self.now() - 60_000
        for number, (name, observer) in enumerate((("North", "ada"), ("West", "bob")), 1):
            self.telescopes[number] = Telescope(number, name, observer, None, start, start)
            own = Exposure(f"exp_{number}", number, "M31", 60, start, start)
            self.exposures[own.id] = own

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def next_number(self) -> int:
        self.count += 1
        return self.count

    def telescope(self, call: Call, changes: bool = False) -> Telescope:
        text = call.path["number"]
        if not re.fullmatch("[0-9]+", text) or int(text[:20]) < 1:
            raise ApiError(400, "invalid")
        found = self.telescopes.get(int(text[:20]))
        if found is None:
            raise ApiError(404, "no_telescope")
        self.check_owner(call, found, changes)
        return found

    def exposure(self, call: Call, changes: bool = False) -> Exposure:
        found = self.exposures.get(call.path["id"])
        if found is None:
            raise ApiError(404, "no_exposure")
        self.check_owner(call, self.telescopes[found.telescope], changes)
        return found

    def check_owner(self, call: Call, telescope: Telescope, changes: bool) -> None:
        if changes and call.observer != telescope.observer:
            raise ApiError(403, "forbidden")

    def check_name(self, name: str, number: int | None = None) -> None:
        if any(t.name == name and t.number != number for t in self.telescopes.values()):
            raise ApiError(409, "taken")

    def get_observer(self, call: Call) -> Any:
        return {"login": call.observer}

    def list_telescopes(self, call: Call) -> Any:
        page, size = call.number("page", 1, 10**6), call.number("size", 10, 50)
        mode = call.query.get("mode")
        if mode not in (None, "parked", "moving", "ready", "broken"):
            raise ApiError(400, "invalid")
        shown = [self.telescopes[each].json(self.now()) for each in sorted(self.telescopes)]
        shown = [each for each in shown if mode in (None, each["mode"])]
        return {"telescopes": shown[(page - 1) * size :][:size], "total": len(shown)}

    def create_telescope(self, call: Call) -> Any:
        given = call.members(name=is_text(60), observer=is_text(least=0), site=is_text(least=0))
        if not {"name", "observer"} <= given.keys():
            raise ApiError(400, "invalid")
        if given["observer"] not in OBSERVERS.values():
            raise ApiError(404, "no_observer")
        if given["observer"] != call.observer:
            raise ApiError(403, "forbidden")
        self.check_name(given["name"])
        now, number = self.now(), self.next_number()
        made = Telescope(number, given["name"], call.observer, given.get("site"), now, now)
        self.telescopes[number] = made
        return made.json(now)

    def get_telescope(self, call: Call) -> Any:
        return self.telescope(call).json(self.now())

    def update_telescope(self, call: Call) -> Any:
        given = call.members(name=is_text(60), site=is_text(least=0))
        if not isinstance(json.loads(call.body), dict) or not json.loads(call.body):
            raise ApiError(400, "invalid")
        telescope = self.telescope(call, changes=True)
        self.check_name(given.get("name", telescope.name), telescope.number)
        changed = replace(telescope, **given)
        self.telescopes[telescope.number] = changed
        return changed.json(self.now())

    def delete_telescope(self, call: Call) -> Any:
        number = self.telescope(call, changes=True).number
        del self.telescopes[number]
        kept = {n: e for n, e in self.exposures.items() if e.telescope != number}
        self.exposures = kept

    def calibrate(self, call: Call) -> Any:
        telescope = self.telescope(call, changes=True)
        telescope.started = self.now()
        return telescope.json(telescope.started)

    def list_exposures(self, call: Call) -> Any:
        size, after = call.number("size", 10, 50), call.query.get("after")
        number = self.telescope(call).number
        if after is not None and not after.startswith("after "):
            raise ApiError(400, "invalid")
        own = sorted(n for n, e in self.exposures.items() if e.telescope == number)
        return self.page(own, size, after and after.removeprefix("after "))

    def page(self, names: list[str], size: int, after: str | None) -> Any:
        rest = [name for name in names if after is None or name > after]
        shown = [self.exposures[name].json(self.now()) for name in rest[:size]]
        return {"exposures": shown, "next": f"after {rest[size - 1]}" if rest[size:] else None}

    def create_exposure(self, call: Call) -> Any:
        given = call.members(target=is_text(80), seconds=is_seconds)
        if "target" not in given:
            raise ApiError(400, "invalid")
        number, now = self.telescope(call, changes=True).number, self.now()
        name, seconds = f"exp_{self.next_number()}", int(given.get("seconds", 60))
        self.exposures[name] = Exposure(name, number, given["target"], seconds, now, now)
        return self.exposures[name].json(now)

    def get_exposure(self, call: Call) -> Any:
        return self.exposure(call).json(self.now())

    def delete_exposure(self, call: Call) -> Any:
        del self.exposures[self.exposure(call, changes=True).id]

    def abort(self, call: Call) -> Any:
        exposure, now = self.exposure(call, changes=True), self.now()
        if exposure.ended(now):
            raise ApiError(409, "ended")
        self.exposures[exposure.id] = replace(exposure, aborted=now)
        return self.exposures[exposure.id].json(now)

    def repeat(self, call: Call) -> Any:
        exposure, now = self.exposure(call, changes=True), self.now()
        self.exposures[exposure.id] = replace(exposure, started=now, aborted=None)
        return self.exposures[exposure.id].json(now)

    def watch(self, call: Call) -> Any:
        """Return the exposure; the connection sends its events."""
        return self.exposure(call)


class NotStored(Service):
    """A new telescope does not exist after the response."""

    def create_telescope(self, call: Call) -> Any:
        made = super().create_telescope(call)
        del self.telescopes[made["number"]]
        return made


class OtherTarget(Service):
    """A new exposure has another target than the request."""

    def create_exposure(self, call: Call) -> Any:
        made = super().create_exposure(call)
        own = self.exposures[made["id"]]
        self.exposures[own.id] = replace(own, target=own.target.upper() + "!")
        return self.exposures[own.id].json(self.now())


class LostUpdate(Service):
    """The response to a change has the new values, but the telescope keeps the old ones."""

    def update_telescope(self, call: Call) -> Any:
        before = self.telescope(call)
        changed = super().update_telescope(call)
        self.telescopes[before.number] = before
        return changed


class StillFound(Service):
    """A deleted exposure can still be read."""

    def delete_exposure(self, call: Call) -> Any:
        self.exposure(call, changes=True)


class OrphanStays(Service):
    """The exposures of a deleted telescope can still be read."""

    def delete_telescope(self, call: Call) -> Any:
        before = self.exposures
        super().delete_telescope(call)
        self.exposures = before

    def check_owner(self, call: Call, telescope: Telescope, changes: bool) -> None:
        pass

    def exposure(self, call: Call, changes: bool = False) -> Exposure:
        found = self.exposures.get(call.path["id"])
        if found is None:
            raise ApiError(404, "no_exposure")
        if changes and found.telescope in self.telescopes:
            super().check_owner(call, self.telescopes[found.telescope], changes)
        return found

    def telescope(self, call: Call, changes: bool = False) -> Telescope:
        found = super().telescope(call)
        Service.check_owner(self, call, found, changes)
        return found


class OldList(Service):
    """A list shows the state in which an exposure started."""

    def page(self, names: list[str], size: int, after: str | None) -> Any:
        body = super().page(names, size, after)
        shown = [self.exposures[each["id"]] for each in body["exposures"]]
        return body | {"exposures": [each.json(each.created) for each in shown]}


class PageLoses(Service):
    """A page starts one exposure too late."""

    def page(self, names: list[str], size: int, after: str | None) -> Any:
        body = super().page(names, size, after)
        return body if after is None else body | {"exposures": body["exposures"][1:]}


class PageRepeats(Service):
    """A page starts with the last telescope of the page before."""

    def list_telescopes(self, call: Call) -> Any:
        page, size = call.number("page", 1, 10**6), call.number("size", 10, 50)
        whole = super().list_telescopes(replace(call, query={**call.query, "page": "1"}))
        everything = replace(call, query={**call.query, "page": "1", "size": "50"})
        shown = super().list_telescopes(everything)["telescopes"]
        start = max((page - 1) * size - (page > 1), 0)
        return whole | {"telescopes": shown[start:][:size]}


class WrongTotal(Service):
    """The total is the number of telescopes on the page."""

    def list_telescopes(self, call: Call) -> Any:
        body = super().list_telescopes(call)
        return body | {"total": len(body["telescopes"])}


class FilterIgnored(Service):
    """The filter `mode` has no effect."""

    def list_telescopes(self, call: Call) -> Any:
        super().list_telescopes(call)
        query = {name: text for name, text in call.query.items() if name != "mode"}
        return super().list_telescopes(replace(call, query=query))


class AbortAfterTheEnd(Service):
    """An exposure that has ended can be aborted."""

    def abort(self, call: Call) -> Any:
        exposure, now = self.exposure(call, changes=True), self.now()
        started = now - MOVING if exposure.ended(now) else exposure.started
        self.exposures[exposure.id] = replace(exposure, started=started, aborted=now)
        return self.exposures[exposure.id].json(now)


class WrongRefusal(Service):
    """The refusal to abort an exposure that has ended is 400 instead of 409."""

    def abort(self, call: Call) -> Any:
        try:
            return super().abort(call)
        except ApiError as error:
            raise ApiError(400, "invalid") if error.status == 409 else error from None


class RefusalChanges(Service):
    """A change with an invalid name is refused, but its site is stored."""

    def update_telescope(self, call: Call) -> Any:
        try:
            return super().update_telescope(call)
        except ApiError as error:
            value = json.loads(call.body) if error.status == 400 and call.body[:1] == b"{" else {}
            site = value.get("site")
            if isinstance(site, str):
                self.telescope(call, changes=True).site = site
            raise


class AnyObserver(Service):
    """An observer can change the telescopes of another."""

    def check_owner(self, call: Call, telescope: Telescope, changes: bool) -> None:
        pass


class TakenIsInvalid(Service):
    """A name that another telescope has is refused with 400 instead of 409."""

    def check_name(self, name: str, number: int | None = None) -> None:
        try:
            super().check_name(name, number)
        except ApiError:
            raise ApiError(400, "invalid") from None


class NameTwice(Service):
    """Two telescopes can have the same name."""

    def check_name(self, name: str, number: int | None = None) -> None:
        pass


class RepeatRenames(Service):
    """A repeated exposure has another number of seconds."""

    def repeat(self, call: Call) -> Any:
        exposure = self.exposure(call, changes=True)
        self.exposures[exposure.id] = replace(exposure, seconds=exposure.seconds % 600 + 1)
        return super().repeat(call)


class CalibrationLost(Service):
    """The response to a calibration says parked, but the telescope stays ready."""

    def calibrate(self, call: Call) -> Any:
        before = self.telescope(call).started
        shown = super().calibrate(call)
        self.telescope(call).started = before
        return shown


class AnotherTelescope(Service):
    """A request for an unknown telescope returns the first one."""

    def get_telescope(self, call: Call) -> Any:
        try:
            return super().get_telescope(call)
        except ApiError as error:
            if error.status == 404:
                return next(iter(self.telescopes.values())).json(self.now())
            raise


class EmptyForUnknown(Service):
    """The exposures of an unknown telescope are an empty list, instead of 404."""

    def list_exposures(self, call: Call) -> Any:
        try:
            return super().list_exposures(call)
        except ApiError as error:
            if error.status == 404:
                return {"exposures": [], "next": None}
            raise


class StreamEndsEarly(Service):
    """A stream ends while the exposure still runs."""

    def watch(self, call: Call) -> Any:
        exposure = super().watch(call)
        return None if not exposure.ended(self.now()) else exposure


BUGS: dict[str, type[Service]] = {
    re.sub(r"(?<!^)(?=[A-Z])", "-", each.__name__).lower(): each
    for each in Service.__subclasses__()
}


class Connection(BaseHTTPRequestHandler):
    """One connection and its requests."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Server

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.respond
        raise AttributeError(name)

    def respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        path, _, query = self.path.partition("?")
        try:
            self.send_success(path, query, body)
        except ApiError as error:
            self.send(error.status, {"code": error.code})

    def send_success(self, path: str, query: str, body: bytes) -> None:
        matches = (
            (match, methods)
            for pattern, methods in ROUTES.items()
            if (match := re.fullmatch(PREFIX + pattern, path))
        )
        match, methods = next(matches, (None, {}))
        method = "GET" if self.command == "HEAD" else self.command
        if match is None:
            raise ApiError(404, "no_path")
        if method not in methods:
            allow = ", ".join([*methods, *(["HEAD"] if "GET" in methods else [])])
            self.send(405, {"code": "no_method"}, ("Allow", allow))
            return
        observer = OBSERVERS.get(self.headers.get("X-Observer-Key", ""))
        if observer is None:
            raise ApiError(401, "unauthorized")
        parameters = {name: unquote(text) for name, text in match.groupdict().items()}
        call = Call(observer, parameters, dict(parse_qsl(query, keep_blank_values=True)), body)
        service, (name, status) = self.server.service, methods[method]
        with service.lock:
            value = getattr(service, name)(call)
        if name == "watch":
            self.send_events(call, value)
        else:
            self.send(status, value)

    def send_events(self, call: Call, exposure: Exposure | None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", STREAM)
        self.send_header("Connection", "close")
        self.end_headers()
        service, shown = self.server.service, None
        while exposure is not None and self.command != "HEAD":
            value = exposure.json(service.now())
            if value != shown:
                self.send_event("exposure", value)
            shown = value
            if value["conclusion"]:
                self.send_event("end", {"conclusion": value["conclusion"]})
                break
            time.sleep(0.01)
            exposure = service.exposures.get(call.path["id"])
        self.close_connection = True

    def send_event(self, name: str, data: Any) -> None:
        self.wfile.write(f"event: {name}\ndata: {json.dumps(data)}\n\n".encode())
        self.wfile.flush()

    def send(self, status: int, value: Any, *headers: tuple[str, str]) -> None:
        content = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        for name, text in (*headers, *CHALLENGE.get(status, ())):
            self.send_header(name, text)
        if status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content if self.command != "HEAD" else b"")

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """A server of the API."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, service: Service) -> None:
        self.service = service
        super().__init__(("127.0.0.1", 0), Connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@contextmanager
def running(bug: str = "") -> Iterator[str]:
    """Serve the observatory, with a planted bug; yield its base URL."""
    with Server(BUGS.get(bug, Service)()) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}{PREFIX}"
        finally:
            server.shutdown()
            thread.join()
