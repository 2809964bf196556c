"""From facts to a plan: what consumers need, what a port was measured to do, and what its library offers.

Every sentence of the documents is made from these facts, and names the check, the function or the place in source that
it is based on. Nothing is written by hand, and the same facts give the same bytes.
"""
