"""The command line: python -m benchmarks.detection.asyncio_server --port 0"""

import argparse
import asyncio
from functools import partial

from .board import new_board
from .wire import handle_connection


async def serve(port: int) -> None:
    """Serve on a port of this machine. 0 selects a free port."""
    board = new_board()
    server = await asyncio.start_server(
        partial(handle_connection, board), "127.0.0.1", port, limit=1 << 20
    )
    print(f"Listening on http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api", flush=True)
    await server.serve_forever()


parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, default=0)
asyncio.run(serve(parser.parse_args().port))
