"""The OpenAPI document: loaded, checked and compiled into frozen values."""
