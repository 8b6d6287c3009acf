// A few hundred of the edits of which tests/show 4.3 makes ten thousand.
#include "tests/verify/edits.hpp"

#include <gtest/gtest.h>

#include "tests/support/files.hpp"

namespace wgaudit::test {
namespace {

TEST(Edits, EachOfThemIsFoundInASignedLog) {
  const TempDir directory;
  const ChainHead head = write_log(directory.path(), {});
  const Files original = read_files(directory.path());
  ASSERT_GT(original.size(), 3U);
  const LogVerdict untouched = verify_log(directory.path());
  EXPECT_EQ(exit_code_of(untouched), 0) << to_text(untouched);
  EXPECT_EQ(untouched.head, head);
  EXPECT_EQ(untouched.signed_up_to->head, head);
  EXPECT_EQ(untouched.events, 120U);
  Random random(4);
  constexpr int kEach = 20;
  int by_head_alone = 0;
  for (const EditKind& kind : edit_kinds()) {
    for (int done = 0; done < kEach;) {
      Files files = original;
      if (!kind.apply(files, random) || files == original) continue;
      ++done;
      write_files(directory.path(), files, original);
      const LogVerdict verdict = verify_edited(kind, directory.path(), head);
      EXPECT_NE(exit_code_of(verdict), 0) << kind.name << '\n' << to_text(verdict);
      if (kind.needs_head && exit_code_of(verify_log(directory.path())) == 0) ++by_head_alone;
      write_files(directory.path(), original, files);
    }
  }
  EXPECT_GT(by_head_alone, 0) << "but for the end of a segment, which tells of the next";
}

// A log that is cut off right after a checkpoint is whole in itself: the head says that it is not.
TEST(Edits, AnEndThatIsCutOffShowsAgainstAHead) {
  const TempDir directory;
  const ChainHead head = write_log(directory.path(), {.segment_bytes = 1'000'000});
  Files files = read_files(directory.path());
  ASSERT_EQ(files.size(), 1U);
  std::string& bytes = files.begin()->second;
  const Files original = files;
  const std::size_t checkpoint = bytes.find("\"action\":\"checkpoint\"");
  bytes.resize(bytes.find('\n', checkpoint) + 1);
  write_files(directory.path(), files, original);
  EXPECT_EQ(exit_code_of(verify_log(directory.path())), 0);
  VerifyOptions options;
  options.heads = {{head.sequence, head.hash}};
  const auto verdict = verify_segments({directory.path().string()}, options);
  EXPECT_EQ(exit_code_of(*verdict), 1);
  EXPECT_EQ(verdict->flaws[0].what, "the log ends before sequence 120 (--expect-head)");
}

}  // namespace
}  // namespace wgaudit::test
