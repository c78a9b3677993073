"""The undo of a load: what it made is removed, what it changed is restored, the rest is named.

It stands on the engine's batch loop; ``stepping`` hangs it in.
"""
