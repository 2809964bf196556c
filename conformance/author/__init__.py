"""What the commands for the author of a port share: running one case by hand, probing a shim, templates."""
