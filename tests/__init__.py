"""Tests, named by behaviour; they run on real services of their own."""
