"""Findings, where they are in the contract, the baseline and the verdict."""
