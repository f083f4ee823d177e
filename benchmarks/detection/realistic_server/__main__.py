"""The command line: python -m benchmarks.detection.realistic_server --port 0"""

import argparse

from .server import listen

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, default=0)
with listen(parser.parse_args().port) as server:
    print(f"Listening on http://127.0.0.1:{server.server_address[1]}/api", flush=True)
    server.serve_forever()
