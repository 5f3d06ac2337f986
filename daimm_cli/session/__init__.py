"""What the library works with for somebody: node, contracts, index, store, home and seed."""
