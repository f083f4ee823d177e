"""Random requests to several mocks at once, which must equal each other and a model."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of
from mock_server.contract.document.operation import Lookup, Operation
from mock_server.contract.document.resources.types import FIELD, key_text
from mock_server.contract.exchange import Request, Response
from mock_server.contract.judge import Judge, resources_in
from mock_server.control.routing import control_api
from mock_server.fixtures.values import Fixtures
from mock_server.foundation.timestamps import parse
from mock_server.generation.generate import generated
from mock_server.generation.requests.credentials import credentials_of
from mock_server.live import load_sources
from mock_server.stores import Store
from tests.mock_server.helpers.clocks import START, ManualClock
from tests.mock_server.sequences.model import Known, Model

UNKNOWN = "unknown-key"
CREATED = ("create", "restart", "transition", "replace", "update", "delete")
PAGES = 40  # of a list, before the test assumes that it never ends


@dataclass(frozen=True)
class Sources:
    """An API: its document and its fixtures."""

    judge: Judge
    fixtures: Fixtures


def sources_of(document: Path) -> Sources:
    """Load a document and the fixtures beside it."""
    return Sources(*load_sources(document))


class Sequences(RuleBasedStateMachine):
    """One session on several stores. ``sources`` and ``stores`` are set by the test."""

    sources: Sources
    stores: tuple[Store, ...]

    @initialize()
    def start(self) -> None:
        judge, fixtures = self.sources.judge, self.sources.fixtures
        self.clock = ManualClock()
        self.mocks: list[Mock] = []
        for store in self.stores:
            for name in store.names():
                store.drop(name)
            self.mocks.append(mock_of(judge, fixtures, clock=self.clock, store=store))
        self.spec, self.schemas = judge.spec, judge.schemas
        self.model = Model(self.spec, fixtures, START)
        self.model.reset(START)
        self.control("POST", "reset")

    # ------------------------------------------------------------------ requests

    def send(self, request: Request) -> Response:
        """Send a request to every mock; return the response, which is the same for all."""
        responses = [respond(mock, request) for mock in self.mocks]
        first = responses[0]
        for other in responses[1:]:
            assert (other.status, other.body) == (first.status, first.body), request
        assert first.status < 500, (request, first)
        return first

    def control(self, method: str, path: str, body: Any = None) -> Response:
        headers = {"host": "localhost", "content-type": "application/json"}
        data = json.dumps(body).encode() if body is not None else b""
        return self.send(Request(method, f"/_mock/{path}", (), headers, data))

    def call(
        self, operation: Operation, values: Mapping[str, Any], body: Any = None, token: str = ""
    ) -> Response:
        """Call an operation with parameters by their names, in its path, query or body."""
        names = {p.name for p in operation.path_parameters}
        in_query = {p.name for p in operation.parameters}
        path = operation.path
        for name in names:
            path = path.replace(f"{{{name}}}", quote(key_text(values[name]), safe=""))
        query = tuple((n, key_text(v)) for n, v in values.items() if n in in_query)
        own = {n: v for n, v in values.items() if n not in names | in_query}
        body = {**own, **(body or {})} if operation.bodies and (own or body is not None) else body
        headers, more, _ = credentials_of(operation, token or self.tokens()[0][0])
        headers = {name.lower(): text for name, text in headers.items()}
        if body is not None:
            headers["content-type"] = operation.bodies[0].media_type
        data = json.dumps(body).encode() if body is not None else b""
        prefix = (operation.prefixes or self.spec.prefixes)[0]
        request = Request(operation.method, prefix + path, (*query, *more), headers, data)
        response = self.send(request)
        documented = operation.documented(response.status)
        if documented is not None and documented.contents and response.body:
            assert not self.schemas.violations(str(documented.schema), json.loads(response.body))
        return response

    def tokens(self) -> list[tuple[str, str]]:
        """Return the tokens, each with the key of its caller."""
        found = [(each.token, each.key) for each in self.sources.fixtures.credentials]
        return found or [("any", "")]

    # ------------------------------------------------------------------ choices

    def operations(self, *kinds: str) -> list[Operation]:
        return [
            operation
            for operation in self.spec.operations.values()
            if not operation.success.events and self.kind(operation) in kinds
        ]

    @staticmethod
    def kind(operation: Operation) -> str:
        if operation.does is not None:
            return operation.does
        if operation.lookup is None:
            return "documented"
        return "list" if operation.success.returns_list else "find"

    @staticmethod
    def drawn(data: Any, operations: list[Operation]) -> Operation:
        """Draw an operation by its id, which is what a failure prints."""
        return {each.id: each for each in operations}[
            data.draw(st.sampled_from([each.id for each in operations]))
        ]

    def values_for(self, data: Any, operation: Operation, known: Known | None) -> dict[str, Any]:
        """Return request values that find a resource in one of the ways; unknown ones for None."""
        lookup = self.lookup(operation)
        if not lookup.ways:
            return {}
        way = lookup.ways[data.draw(st.integers(0, len(lookup.ways) - 1))]
        values: dict[str, Any] = dict(way.where)
        lineage = {}
        if known is not None:
            key = self.model.key(known.type, known.fixed)
            lineage = {k.type.name: k.fixed for k in self.model.lineage(known.type.name, key)}
        for name, template in way.by.items():
            text, field = template, FIELD.fullmatch(template)
            for type_name, member in FIELD.findall(template):
                value = lineage.get(type_name, {}).get(member)
                text = text.replace(f"{{{type_name}.{member}}}", key_text(value))
                values[name] = value if field and value is not None else text
            if known is None:
                values[name] = self.unknown(operation, name)
        return values

    def unknown(self, operation: Operation, name: str) -> Any:
        parameters = {p.name: p for p in (*operation.path_parameters, *operation.parameters)}
        types = parameters[name].schema.get("type", ()) if name in parameters else ()
        return 999_999 if "integer" in types else UNKNOWN

    def resource(self, data: Any, type_name: str) -> Known | None:
        """Draw a resource of a type; seldom none."""
        known = self.model.known[type_name]
        return known.get(data.draw(st.sampled_from([*known, UNKNOWN])))

    # ------------------------------------------------------------------ rules

    @rule(seconds=st.floats(0.001, 20))
    def time_passes(self, seconds: float) -> None:
        self.clock.forward(seconds)

    @rule(seconds=st.floats(0.001, 20))
    def the_clock_is_advanced(self, seconds: float) -> None:
        assert self.control("POST", "clock", {"advance": round(seconds, 3)}).status == 200

    @rule(data=st.data())
    def a_resource_is_read(self, data: Any) -> None:
        operation = self.drawn(data, [o for o in self.operations("find") if self.lookup(o).ways])
        known = self.resource(data, self.lookup(operation).finds)
        values = self.values_for(data, operation, known)
        if known is not None and None in values.values():
            return
        response = self.call(operation, values)
        if known is None:
            assert response.status == 404, response
        elif response.status == 200:
            self.check_shown(operation, response)
        else:  # another way than by its key, such as the latest of a parent, may find none
            assert response.status == 404
            ways = self.lookup(operation).ways
            way = next(each.by for each in ways if each.by.keys() <= values.keys())
            assert f"{{{known.type.name}.{known.type.key}}}" not in way.values()

    @staticmethod
    def lookup(operation: Operation) -> Lookup:
        assert operation.lookup is not None
        return operation.lookup

    def check_shown(self, operation: Operation, response: Response) -> list[str]:
        """Check every resource of a response with the model; return their keys."""
        keys = []
        documented = operation.documented(response.status)
        assert documented is not None
        for type_name, _, value in resources_in(documented, json.loads(response.body)):
            resource_type = self.spec.types[type_name]
            key = self.model.key(resource_type, value)
            known = self.model.known[type_name].get(key)
            assert known is not None, f"{type_name} {key} does not exist in the model"
            assert self.model.fixed(resource_type, value) == known.fixed
            if known.course is not None and resource_type.timeline:
                assert resource_type.timeline.status_of(value) == known.status(self.now())
            keys.append(key)
        return keys

    def now(self) -> int:
        """Return the time of the session, as its clock says."""
        return parse(json.loads(self.control("GET", "clock").body)["now"])

    @rule(data=st.data())
    def a_list_is_read_to_its_end(self, data: Any) -> None:
        if not (operations := self.operations("list")):
            return
        operation = self.drawn(data, operations)
        known = self.resource(data, self.lookup(operation).finds)
        values = self.values_for(data, operation, known)
        page = self.lookup(operation).page
        if page and page.limit:
            values[page.limit] = data.draw(st.integers(1, 3))
        keys: list[str] = []
        for number in range(PAGES):
            response = self.call(operation, values)
            if response.status == 404:
                assert known is None
                return
            assert response.status == 200, response
            keys += (shown := self.check_shown(operation, response))
            if page is None or not shown:
                break
            following = self.next_position(operation, response, number, values)
            if following is None:
                break
            values[page.position] = following
        assert len(keys) == len(set(keys)), "a list must contain each resource once"
        if known is not None:
            assert self.model.key(known.type, known.fixed) in keys, (keys, values, known.fixed)

    @staticmethod
    def next_position(
        operation: Operation, response: Response, number: int, values: Mapping[str, Any]
    ) -> Any:
        page = operation.lookup.page if operation.lookup else None
        assert page is not None
        if page.style == "cursor":
            value = json.loads(response.body)
            for name in page.fields["next"]:
                value = value.get(name) if isinstance(value, dict) else None
            return value
        size = values[page.limit] if page.limit else page.default
        return (number + 1) * size if page.style == "offset" else number + 2

    @rule(data=st.data(), seed=st.integers(0, 10_000))
    def a_resource_is_written(self, data: Any, seed: int) -> None:
        """A refusal changes nothing: the model stays as it is, and later reads must equal it."""
        if not (operations := self.operations(*CREATED)):
            return
        operation = self.drawn(data, operations)
        action = operation.action
        assert action is not None
        resource_type = self.spec.types[action.finds]
        token, caller = data.draw(st.sampled_from(self.tokens()))
        known = None if action.do == "create" else self.resource(data, action.finds)
        body, values = None, {}
        if operation.body and action.do in ("create", "replace", "update"):
            body = generated(self.schemas, operation.body, str(seed), START, for_response=False)
            body = self.with_parent(data, resource_type.name, body)
        if action.do == "create":
            values = self.path_of_new(data, operation)
        elif operation.lookup is not None:
            values = self.values_for(data, operation, known)
        response = self.call(operation, values, body, token)
        if known is None and action.do != "create":
            assert response.status in (404, 400, 422), response
        if response.status < 300:
            self.apply(operation, known, body, response, caller)
        elif response.status == 403:
            assert action.who, response

    def path_of_new(self, data: Any, operation: Operation) -> dict[str, Any]:
        """Draw the path parameters of a new resource: a parent that exists, or not."""
        assert operation.action is not None
        resource_type = self.spec.types[operation.action.finds]
        parent = self.resource(data, resource_type.parent) if resource_type.parent else None
        values = {}
        for parameter in operation.path_parameters:
            name = operation.action.of_path.get(parameter.name, "")
            if parent is not None and name in resource_type.parent_keys:
                index = resource_type.parent_keys.index(name)
                values[parameter.name] = parent.fixed[parent.type.keys[index]]
            else:
                values[parameter.name] = self.unknown(operation, parameter.name)
        return values

    def with_parent(self, data: Any, type_name: str, body: Any) -> Any:
        resource_type = self.spec.types[type_name]
        parent = self.resource(data, resource_type.parent) if resource_type.parent else None
        if parent is None or not isinstance(body, dict):
            return body
        pairs = zip(resource_type.parent_keys, parent.type.keys, strict=True)
        return {**body, **{own: parent.fixed[key] for own, key in pairs if own in body}}

    def apply(
        self, operation: Operation, known: Known | None, body: Any, response: Response, caller: str
    ) -> None:
        """Apply an accepted write to the model, and check what the response says."""
        action, now = operation.action, self.now()
        assert action is not None
        resource_type = self.spec.types[action.finds]
        documented = operation.documented(response.status)
        assert documented is not None
        shown = [
            value
            for name, _, value in (
                resources_in(documented, json.loads(response.body)) if response.body else ()
            )
            if name == action.finds
        ]
        if action.do == "delete":
            assert known is not None
            self.model.remove(known.type.name, self.model.key(known.type, known.fixed))
            return
        if action.who == "owner" and known is not None and not resource_type.owner:
            key = self.model.key(known.type, known.fixed)
            assert self.model.owns(caller, known.type.name, key), "only the owner may do this"
        if action.do == "create":
            scenario = self.model.default_scenario(action.finds)
            course = self.model.playing(scenario, now) if scenario else None
            if course is None and resource_type.timeline:
                course = (now, ((0, resource_type.timeline.status_of(shown[0])),))
            created = self.model.add(resource_type, shown[0], course)
            for name, value in (body or {}).items():
                if name in created.fixed and not resource_type.properties[name].get("readOnly"):
                    assert created.fixed[name] == value, name
            return
        assert known is not None
        if action.do == "restart":
            scenario = self.model.default_scenario(action.finds)
            assert scenario is not None
            known.course = self.model.playing(scenario, now)
        elif action.do == "transition":
            status = next(v for n, v in action.values.items() if n in self.status_names(known))
            known.course = (now, ((0, status),))
            known.fixed |= self.model.fixed(resource_type, action.values)
        elif shown:
            known.fixed = self.model.fixed(resource_type, shown[0])
            if resource_type.timeline and self.status_names(known) & set(body or {}):
                known.course = (now, ((0, resource_type.timeline.status_of(shown[0])),))

    @staticmethod
    def status_names(known: Known) -> set[str]:
        return set(known.type.timeline.status) if known.type.timeline else set()

    @rule()
    def the_session_is_reset(self) -> None:
        self.control("POST", "reset")
        self.model.reset(self.now())

    @rule(data=st.data())
    def a_scenario_is_played(self, data: Any) -> None:
        scenarios = self.sources.fixtures.scenarios
        if not scenarios:
            return
        scenario = scenarios[data.draw(st.sampled_from([*scenarios]))]
        known = self.resource(data, scenario.type.name)
        if known is None:
            return
        names = self.control_names()[scenario.type.name]
        key = known.fixed[known.type.keys[-1]]
        response = self.control("POST", "play", {names: key, "scenario": scenario.name})
        assert response.status == 200, response
        known.course = self.model.playing(scenario.name, self.now())

    def control_names(self) -> Mapping[str, str]:
        return control_api(self.spec).names.keys

    @invariant()
    def every_mock_has_the_same_sessions(self) -> None:
        if hasattr(self, "mocks"):
            names = [mock.sessions.names() for mock in self.mocks]
            assert all(each == names[0] for each in names)
