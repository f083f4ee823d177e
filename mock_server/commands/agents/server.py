"""The server for the Model Context Protocol: which tools and which resource it has.

The SDK moves what code prints from stdout to stderr: stdout has only messages of the protocol.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from http.client import HTTPException
from importlib.metadata import version
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.types import ToolAnnotations
from pydantic import create_model

from ...client import ControlError
from ...contract.violations import ContractError
from ..help.guide import guide
from ..printing import lines
from .mock_tools import MockTools
from .source_tools import SourceTools
from .texts import shortened

INSTRUCTIONS = """\
Control a mock server of an OpenAPI document: choose the state that it shows, move its clock, break
its responses, and read the requests that it has received. Read the resource guide://mock-server
before you write fixtures or change the document. Use a session of your own for each task."""

READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
CHANGES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
DESTROYS = ToolAnnotations(read_only_hint=False, destructive_hint=True, open_world_hint=False)


def server_of(mock: MockTools, source: SourceTools) -> MCPServer[Any]:
    """Return the server. It has ``run_contract`` only if there is a target."""
    tools: list[tuple[Callable[..., Any], ToolAnnotations]] = [
        (mock.list_states, READS),
        (mock.show, CHANGES),
        (mock.play, CHANGES),
        (mock.clock, CHANGES),
        (mock.add_fault, CHANGES),
        (mock.clear_faults, CHANGES),
        (mock.requests, READS),
        (mock.reset, DESTROYS),
        (source.check, READS),
    ]
    made = [_tool(_with_readable_errors(call, mock.address), hints) for call, hints in tools]
    server: MCPServer[Any] = MCPServer(
        "mock-server",
        instructions=INSTRUCTIONS,
        version=version("package-release-mock"),
        tools=[*made, _tool(source.run_contract, DESTROYS)] if source.target else made,
        log_level="WARNING",
    )
    about = "How to write fixtures, extensions and faults"
    server.resource("guide://mock-server", description=about, mime_type="text/markdown")(guide)
    return server


def _tool(call: Callable[..., Any], hints: ToolAnnotations) -> Tool:
    """Return a tool for a function. It rejects unknown arguments, which the SDK would ignore."""
    about = inspect.getdoc(call)
    tool = Tool.from_function(call, description=about, annotations=hints, structured_output=False)
    loose = tool.fn_metadata.arg_model
    strict = create_model(loose.__name__, __base__=loose, __cls_kwargs__={"extra": "forbid"})
    tool.fn_metadata.arg_model = strict
    tool.parameters = strict.model_json_schema(by_alias=True)
    return tool


def _with_readable_errors(tool: Callable[..., str], address: str) -> Callable[..., str]:
    """Return a tool whose expected errors become results that a model can read."""

    @functools.wraps(tool)
    def call(*arguments: Any, **named: Any) -> str:
        try:
            return tool(*arguments, **named)
        except ControlError as error:
            raise ToolError(shortened(str(error))) from None
        except ContractError as error:
            raise ToolError(shortened("\n".join(lines(error.violations)))) from None
        except OSError as error:
            if error.filename is not None:  # a file of the user, not the connection
                raise ToolError(f"{error.filename}: {error.strerror}") from None
            fix = "start one with `mock-server serve`, or correct --address"
            raise ToolError(f"no mock responds at {address} ({error}); {fix}") from None
        except (HTTPException, ValueError, LookupError):
            message = f"the server at {address} does not respond as a mock; correct --address"
            raise ToolError(message) from None

    return call
