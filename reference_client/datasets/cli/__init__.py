"""The command `hub-reference`, a module a group of commands. Start reading at `main.main`.

Help comes at once: what a command needs beyond the standard library is imported when it is run.
"""
