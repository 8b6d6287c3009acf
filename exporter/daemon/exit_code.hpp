// Exit codes of every command (SPEC §8).
#pragma once

namespace wgaudit {

inline constexpr int kExitFine = 0;
inline constexpr int kExitFindings = 1;    // at or above --fail-on; `check`: warnings alone
inline constexpr int kExitUsage = 2;       // usage, configuration or inventory
inline constexpr int kExitCapability = 3;  // missing; named, with how to give it
inline constexpr int kExitCannotRun = 4;   // port or state directory; or incomplete

}  // namespace wgaudit
