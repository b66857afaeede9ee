"""Speculative decoding: several tokens a step, where what is to come can be guessed."""

from __future__ import annotations

from llamacffi.generation.speculative.draft_model import DraftModel
from llamacffi.generation.speculative.lookup import PromptLookup
from llamacffi.generation.speculative.native import MTP, Eagle3
from llamacffi.generation.speculative.predictor import PredictorFactory, TokenPredictor, WatchingPredictor

__all__ = [
    "MTP",
    "DraftModel",
    "Eagle3",
    "PredictorFactory",
    "PromptLookup",
    "TokenPredictor",
    "WatchingPredictor",
]
