"""All servers with one defect each."""

from .defects_of_builds import BUILDS
from .defects_of_http import HTTP
from .defects_of_lookups import LOOKUPS
from .defects_of_streams import STREAMS
from .edits import Defect

DEFECTS: dict[str, Defect] = LOOKUPS | HTTP | BUILDS | STREAMS
