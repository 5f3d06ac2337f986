"""Who signs, and what is secret: keystores, devices, the seed, passwords, backups."""
