"""How fast a live session was: from capture to the shown frame, and frames a second."""

from __future__ import annotations

from array import array

import numpy as np


class Stats:
    """Gathers one row a shown frame, 24 bytes each."""

    def __init__(self) -> None:
        """Start with no frames."""
        self._latency_s = array("d")
        self._inference_s = array("d")
        self._shown_s = array("d")

    def add(self, latency_s: float, inference_s: float, shown_s: float) -> None:
        """Add a shown frame.

        Args:
            latency_s: from its capture until now.
            inference_s: of it, in the model.
            shown_s: now, on any clock.
        """
        self._latency_s.append(latency_s)
        self._inference_s.append(inference_s)
        self._shown_s.append(shown_s)

    def summarise(self) -> dict[str, float]:
        """Frames, frames a second, and percentiles in milliseconds; empty without two frames."""
        if len(self._shown_s) < 2:
            return {}
        latency_ms = 1000 * np.array(self._latency_s)
        inference_ms = 1000 * np.array(self._inference_s)
        beyond_ms = latency_ms - inference_ms
        span_s = self._shown_s[-1] - self._shown_s[0]
        return {
            "frames": float(len(latency_ms)),
            "rate_hz": (len(latency_ms) - 1) / span_s if span_s > 0 else 0.0,
            "latency_p50_ms": float(np.percentile(latency_ms, 50)),
            "latency_p95_ms": float(np.percentile(latency_ms, 95)),
            "inference_p50_ms": float(np.percentile(inference_ms, 50)),
            "inference_p95_ms": float(np.percentile(inference_ms, 95)),
            "beyond_inference_p50_ms": float(np.percentile(beyond_ms, 50)),
            "beyond_inference_p95_ms": float(np.percentile(beyond_ms, 95)),
        }

    def describe(self) -> str:
        """The same in one line."""
        told = self.summarise()
        if not told:
            return "no frame was shown"
        return (
            f"{told['frames']:.0f} frames, {told['rate_hz']:.1f} a second; "
            f"from capture to the screen {told['latency_p50_ms']:.0f} ms "
            f"(95 %: {told['latency_p95_ms']:.0f}), of it the model {told['inference_p50_ms']:.0f} "
            f"(95 %: {told['inference_p95_ms']:.0f}), the rest at most "
            f"{told['beyond_inference_p95_ms']:.0f} ms in 95 %"
        )
