"""Bearer tokens and their accounts (RFC 6750)."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..fixtures.values import Account

# RFC 6750, section 2.1: the scheme in any case, spaces, one b64token.
BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]+=*)\Z")


@dataclass(frozen=True)
class Credentials:
    """The known tokens. With ``any_token`` every other token belongs to the first account."""

    accounts: tuple[Account, ...]
    any_token: bool = False

    def caller(self, headers: Mapping[str, str]) -> Mapping[str, Any] | None:
        """Return the account of the bearer token, in wire form; None without a valid token.

        Every known token is compared, in constant time, so that the time reveals nothing.
        """
        given = BEARER.match(headers.get("authorization", ""))
        if not self.accounts:
            return {} if "authorization" in headers else None
        if given is None:
            return None
        token = given.group(1).encode()
        account_of_token = None
        for account in self.accounts:
            if account.token is not None and hmac.compare_digest(account.token.encode(), token):
                account_of_token = account.account
        if account_of_token is None and self.any_token:
            return self.accounts[0].account
        return account_of_token
