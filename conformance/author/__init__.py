"""What the commands for the author of a port share: running one check by hand, probing a shim, templates."""
