"""From the source of a consumer to what it needs of the Hub, and from the source of a library to what it offers.

Source is read, never run or imported.
"""
