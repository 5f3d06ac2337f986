"""Where `daimm_cli.bindings.values` was."""

from daimm_cli.bindings.values import Struct as Struct
from daimm_cli.bindings.values import checksummed as checksummed
from daimm_cli.bindings.values import encode as encode
from daimm_cli.bindings.values import word as word
