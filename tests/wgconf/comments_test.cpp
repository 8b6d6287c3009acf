#include "collectors/wgconf/comments.hpp"

#include <gtest/gtest.h>

#include "collectors/wgconf/decoder.hpp"
#include "tests/support/builders.hpp"

namespace wgaudit {
namespace {

struct Comment {
  std::string text;
  std::string name, json, why;
};

TEST(FriendlyComment, IsReadInEverySpelling) {
  const std::string key = to_string(test::key("secret"));
  for (const auto& [text, name, json, why] : std::vector<Comment>{
           {"# friendly_name = Alice's phone", "Alice's phone", "", ""},
           {"#friendly_name=alice", "alice", "", ""},
           {"##  Friendly_Name\t=  \"a = b\" # c ", "\"a = b\" # c", "", ""},
           {"; FRIENDLY_NAME = ünï", "ünï", "", ""},
           {"# friendly_json = {\"a\": 1}", "", "{\"a\": 1}", ""},
           {"#FRIENDLY_JSON={}", "", "{}", ""},
           {"# a friendly_name = x", "", "", ""},
           {"# PrivateKey = x", "", "", ""},
           {"#", "", "", ""},
           {"# friendly_name =", "", "", "is empty"},
           {"# friendly_name: x", "", "",
            "is neither friendly_name = TEXT nor friendly_json = {...}"},
           {"# friendly_names = x", "", "",
            "is neither friendly_name = TEXT nor friendly_json = {...}"},
           {"# friendly = x", "", "", "is neither friendly_name = TEXT nor friendly_json = {...}"},
           {"# friendly_name = " + key, "", "", "has the form of a key, and is not taken"},
           {"# friendly_json = {\"k\": \"" + key + "\"}", "", "",
            "has the form of a key, and is not taken"},
       }) {
    const ReadComment read = read_comment(text, 7);
    EXPECT_EQ(read.why, why) << text;
    ASSERT_EQ(read.note.has_value(), !name.empty() || !json.empty()) << text;
    if (!read.note) continue;
    EXPECT_EQ(read.note->line, 7U);
    EXPECT_EQ(read.note->text, name + json);
    EXPECT_EQ(read.note->kind == FriendlyNote::Kind::json, !json.empty());
  }
}

TEST(FriendlyComment, WhatMayBeAKeyIsKnown) {
  const std::string key = to_string(test::key("secret"));
  const std::string hex = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";
  for (const std::string& text : {key, "psk=" + key + ";", key.substr(0, 43), "x " + hex + " y"}) {
    EXPECT_TRUE(may_hold_key(text)) << text;
  }
  for (const std::string& text :
       {std::string("alice"), key.substr(0, 42), std::string(43, 'a'), hex.substr(1),
        std::string("https://example.org/a/very/long/path/without/an/end/of/it")}) {
    EXPECT_FALSE(may_hold_key(text)) << text;
  }
}

// A letter a line: `[` a peer's header, `k` its setting, `i` a section of another kind, ` ` an
// empty line, `n` and `j` a name and a JSON. What each peer has is the lines of its notes.
std::string layout(const std::string& lines) {
  std::string text;
  int number = 0;
  for (const char c : lines) {
    ++number;
    if (c == '[') text += "[Peer]\nPublicKey = " + to_string(test::key(std::to_string(number)));
    if (c == 'k') text += "AllowedIPs = 10.0.0.1";
    if (c == 'i') text += "[Interface]\nMTU = 1400";
    if (c == 'n') text += "# friendly_name = n" + std::to_string(number);
    if (c == 'j') text += "# friendly_json = j" + std::to_string(number);
    text += '\n';
  }
  const Conf conf = decode_conf(text);
  std::string shown;
  for (const ConfPeer& peer : conf.peers) {
    shown += '[';
    for (const FriendlyNote& note : peer.notes) shown += note.text;
    shown += ']';
  }
  for (const ConfProblem& problem : conf.problems) {
    shown += problem.why.starts_with("may be") ? '?' : '!';
  }
  return shown;
}

TEST(FriendlyComment, IsOfThePeerBeforeOrAfterIt) {
  for (const auto& [lines, want] : std::vector<std::pair<std::string, std::string>>{
           // Inside, before a setting.
           {"[nk[nk", "[n2][n5]"},
           {"[njk", "[n2j3]"},
           // Before the header, after an empty line.
           {"ik n[k n[k", "[n4][n8]"},
           {"n[k nj[k", "[n1][n5j6]"},
           // Inside, at its end, before an empty line.
           {"[kn [kn", "[n3][n7]"},
           {"i [kn j [k", "[n5][j7]"},
           // No empty line anywhere: the first or the last one shows the habit of the file.
           {"n[kn[kn[k", "[n1][n4][n7]"},
           {"[kn[kn[kn", "[n3][n6][n9]"},
           {"in[kjn[kjn[k", "[n2][j5n6][j9n10]"},
           // A peer that has a name already cannot be meant.
           {"[nkn[k", "[n2][n4]"},
           {"[kn[nk", "[n3][n5]"},
           // Two names between two peers.
           {"[knn[k", "[n3][n4]"},
           {"[kn n[k", "[n3][n5]"},
           // Nothing tells: the one before, where that exporter would read it, and it is said.
           {"[kn[k", "[n3][]?"},
           {"[k n [k", "[n4][]?"},
           // Of no peer.
           {"in", "!"},
           {"ink[k", "[]!"},
       }) {
    EXPECT_EQ(layout(lines), want) << lines;
  }
}

}  // namespace
}  // namespace wgaudit
