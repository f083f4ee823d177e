"""Who asks: the account of a bearer token (RFC 6750)."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..fixtures.values import Account

# RFC 6750, section 2.1: the scheme's name in any case, blanks, one b64token.
BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]+=*)\Z")


@dataclass(frozen=True)
class Credentials:
    """The tokens that are known; with ``any_token`` every other one is the first account's."""

    accounts: tuple[Account, ...]
    any_token: bool = False

    def caller(self, headers: Mapping[str, str]) -> Mapping[str, Any] | None:
        """The account that asks, in wire form, or None. Every known token is compared, in constant
        time, so that how long it takes tells nothing."""
        given = BEARER.match(headers.get("authorization", ""))
        if given is None:
            return None
        token = given.group(1).encode()
        found = None
        for account in self.accounts:
            if account.token is not None and hmac.compare_digest(account.token.encode(), token):
                found = account.account
        if found is None and self.any_token:
            return self.accounts[0].account
        return found
