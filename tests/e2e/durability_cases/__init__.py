"""The cases of tests/e2e/durability, longest first."""
from durability_cases import clocks, commands, database, disk, inventory, restart, sink

ALL_CASES = sorted((value for module in (disk, sink, database, clocks, restart, inventory, commands)
                    for value in vars(module).values() if hasattr(value, "seconds")),
                   key=lambda case: -case.seconds)
