#include "collectors/secret/secret_buffer.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>

namespace wgaudit {
namespace {

void fill(SecretBuffer& buffer) { std::ranges::fill(buffer.bytes(), std::byte{0x5a}); }

bool all_zero(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

// The VmFlags line of the mapping that holds `address` (proc(5)).
std::string vm_flags(const void* address) {
  std::ifstream smaps("/proc/self/smaps");
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  bool inside = false;
  for (std::string line; std::getline(smaps, line);) {
    std::uintptr_t first = 0, last = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &first, &last) == 2) {
      inside = first <= wanted && wanted < last;
    }
    if (inside && line.starts_with("VmFlags:")) return line + ' ';
  }
  return {};
}

TEST(SecretBuffer, IsWholePagesOfZeros) {
  SecretBuffer buffer(100);
  EXPECT_EQ(buffer.size(), static_cast<std::size_t>(sysconf(_SC_PAGESIZE)));
  EXPECT_TRUE(all_zero(buffer.bytes()));
}

TEST(SecretBuffer, IsKeptOutOfCoreDumpsAndSwap) {
  SecretBuffer buffer(4096);
  const std::string flags = vm_flags(buffer.bytes().data());
  EXPECT_NE(flags.find(" dd "), std::string::npos) << flags;  // MADV_DONTDUMP
  EXPECT_NE(flags.find(" wf "), std::string::npos) << flags;  // MADV_WIPEONFORK
#ifndef WGAUDIT_SANITIZED                                     // their mlock(2) does nothing
  EXPECT_EQ(flags.find(" lo ") != std::string::npos, buffer.locked()) << flags;
#endif
}

TEST(SecretBuffer, AForkedProcessSeesZeros) {
  SecretBuffer buffer(4096);
  fill(buffer);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(all_zero(buffer.bytes()) ? 0 : 1);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_FALSE(all_zero(buffer.bytes()));
}

TEST(SecretBuffer, WipesAPartOrAll) {
  SecretBuffer buffer(4096);
  fill(buffer);
  buffer.wipe(10, 20);
  EXPECT_TRUE(all_zero(buffer.bytes().subspan(10, 20)));
  EXPECT_EQ(buffer.bytes()[9], std::byte{0x5a});
  EXPECT_EQ(buffer.bytes()[30], std::byte{0x5a});
  buffer.wipe();
  EXPECT_TRUE(all_zero(buffer.bytes()));
}

TEST(SecretBuffer, GrowsWithItsFirstBytes) {
  SecretBuffer buffer(4096);
  fill(buffer);
  const std::size_t before = buffer.size();
  buffer.grow(3 * before);
  ASSERT_EQ(buffer.size(), 3 * before);
  EXPECT_EQ(buffer.bytes()[before - 1], std::byte{0x5a});
  EXPECT_TRUE(all_zero(buffer.bytes().subspan(before)));
  buffer.grow(1);
  EXPECT_EQ(buffer.size(), 3 * before);
}

TEST(SecretBuffer, MovesWithoutACopy) {
  SecretBuffer buffer(4096);
  fill(buffer);
  const std::byte* where = buffer.bytes().data();
  SecretBuffer moved(std::move(buffer));
  EXPECT_EQ(moved.bytes().data(), where);
  SecretBuffer other(8192);
  other = std::move(moved);
  EXPECT_EQ(other.bytes().data(), where);
}

}  // namespace
}  // namespace wgaudit
