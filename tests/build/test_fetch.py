"""Fetching with pip beside the rest of a build."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_looking_for_pip_leaves_setuptools_alone() -> None:
    """setuptools answers a search for pip by unloading distutils, on which the rest of the build then stumbles."""
    program = "import setuptools, sys; from bindgen.fetch import has_pip; print(has_pip(), 'distutils' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    if "No module named 'setuptools'" in result.stderr:
        pytest.skip("setuptools is part of the build's environment, not of this one")
    assert result.stdout.split() == ["True", "True"], result.stderr
