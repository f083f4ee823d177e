"""python -m benchmarks.detection.asyncio_server --port 0"""

import argparse
import asyncio
from functools import partial

from .board import fresh_board
from .wire import converse


async def serve(port: int) -> None:
    board = fresh_board()
    server = await asyncio.start_server(partial(converse, board), "127.0.0.1", port, limit=1 << 20)
    print(f"Listening on http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api", flush=True)
    await server.serve_forever()


parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, default=0)
asyncio.run(serve(parser.parse_args().port))
