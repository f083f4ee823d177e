"""What a lookup returns in a new session: the resources of the fixtures that its request finds."""

from __future__ import annotations

from ...contract.document.operation import Operation
from ...contract.document.spec import Spec
from ...contract.exchange import Request, Response
from ...contract.requests import Accepted, RequestJudge
from ...http.credentials import Credentials
from ...http.prefer import Preferences
from ...operations import actions
from ...operations.call import OperationCall, RefusalError
from ...state.session_state import new_session_state
from ..page_request import PageRequest
from .requests import OfferedRequest

LOOKUPS = ("find", "list")  # behaviours that change nothing and end
_judges: list[tuple[Spec, RequestJudge]] = []  # at most one, of the version that was requested last


def accepted(page: PageRequest, operation: Operation, offered: OfferedRequest | None) -> Accepted:
    """Return the offered request as the mock reads it; an empty one without any."""
    if offered is None:
        return Accepted({}, None)
    sample = offered.request
    in_path = {name: str(value) for name, value in sample.path_values.items()}
    verdict = _judge(page).judge(operation, _sent(offered), in_path)
    if isinstance(verdict, Accepted):
        return verdict
    return Accepted({}, sample.value, path=sample.path_values)


def stored_response(
    page: PageRequest, operation: Operation, offered: OfferedRequest | None
) -> Response | None:
    """Return the response to the offered request.

    None if the operation is not a lookup, or if the request finds nothing.
    """
    if offered is None or actions.behaviour(operation) not in LOOKUPS:
        return None
    credentials = Credentials(page.dataset.catalog.callers)
    caller = credentials.identified(operation, _sent(offered))
    if caller is None:
        return None
    request, state = accepted(page, operation, offered), new_session_state(page.wall, page.wall)
    call = OperationCall(
        operation, request, caller.resource, page.session, state, page.wall, Preferences()
    )
    try:
        return actions.run(page.context, call)
    except RefusalError:
        return None


def _sent(offered: OfferedRequest) -> Request:
    sample = offered.request
    headers = {name.lower(): text for name, text in sample.all_headers.items()}
    return Request(sample.method, sample.path, sample.query, headers, sample.body)


def _judge(page: PageRequest) -> RequestJudge:
    if not (_judges and _judges[0][0] is page.spec):
        _judges[:] = [(page.spec, RequestJudge(page.spec, page.context.judge.schemas))]
    return _judges[0][1]
