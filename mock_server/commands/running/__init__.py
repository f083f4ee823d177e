"""What ``serve`` and ``proxy`` run until a signal stops them."""
