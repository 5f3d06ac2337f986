"""The command line: one thin module per group. `daimm_cli.cli.main` lists them."""
