"""The command line: one thin module per group. `daimm_cli.main` lists them."""
