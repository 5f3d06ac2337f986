"""What every room stands on: errors, text, files, bounded JSON, configuration."""
