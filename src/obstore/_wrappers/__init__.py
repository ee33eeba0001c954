"""Stores around other stores: each changes one thing, and they stack."""
