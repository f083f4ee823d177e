"""Findings, their locations in the contract, the baseline of accepted findings and the verdict."""
