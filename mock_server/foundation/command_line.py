"""A parser of command lines that suggests what a mistyped option or command should be.

argparse suggests only commands, and only from Python 3.14 on.
"""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Sequence
from typing import Any, NoReturn

CHOICE = re.compile(r"invalid choice: (\S+) \(choose from (.*)\)")
OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]*")


class Parser(argparse.ArgumentParser):
    """A parser whose errors name the nearest valid option or choice."""

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Parse arguments. An unknown one is an error of the command that it belongs to."""
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return parsed, unknown

    def error(self, message: str) -> NoReturn:
        """Print the usage and a message with suggestions, and end with the exit code 2."""
        super().error(f"{message}{self._suggestions(message)}")

    def _suggestions(self, message: str) -> str:
        if message.startswith("unrecognized arguments: "):
            options, words = OPTION.findall(self.format_usage()), OPTION.findall(message)
        elif choice := CHOICE.search(message):
            options = [each.strip("'") for each in choice[2].split(", ")]
            words = [choice[1].strip("'")]
        else:
            return ""
        found = (difflib.get_close_matches(word, options, n=1) for word in words)
        return "".join(f"; did you mean {each[0]}?" for each in found if each)
