"""What the stand-in Hub, the recorder and the replay server share: exchanges, identities, origins, the wire log."""
