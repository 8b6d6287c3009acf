// A server behind TLS, asked by OpenSSL's own client.
#include <gtest/gtest.h>

#include "exporter/web/client_names.hpp"
#include "exporter/web/tls_context.hpp"
#include "tests/support/files.hpp"
#include "tests/web/client.hpp"
#include "tests/web/running.hpp"
#include "tests/web/tls_client.hpp"

namespace wgaudit::test {
namespace {

constexpr std::string_view kScrape =
    "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
constexpr std::string_view kPage = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

const Certified& authority() {
  static const Certified made = make_authority("ca");
  return made;
}
const Certified& server_pair() {
  static const Certified made = make_certificate(authority(), "gw1", "DNS:gw1");
  return made;
}

// A folder with server.crt, server.key, ca.crt, and a web.yml.
class Folder {
 public:
  explicit Folder(const std::string& tls, const std::string& more = "") {
    put("server.crt", server_pair().cert);
    put("server.key", server_pair().key);
    put("ca.crt", authority().cert);
    put("web.yml",
        "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n" + tls + more);
  }
  void put(const std::string& name, const std::string& text) const { dir_.write(name, text); }
  [[nodiscard]] LoadedWebSecurity load(const WebSecurity* before = nullptr) const {
    return load_web_security((dir_.path() / "web.yml").string(), before);
  }
  [[nodiscard]] std::string problems() const {
    std::string text;
    const std::string prefix = dir_.path().string() + '/';
    for (const ConfigProblem& problem : load().problems) text += to_string(problem) + '\n';
    for (std::size_t at = 0; (at = text.find(prefix)) != std::string::npos;) {
      text.erase(at, prefix.size());
    }
    return text;
  }

