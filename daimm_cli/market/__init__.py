"""What the commands do: one module for each thing that a seller or a buyer does."""
