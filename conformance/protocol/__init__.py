"""The protocol between the suite and a port: one JSON object a line. `README.md` here is its description."""
