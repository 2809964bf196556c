"""Tests in a real browser: Chromium through Playwright. Skipped where either is missing; in CI that is an error."""
