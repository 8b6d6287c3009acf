#include <gtest/gtest.h>
#include <sys/stat.h>

#include "exporter/config/load.hpp"
#include "exporter/config/sink_type.hpp"
#include "tests/config/read.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

TEST(Sinks, TheTableOfTypesIsInTheOrderOfTheVariant) {
  for (std::size_t i = 0; i < sink_types().size(); ++i) {
    EXPECT_EQ(sink_types()[i]->make().index(), i) << sink_types()[i]->name;
  }
}

TEST(Sinks, AreReadFromTheList) {
  const auto read = yaml(
      "sinks:\n"
      "- name: archive\n"
      "  type: file\n"
      "  directory: /srv/audit\n"
      "  sync: off\n"
      "- {name: out-1, type: stdout}\n");
  EXPECT_EQ(all(read.problems), "");
  EXPECT_EQ(read.settings.sinks,
            (std::vector<SinkSettings>{{"archive", FileSinkSettings{"/srv/audit", EventSync::off}},
                                       {"out-1", StdoutSinkSettings{}}}));
}

TEST(Sinks, EachHasAFormat) {
  Settings settings = yaml(
                          "events: {stdout: true, format: ocsf}\n"
                          "sinks:\n"
                          "- {name: a, type: file, directory: /a, format: ocsf}\n"
                          "- {name: b, type: file, directory: /b}\n")
                          .settings;
  std::string formats;
  for (const SinkSettings& sink : configured_sinks(settings)) {
    formats += sink.name + '=' + std::string(to_string(sink.format)) + ' ';
  }
  EXPECT_EQ(formats, "stdout=ocsf a=ocsf b=ecs ");
  EXPECT_EQ(all(yaml("sinks: [{name: a, type: stdout, format: cef}]\n").problems),
            "c.yml:1:41: sinks.a.format: not one of ecs, ocsf\n");
}

TEST(Sinks, AFileSinkHasTheSettingsOfEvidence) {
  const auto read = yaml(
      "sinks:\n- {name: a, type: file, directory: /a, signing-key-file: /k, checkpoint-lines: 5,\n"
      "   checkpoint-interval: 10s, max-segments: 7, max-bytes: 1GB, max-age: 30d}\n");
  EXPECT_EQ(all(read.problems), "");
  const SegmentSettings want{"/k", 5,           std::chrono::seconds{10},
                             7,    1ULL << 30U, std::chrono::days{30}};
  EXPECT_EQ(read.settings.sinks,
            (std::vector<SinkSettings>{{"a", FileSinkSettings{"/a", EventSync::batch, want}}}));
  EXPECT_EQ(
      all(yaml("sinks: [{name: a, type: file, directory: /a, checkpoint-lines: 0}]").problems),
      "c.yml:1:65: sinks.a.checkpoint-lines: must be at least 1\n");
}

TEST(Sinks, ThoseOfFlagsStandBeforeThoseOfTheList) {
  Settings settings = yaml("sinks: [{name: archive, type: file, directory: /b}]").settings;
  settings.events_directory = "/a";
  settings.events_stdout = true;
  std::string names;
  for (const SinkSettings& sink : configured_sinks(settings)) names += sink.name + ' ';
  EXPECT_EQ(names, "file stdout archive ");
}

TEST(Sinks, ProblemsHaveLineAndColumn) {
  struct Case {
    std::string text, want;
  };
  for (const auto& [text, want] : {
           Case{"sinks:\n", ""},
           Case{"sinks: []\n", ""},
           Case{"sinks: {}\n", "c.yml:1:8: sinks: wrong type: a list is expected\n"},
           Case{"sinks: [x]\n", "c.yml:1:9: sinks[0]: wrong type: a mapping is expected\n"},
           Case{"sinks: [{}]\n",
                "c.yml:1:9: sinks[0]: has no name\nc.yml:1:9: sinks[0]: has no type\n"},
           Case{"sinks: [{name: A, type: stdout}]\n",
                "c.yml:1:16: sinks[0].name: not a name: a-z, 0-9, '_' and '-', at most 32, not '_' "
                "or "
                "'-' first\n"},
           Case{"sinks: [{name: [], type: {}}]\n",
                "c.yml:1:16: sinks[0].name: wrong type: a single value is expected\n"
                "c.yml:1:26: sinks[0].type: wrong type: a single value is expected\n"},
           Case{"sinks:\n- name: a\n  type: kafka\n",
                "c.yml:3:9: sinks.a.type: not one of file, stdout, http\n"},
           Case{"sinks:\n- name: a\n  type: file\n", "c.yml:2:3: sinks.a: has no directory\n"},
           Case{"sinks:\n- name: a\n  type: file\n  directory: x\n  sync: on\n  fsync: 1\n",
                "c.yml:4:14: sinks.a.directory: not an absolute path\n"
                "c.yml:5:9: sinks.a.sync: not one of batch, off\n"
                "c.yml:6:3: sinks.a.fsync: unknown key of a file sink\n"},
           Case{"sinks:\n- {name: a, type: stdout, name: b}\n",
                "c.yml:2:27: sinks.name: is there twice\n"},
       }) {
    EXPECT_EQ(all(yaml(text).problems), want) << text;
  }
}

TEST(Sinks, AliasesCannotAskForAnyAmountOfMemory) {
  std::string text = "sinks: [&a [x,x,x,x,x,x,x,x,x,x]";
  for (char c = 'b'; c < 'h'; ++c) {
    text += std::string(", &") + c + " [";
    for (int i = 0; i < 10; ++i) text += std::string(i > 0 ? "," : "") + '*' + char(c - 1);
    text += ']';
  }
  EXPECT_TRUE(all(yaml(text + "]\n").problems).contains("sinks: too much, or too deep"));
}

TEST(Sinks, WhatSinksCannotShare) {
  Settings settings = yaml(
                          "sinks:\n- {name: file, type: file, directory: /a}\n- {name: b, type: "
                          "file, directory: /b}\n"
                          "- {name: b, type: stdout}\n- {name: c, type: stdout}\n")
                          .settings;
  settings.events_directory = "/a";
  EXPECT_EQ(
      all(check_settings(settings)),
      "sinks.file: another sink has this name; `file` is that of events.directory, `stdout` that "
      "of events.stdout\n"
      "sinks.file: the sink file writes to /a already\n"
      "sinks.b: another sink has this name; `file` is that of events.directory, `stdout` that of "
      "events.stdout\n"
      "sinks.c: the sink b writes to standard output already\n");
}

}  // namespace
}  // namespace wgaudit
