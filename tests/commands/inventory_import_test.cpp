#include "exporter/codec/inventory_import.hpp"

#include "exporter/codec/inventory_json.hpp"
#include "tests/commands/commands_fixture.hpp"

namespace wgaudit {
namespace {

const std::string kAlice = to_string(test::key("alice"));
const std::string kBob = to_string(test::key("bob"));

class InventoryImport : public test::CommandsFixture {
 protected:
  // What came of it, read back.
  Inventory imported() {
    LoadedInventory loaded = parse_inventory(out_.str(), "out");
    EXPECT_TRUE(loaded.inventory && loaded.problems.empty()) << out_.str();
    return loaded.inventory ? *std::move(loaded.inventory) : Inventory{};
  }
  // Standard error without the directory's name.
  std::string errors() {
    std::string text = err_.str();
    const std::string prefix = directory_.path().string() + '/';
    for (auto at = text.find(prefix); at != text.npos; at = text.find(prefix)) {
      text.erase(at, prefix.size());
    }
    return text;
  }
  std::string conf(std::string_view name, const std::string& text) {
    return directory_.write(name, text);
  }
};

std::string peer(const std::string& key, const std::string& more = "") {
  return "[Peer]\nPublicKey = " + key + '\n' + more + '\n';
}

TEST_F(InventoryImport, OneConfiguration) {
  const std::string file =
      conf("wg0.conf", peer(kAlice,
                            "# friendly_name = Alice \"A\" \\ ü\nAllowedIPs = 10.0.0.2/32\n"
                            "PresharedKey = " +
                                to_string(test::key("psk"))) +
                           peer(kBob));
  EXPECT_EQ(run({"inventory", "import", "--from", "wg-conf", file}), 0) << errors();
  EXPECT_EQ(errors(), "");
  const Inventory inventory = imported();
  ASSERT_EQ(inventory.records.size(), 2U);
  const Record& alice = inventory.records[0];
  EXPECT_EQ(alice.principal, "Alice \"A\" \\ ü");
  EXPECT_EQ(alice.status, Status::active);
  EXPECT_EQ(alice.allowed_ips, std::vector{test::cidr("10.0.0.2/32")});
  EXPECT_EQ(alice.at, (std::vector<Place>{{"gw1", "", "wg0"}}));
  EXPECT_TRUE(inventory.resolve(&alice).require_preshared_key);
  const Record& bob = inventory.records[1];
  EXPECT_EQ(bob.principal, "unnamed-" + short_form(test::key("bob")));
  EXPECT_EQ(bob.status, Status::unreviewed);
  EXPECT_EQ(bob.allowed_ips, std::vector<Cidr>{});
  EXPECT_FALSE(inventory.resolve(&bob).require_preshared_key);
  EXPECT_EQ(inventory.gateway("gw1")->interfaces.at(0).name, "wg0");
}

TEST_F(InventoryImport, OneKeyInSeveralFilesIsOneRecord) {
  const std::string psk = "PresharedKey = " + to_string(test::key("psk")) + '\n';
  const std::string a =
      conf("wg0.conf", peer(kAlice, psk + "AllowedIPs=10.0.0.2\n# friendly_name=alice"));
  const std::string b =
      conf("wg1.conf", peer(kAlice, "AllowedIPs=10.1.0.2\n# friendly_name=Alice A."));
  EXPECT_EQ(
      run({"inventory", "import", "--from", "wg-conf", "--gateway.name", "fra", a, "ams=" + b}), 1);
  EXPECT_EQ(errors(),
            "wgaudit: import warning: wg1.conf: line 4, friendly_name: another name than the one "
            "of line 5 of wg0.conf: kept as a tag\n"
            "wgaudit: import warning: wg0.conf: line 1, PresharedKey: not everywhere that this key "
            "is configured: none is required\n");
  const Inventory inventory = imported();
  ASSERT_EQ(inventory.records.size(), 1U);
  const Record& alice = inventory.records[0];
  EXPECT_EQ(alice.principal, "alice");
  EXPECT_EQ(alice.tags, (decltype(alice.tags){{"friendly_name", "Alice A."}}));
  EXPECT_EQ(alice.at, (std::vector<Place>{{"fra", "", "wg0"}, {"ams", "", "wg1"}}));
  EXPECT_EQ(alice.allowed_ips, (std::vector{test::cidr("10.0.0.2/32"), test::cidr("10.1.0.2/32")}));
  EXPECT_EQ(inventory.gateways.size(), 2U);
  EXPECT_EQ(alice.policy, Record::kNone);
}

struct Json {
  std::string comments;
  std::string principal, device, tags, errors;
  Status status = Status::active;
};

TEST_F(InventoryImport, FriendlyJsonHasItsFields) {
  const std::string warning = "wgaudit: import warning: wg0.conf: line 3, ";
  const std::string unnamed = "unnamed-" + short_form(test::key("alice"));
  const std::string key = to_string(test::key("psk"));
  for (
      const auto& [comments, principal, device, tags, error, status] : std::vector<Json>{
          {R"(# friendly_json = {"Name": "alice", "device": "mbp", "id": 482, "ok": true, "r": 1.50})",
           "alice", "mbp", "id=482 ok=true r=1.50 ", ""},
          {R"(# friendly_json = {"username": "al", "name": "alice", "user": "alice"})", "alice", "",
           "username=al ",
           warning + "username: another name than the one of line 3: kept as a tag\n"},
          {"# friendly_json = {\"name\": \"a\", \"team\": \"sre\"}\n# friendly_name = alice",
           "alice", "", "name=a team=sre ",
           warning + "name: another name than the one of line 4: kept as a tag\n"},
          {R"(# friendly_json = {"team": "sre", "kind": "robot"})", unnamed, "",
           "kind=robot team=sre ", "", Status::unreviewed},
          {R"(# friendly_json = {"name": "alice", "x": {"name": "eve"}, "y": [1], "z": null})",
           "alice", "", "",
           warning + "friendly_json: 3 of its members are no text, number or truth value; they are "
                     "left out\n"},
          {"# friendly_json = {\"name\": ", unnamed, "", "",
           warning + "friendly_json: is not JSON\n", Status::unreviewed},
          {"# friendly_json = [\"name\", 1]", unnamed, "", "",
           warning + "friendly_json: is no JSON object\n", Status::unreviewed},
          {R"(# friendly_json = {"": "x", "name": "alice"})", "alice", "", "",
           warning + "friendly_json: a member without a usable name is left out\n"},
          {R"(# friendly_json = {"name": ""})", unnamed, "", "", warning + "name: is empty\n",
           Status::unreviewed},
          {"# friendly_name = unknown:me", unnamed, "", "friendly_name=unknown:me ",
           warning + "friendly_name: begins with \"unknown:\", which is reserved: kept as a tag\n",
           Status::unreviewed},
          {"# friendly_name = " + std::string(257, 'x'), unnamed, "",
           "friendly_name=" + std::string(257, 'x') + ' ',
           warning + "friendly_name: is longer than 256 bytes: kept as a tag\n",
           Status::unreviewed},
          {"# friendly_name = a\xff", "a\xef\xbf\xbd", "", "",
           warning + "friendly_name: is not UTF-8: what is not is replaced\n"},
          {R"(# friendly_json = {"T": "1", "t": "2", "T": "3"})", unnamed, "", "T=1 T_2=3 t=2 ", "",
           Status::unreviewed},
          {"# friendly_json = {\"name\": \"" + key.substr(0, 20) + "\\u00" + "2f" +
               std::string(22, 'a') + "A1=\"}",
           unnamed, "", "", warning + "name: has the form of a key, and is not taken\n",
           Status::unreviewed},
      }) {
    const std::string file =
        conf("wg0.conf", "[Peer]\nPublicKey=" + kAlice + '\n' + comments + '\n');
    EXPECT_EQ(run({"inventory", "import", "--from", "wg-conf", file}), error.empty() ? 0 : 1);
    EXPECT_EQ(errors(), error) << comments;
    const Inventory inventory = imported();
    ASSERT_EQ(inventory.records.size(), 1U) << comments;
    const Record& record = inventory.records[0];
    EXPECT_EQ(record.principal, principal);
    EXPECT_EQ(record.device, device);
    EXPECT_EQ(record.status, status);
    std::string shown;
    for (const auto& [name, value] : record.tags) shown += name + '=' + value + ' ';
    EXPECT_EQ(shown, tags);
  }
}

TEST_F(InventoryImport, TwoKeysOfADeviceAreNotBothInForce) {
  const std::string json = R"(# friendly_json = {"name": "alice", "device": "mbp"})";
  const std::string file = conf("wg0.conf", peer(kAlice, json) + peer(kBob, json));
  EXPECT_EQ(run({"inventory", "import", "--from", "wg-conf", file}), 1);
  EXPECT_NE(errors().find("wg0.conf: line 4, device: a second key of this device of this principal "
                          "(the other: "),
            std::string::npos)
      << errors();
  const Inventory inventory = imported();
  EXPECT_EQ(inventory.records.at(0).status, Status::active);
  EXPECT_EQ(inventory.records.at(1).status, Status::unreviewed);
}

TEST_F(InventoryImport, WhereTheInterfaceIsUnknownNoPlaceIsSaid) {
  const std::string a = conf("a-name-that-is-too-long.conf", peer(kAlice));
  const std::string b = conf("wg0.conf", peer(kAlice));
  const std::string c = conf("x.netdev", "[WireGuardPeer]\nPublicKey=" + kBob + '\n');
  EXPECT_EQ(run({"inventory", "import", "--from", "wg-conf", a, b, c}), 1);
  EXPECT_EQ(errors(),
            "wgaudit: import warning: a-name-that-is-too-long.conf: the file's name is no "
            "interface's: its peers get no \"at\"\n"
            "wgaudit: import warning: x.netdev: no Name= in [NetDev]: its peers get no \"at\"\n");
  for (const Record& record : imported().records) EXPECT_FALSE(record.at);
}

TEST_F(InventoryImport, WhatCannotBeReadImportsNothing) {
  const std::string good = conf("wg0.conf", peer(kAlice));
  const std::string bad = conf("bad.conf", "no configuration\n");
  EXPECT_EQ(run({"inventory", "import", "--from", "wg-conf", good, "none.conf"}), 2);
  EXPECT_EQ(errors(), "wgaudit: import: none.conf: cannot be read: No such file or directory\n");
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(run({"inventory", "import", "--from", "wg-conf", good, bad}), 2);
  EXPECT_EQ(errors(),
            "wgaudit: import: bad.conf: not a WireGuard configuration: no section of one\n");
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(run({"inventory", "import", "--from", "wg-conf", "*=" + good}), 2);
  EXPECT_EQ(errors(), "wgaudit: \"*\": not the name of a gateway\n");
  EXPECT_EQ(run({"inventory", "import", "--from", "xml", good}), 2);
  EXPECT_EQ(errors(), "wgaudit: --from: not one of wg-conf, csv\n");
  EXPECT_EQ(run({"inventory", "import", "--from", "csv", good, bad}), 2);
  EXPECT_EQ(errors(), "wgaudit: --from csv: one file at a time\n");
  EXPECT_EQ(run({"inventory", "import", "--from", "csv", "none.csv"}), 2);
  EXPECT_EQ(errors(), "wgaudit: import: none.csv: cannot be read: No such file or directory\n");
  EXPECT_EQ(run({"inventory", "import", good}), 2);
}

// In every place where a key may stand by intent or by mistake.
TEST_F(InventoryImport, NoSecretComesOut) {
  const Key secret = test::key("a planted secret");
  const std::string base64 = to_string(secret);
  std::string hex;
  constexpr char kHex[] = "0123456789abcdef";
  for (const auto byte : secret.bytes) {
    hex += kHex[byte >> 4U];
    hex += kHex[byte & 15U];
  }
  const std::string raw(secret.bytes.begin(), secret.bytes.end());
  const auto is_text = raw.find('\0') == raw.npos && raw.find('\n') == raw.npos;
  for (const std::string& form : {base64, hex, is_text ? raw : base64}) {
    for (const std::string& line :
         {"PrivateKey = " + form, "PresharedKey = " + form, "PrivateKey " + form, form, '[' + form,
          "# PrivateKey = " + form, "# friendly_name = " + form, "AllowedIPs = " + form,
          "# friendly_json = {\"psk\": \"" + form + "\"}",
          "# friendly_json = {\"" + form + "\": 1}", "Endpoint = " + form,
          "PublicKeyFile = " + form, form + " = 1"}) {
      for (const std::string& section :
           {std::string("[Interface]\n"), peer(kAlice),
            std::string("[WireGuard]\n[WireGuardPeer]\n"), std::string()}) {
        const std::string file = conf("wg0.conf", section + line + '\n' + peer(kBob));
        run({"inventory", "import", "--from", "wg-conf", file});
        for (const std::string& text : {out_.str(), err_.str()}) {
          EXPECT_EQ(text.find(base64.substr(0, 40)), text.npos) << section << line;
          EXPECT_EQ(text.find(hex.substr(0, 60)), text.npos) << section << line;
          EXPECT_EQ(text.find(raw), text.npos) << section << line;
        }
      }
    }
  }
}

TEST_F(InventoryImport, ATable) {
  const std::string file =
      directory_.write("keys.csv",
                       "\xef\xbb\xbfPrincipal, public_key ,tag.Team,allowed_ips,at,role,always_on,"
                       "require_preshared_key,comment\r\n"
                       "\"Alice \"\"A\"\"\"," +
                           kAlice +
                           ",sre,\"10.0.0.2/32, fd00::2/128\",gw1/wg0;*/wg1,"
                           "laptop,TRUE,false,\"two\r\nlines\"\r\n"
                           "\r\n"
                           "," +
                           kBob + ",,none,,,gw1 gw2,,\r\n");
  EXPECT_EQ(run({"inventory", "import", "--from", "csv", file}), 0) << errors();
  const Inventory inventory = imported();
  ASSERT_EQ(inventory.records.size(), 2U);
  const Record& alice = inventory.records[0];
  EXPECT_EQ(alice.principal, "Alice \"A\"");
  EXPECT_EQ(alice.comment, "two\r\nlines");
  EXPECT_EQ(alice.tags, (decltype(alice.tags){{"Team", "sre"}}));
  EXPECT_EQ(alice.allowed_ips, (std::vector{test::cidr("10.0.0.2/32"), test::cidr("fd00::2/128")}));
  EXPECT_EQ(alice.at, (std::vector<Place>{{"gw1", "", "wg0"}, {"*", "", "wg1"}}));
  EXPECT_EQ(inventory.role_name(alice), "laptop");
  EXPECT_TRUE(inventory.resolve(&alice).always_on->everywhere);
  EXPECT_FALSE(inventory.resolve(&alice).require_preshared_key);
  const Record& bob = inventory.records[1];
  EXPECT_EQ(bob.principal, "unnamed-" + short_form(test::key("bob")));
  EXPECT_EQ(bob.status, Status::unreviewed);
  EXPECT_EQ(bob.allowed_ips, std::vector<Cidr>{});
  EXPECT_FALSE(bob.at);
  EXPECT_EQ(inventory.resolve(&bob).always_on->gateways, (std::vector<std::string>{"gw1", "gw2"}));
}

struct Table {
  std::string text;
  int exit;
  std::string errors;
};

TEST_F(InventoryImport, ATableIsCheckedByLineAndColumn) {
  const std::string error = "wgaudit: import: keys.csv: ",
                    warning = "wgaudit: import warning: keys.csv: ";
  const std::string ignored = "; the record is ignored\n";
  for (const auto& [text, exit, want] : std::vector<Table>{
           {"", 2, error + "is empty: the first line names the columns\n"},
           {"principal\nalice\n", 2, error + "line 1: no column public_key\n"},
           {"public_key,pet\n", 2, error + "line 1, column 12: unknown column (see --help)\n"},
           {"public_key,tag.\n", 2, error + "line 1, column 12: unknown column (see --help)\n"},
           {"public_key;principal\n", 2,
            error + "line 1: no column public_key\n" + error +
                "line 1, column 1: the columns are to be separated by commas, not by semicolons\n"},
           {"public_key,device,Device\n", 2,
            error + "line 1, column 19, device: this column is there twice\n"},
           {"public_key,tag.a,tag.a\n", 2,
            error + "line 1, column 18, tag.a: this column is there twice\n"},
           {"public_key,device\n" + kAlice + "\n", 2,
            error + "line 2: has 1 cells, the header has 2\n"},
           {"public_key\n\"x\n", 2, error + "line 3, column 1: the text ends within quotes\n"},
           {"public_key\n\"x\"y\n", 2, error + "line 2, column 4: text after the closing quote\n"},
           {"public_key\nx\"y\"\n", 2,
            error + "line 2, column 2: a quote in a cell that does not begin with one\n"},
           {std::string("public_key\0", 11), 2, error + "holds a NUL byte\n"},
           {"public_key\n\xff\n", 2, error + "is not UTF-8\n"},
           {"principal,public_key\neve,short\nbob," + kBob + '\n', 1,
            warning + "line 2, column 5, public_key: not a public key (base64, 44 characters)" +
                ignored},
           {"public_key,require_posture,always_on\n" + kAlice + ",yes,\n" + kBob + ",,gw1\n", 1,
            warning + "line 2, column 46, require_posture: not true or false" + ignored},
           {"public_key,principal,allowed_ips,status\n" + kAlice + ",a,10.0.0.1 x,gone\n", 1,
            warning +
                "line 2, column 48, allowed_ips: not an address or prefix such as 10.10.0.2/32 or "
                "fd00::/64" +
                ignored + warning +
                "line 2, column 59, status: not one of active, unreviewed, disabled, revoked" +
                ignored},
           {"public_key,principal\n" + kAlice + ",a\n" + kAlice + ",b\n", 2,
            error +
                "line 3, column 1, public_key: this key has a record already, at keys.csv: line "
                "2\n"},
           {"public_key,principal\n" + kAlice + ",a\n" + kAlice + ",a\n", 1,
            warning + "line 3: the same record is there already, at keys.csv: line 2; this one is "
                      "ignored\n"},
           {"public_key,principal\n" + kAlice + ",unknown:x\n", 2,
            error + "line 2, column 46, principal: \"unknown:\" is reserved for keys without a "
                    "record\n"},
       }) {
    const std::string file = directory_.write("keys.csv", text);
    EXPECT_EQ(run({"inventory", "import", "--from", "csv", file}), exit) << text;
    EXPECT_EQ(errors(), want) << text;
    EXPECT_EQ(out_.str().empty(), exit == 2);
    if (exit != 2) imported();
  }
}

TEST_F(InventoryImport, TheColumnsAreInItsHelp) {
  EXPECT_EQ(run({"inventory", "import", "--help"}), 0);
  for (const ImportField& field : import_fields()) {
    EXPECT_NE(out_.str().find("\n  " + std::string(field.name) + ' '), std::string::npos);
  }
}

}  // namespace
}  // namespace wgaudit
