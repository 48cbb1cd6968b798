"""What both ends of a remote call share: the carrying of values, tensors and networks.

A jail holds this package too, so it imports nothing of the project but itself.
"""