 private:
  TempDir dir_;
};

std::shared_ptr<const WebSecurity> security_of(const Folder& folder) {
  const LoadedWebSecurity loaded = folder.load();
  for (const ConfigProblem& problem : loaded.problems) ADD_FAILURE() << to_string(problem);
  return loaded.security;
}
Running serve(const Folder& folder) {
  return Running(plain_source(), {.security = security_of(folder)});
}

TEST(Tls, AnswersInBothVersions) {
  const Folder folder("");
  Running server = serve(folder);
  for (const std::string newest : {"", "TLS12"}) {
    const TlsAnswer answer = ask_by_tls(server.address(), kScrape, {.newest = newest});
    EXPECT_TRUE(answer.shook_hands);
    EXPECT_EQ(answer.version, newest.empty() ? "TLSv1.3" : "TLSv1.2");
    EXPECT_EQ(status_of(answer.response), 200);
    EXPECT_EQ(body_of(answer.response), "up 1\n");
    EXPECT_EQ(answer.server_certificate, server_pair().cert);
  }
}

TEST(Tls, SendsALargePageWhole) {
  const Folder folder("");
  WebSource source = plain_source();
  const std::string large(8U << 20, 'x');
  source.metrics = [&](const ScrapeRequest&, Duration) { return shared(large); };
  Running server(source, {.security = security_of(folder)});
  EXPECT_EQ(body_of(ask_by_tls(server.address(), kScrape).response), large);
}

TEST(Tls, AnswersManyRequestsOfOneConnection) {
  const Folder folder("");
  Running server = serve(folder);
  const std::string one = "GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n";
  std::string all;
  for (int i = 0; i < 50; ++i) all += one;
  // More than fits into one TLS record, so that bytes wait inside OpenSSL too.
  const auto answer = ask_by_tls(server.address(), all + std::string(kScrape));
  std::size_t count = 0;
  for (std::size_t at = 0; (at = answer.response.find("healthy\n", at)) != std::string::npos;
       ++at) {
    ++count;
  }
  EXPECT_EQ(count, 50U);
  EXPECT_TRUE(answer.response.ends_with("up 1\n"));
}

TEST(Tls, IsSaidToWhoSpeaksPlainly) {
  const Folder folder("");
  Running server = serve(folder);
  const std::string response = ask(server.address(), kScrape);
  EXPECT_EQ(status_of(response), 400);
  EXPECT_EQ(body_of(response), "this port speaks TLS: https\n");
}

TEST(Tls, GarbageEndsTheConnectionAlone) {
  const Folder folder("");
  Running server = serve(folder);
  const std::string alert = ask(server.address(), std::string("\x16\x03\x01\xff\xff garbage", 13));
  EXPECT_EQ(alert.substr(0, 1), "\x15");  // RFC 8446, 5.1: an alert, and the end
  EXPECT_EQ(status_of(ask_by_tls(server.address(), kScrape).response), 200);
}

TEST(Tls, IsNotSpokenOnAPlainPort) {
  Running server;
  EXPECT_FALSE(ask_by_tls(server.address(), kScrape).shook_hands);
  EXPECT_EQ(status_of(ask(server.address(), kScrape)), 200);
}

TEST(Tls, KeepsToVersionsAndCiphers) {
  const Folder newest("  min_version: TLS13\n");
  EXPECT_FALSE(ask_by_tls(serve(newest).address(), kScrape, {.newest = "TLS12"}).shook_hands);
  const Folder one(
      "  max_version: TLS12\n"
      "  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n"
      "  curve_preferences: [CurveP256]\n");
  Running server = serve(one);
  const TlsAnswer answer = ask_by_tls(server.address(), kScrape);
  EXPECT_EQ(answer.version, "TLSv1.2");
  EXPECT_EQ(answer.cipher, "ECDHE-ECDSA-AES256-GCM-SHA384");
  EXPECT_FALSE(ask_by_tls(server.address(), kScrape,
                          {.newest = "TLS12", .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256"})
                   .shook_hands);
  // Suites of TLS 1.3 alone leave none for TLS 1.2.
  const Folder only13("  cipher_suites: [TLS_AES_128_GCM_SHA256]\n");
  EXPECT_FALSE(ask_by_tls(serve(only13).address(), kScrape, {.newest = "TLS12"}).shook_hands);
}

struct ClientCase {
  std::string policy, sans;
  bool none, own, foreign, old;  // who gets an answer: no certificate, ours, another's, expired
};

TEST(Tls, LetsInWhoThePolicySays) {
  const Certified other = make_authority("other");
  const Certified own = make_certificate(authority(), "prom", "DNS:prom.example.org,IP:192.0.2.1");
  const Certified foreign = make_certificate(other, "prom", "DNS:prom.example.org");
  const Certified old = make_certificate(authority(), "prom", "DNS:prom.example.org", false);
  const ClientCase cases[] = {
      {"NoClientCert", "", true, true, true, true},
      {"RequestClientCert", "", true, true, true, true},
      {"RequireAnyClientCert", "", false, true, true, true},
      {"VerifyClientCertIfGiven", "", true, true, false, false},
      {"RequireAndVerifyClientCert", "", false, true, false, false},
      {"RequireAndVerifyClientCert", "192.0.2.1", false, true, false, false},
      {"RequireAndVerifyClientCert", "prom.example.or", false, false, false, false},
      {"RequireAnyClientCert", "prom.example.org", false, true, true, true},
  };
  for (const ClientCase& one : cases) {
    SCOPED_TRACE(one.policy + ' ' + one.sans);
    std::string tls = "  client_auth_type: " + one.policy + '\n';
    if (one.policy != "NoClientCert") tls += "  client_ca_file: ca.crt\n";
    if (!one.sans.empty()) tls += "  client_allowed_sans: [\"" + one.sans + "\"]\n";
    const Folder folder(tls);
    Running server = serve(folder);
    for (const std::string newest : {"", "TLS12"}) {
      const auto let_in = [&](const Certified& shown) {
        return status_of(
                   ask_by_tls(server.address(), kScrape, {.certificate = shown, .newest = newest})
                       .response) == 200;
      };
      EXPECT_EQ(let_in({}), one.none);
      EXPECT_EQ(let_in(own), one.own);
      EXPECT_EQ(let_in(foreign), one.foreign);
      EXPECT_EQ(let_in(old), one.old);
    }
  }
}

// The root that signed the intermediate CA also signs others, which are to stay out.
TEST(Tls, TakesAnyCertificateOfTheFileForAnAnchor) {
  const Certified between = make_authority("between", &authority());
  const Certified own = make_certificate(between, "prom"), sibling = make_certificate(between, "x");
  const Certified of_root = make_certificate(authority(), "prom");
  const Folder folder("  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n");
  const struct {
    std::string anchors;
    bool own, sibling, of_root;
  } cases[] = {
      {between.cert, true, true, false},
      {own.cert, true, false, false},
      {own.cert + of_root.cert, true, false, true},
  };
  for (const auto& one : cases) {
    folder.put("ca.crt", one.anchors);
    Running server = serve(folder);
    const auto let_in = [&](const Certified& shown) {
      return status_of(ask_by_tls(server.address(), kScrape, {.certificate = shown}).response) ==
             200;
    };
    EXPECT_EQ(let_in(own), one.own);
    EXPECT_EQ(let_in(sibling), one.sibling);
    EXPECT_EQ(let_in(of_root), one.of_root);
  }
}

TEST(Tls, NamesOfEveryKindAreCompared) {
  const Certified made = make_certificate(
      authority(), "x",
      "DNS:a.example,email:a@b.example,URI:spiffe://x/y,IP:192.0.2.1,IP:2001:db8::1");
  const Folder folder(
      "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n"
      "  client_allowed_sans: [\"spiffe://x/y\"]\n");
  Running server = serve(folder);
  EXPECT_EQ(status_of(ask_by_tls(server.address(), kScrape, {.certificate = made}).response), 200);
}

TEST(Tls, TakesWhatIsNewForTheNextConnection) {
  const Folder folder("");
  const auto first = security_of(folder);
  Running server(plain_source(), {.security = first});
  const Client kept(server.address());
  const Certified renewed = make_certificate(authority(), "gw1-new");
  folder.put("server.crt", renewed.cert);
  EXPECT_EQ(folder.load().security, nullptr);  // the key is still the old one
  folder.put("server.key", renewed.key);
  const LoadedWebSecurity second = folder.load(first.get());
  ASSERT_NE(second.security, nullptr);
  EXPECT_NE(second.security->tls, first->tls);
  EXPECT_EQ(folder.load(second.security.get()).security->tls, second.security->tls);
  (*server).use(second.security);
  // The server learns of it between two turns of its loop.
  std::string seen;
  for (int i = 0; i < 100 && seen != renewed.cert; ++i) {
    seen = ask_by_tls(server.address(), kScrape).server_certificate;
  }
  EXPECT_EQ(seen, renewed.cert);
}

TEST(Tls, SaysWhatIsWrongWithFiles) {
  const Folder folder("  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n");
  EXPECT_EQ(folder.problems(), "");
  folder.put("ca.crt", "no certificate");
  folder.put("server.key", make_authority("x").key);
  EXPECT_EQ(
      folder.problems(),
      "web.yml:3:13: tls_server_config.key_file: does not fit the certificate: key values "
      "mismatch\n"
      "web.yml:5:19: tls_server_config.client_ca_file: no certificate in PEM: nothing found\n");
  folder.put("server.key", "-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----\n");
  folder.put("server.crt", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
  const std::string problems = folder.problems();
  EXPECT_NE(problems.find("web.yml:2:14: tls_server_config.cert_file: no certificate in PEM: "),
            std::string::npos)
      << problems;
  EXPECT_NE(problems.find("web.yml:3:13: tls_server_config.key_file: no private key in PEM that "
                          "needs no password\n"),
            std::string::npos)
      << problems;
  EXPECT_EQ(problems.find("MC4CAQ"), std::string::npos);
}

TEST(Tls, TakesCertificateAndKeyFromTheFileItself) {
  const TempDir dir;
  const auto indented = [](std::string text) {
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 5) {
      text.insert(at + 1, "    ");
    }
    return "|\n    " + text + '\n';
  };
  const std::string path =
      dir.write("web.yml", "tls_server_config:\n  cert: " + indented(server_pair().cert) +
                               "  key: " + indented(server_pair().key));
  const LoadedWebSecurity loaded = load_web_security(path);
  ASSERT_NE(loaded.security, nullptr) << to_string(loaded.problems.at(0));
  EXPECT_EQ(loaded.security->file.tls.key, "");  // not kept
  Running server(plain_source(), {.security = loaded.security});
  EXPECT_EQ(status_of(ask_by_tls(server.address(), kScrape).response), 200);
}

TEST(Security, SaysWhatAnotherFileNoLongerAsksFor) {
  using Names = std::vector<std::string>;
  const std::string ca = "  client_ca_file: ca.crt\n",
                    must = "  client_auth_type: RequireAndVerifyClientCert\n" + ca,
                    may = "  client_auth_type: VerifyClientCertIfGiven\n" + ca,
                    any = "  client_auth_type: RequireAnyClientCert\n" + ca,
                    sans = "  client_allowed_sans: [prom.example.org]\n";
  const std::string verified = "client certificates that are verified";
  const struct {
    std::string before, after;
    Names lost;
  } cases[] = {
      {"", must, {}},          {must, must + sans, {}},
      {may, must, {}},         {must, may, {verified}},
      {must, any, {verified}}, {may, "", {verified}},
      {any, "", {}},           {must + sans, must, {"client_allowed_sans"}},
  };
  for (const auto& [before, after, lost] : cases) {
    const auto first = security_of(Folder(before)), second = security_of(Folder(after));
    EXPECT_EQ(protection_lost(*first, *second), lost) << before << after;
  }
  EXPECT_EQ(protection_lost(*security_of(Folder(must + sans)), *load_web_security("").security),
            (Names{"TLS", verified, "client_allowed_sans"}));
}

TEST(Security, IsOpenUnlessItEncryptsAndAsksWho) {
  const std::string user =
      "basic_auth_users:\n  alice: "
      "$2b$04$wgauditwgauditwgauditun.PIV1wIjD1zpUoIlhlNVUdde2RVG.W\n";
  EXPECT_TRUE(load_web_security("").security->is_open());
  EXPECT_TRUE(security_of(Folder(""))->is_open());
  EXPECT_FALSE(security_of(Folder("", user))->is_open());
  const std::string ca = "  client_ca_file: ca.crt\n";
  EXPECT_TRUE(security_of(Folder("  client_auth_type: VerifyClientCertIfGiven\n" + ca))->is_open());
  EXPECT_FALSE(
      security_of(Folder("  client_auth_type: RequireAndVerifyClientCert\n" + ca))->is_open());
  const TempDir dir;
  EXPECT_TRUE(load_web_security(dir.write("web.yml", user)).security->is_open());
}

}  // namespace
}  // namespace wgaudit::test
