"""A Hub that means no good, or is not a Hub: no secret leaves, all is bounded, and one error says what is wrong."""
