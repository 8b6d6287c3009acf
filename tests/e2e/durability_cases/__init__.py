"""The cases of tests/e2e/durability, longest first."""
from durability_cases import (clocks, commands, database, disk, inventory, limits, policy,
                               restart, sink)

ALL_CASES = sorted((value for module in (disk, sink, database, clocks, restart, inventory, commands,
                                              policy, limits)
                    for value in vars(module).values() if hasattr(value, "seconds")),
                   key=lambda case: -case.seconds)
