// What our code relies on of Consul's agent API, asked of the real one and of the stand-in: the
// same answers.
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "integration/fake_consul/ask.h"
#include "integration/fake_consul/fake_consul.h"
#include "integration/fake_consul/real_consul.h"

namespace mesos_executor::fake_consul {
namespace {

using nlohmann::json;

constexpr char kToken[] = "11111111-1111-1111-1111-111111111111";

struct Fact {
  const char* what;
  Question question;
  int status;
  // The text, word for word, or JSON that must be part of the answer: objects may have more
  // members.
  const char* answer;
};

constexpr char kRegister[] = "/v1/agent/service/register";

Fact Registering(const char* what, const char* body, int status, const char* answer,
                 const char* token = "") {
  return {what, {"PUT", kRegister, token, body}, status, answer};
}
Fact Removing(const char* what, const std::string& id, int status, const char* answer,
              const char* token = "") {
  return {what, {"PUT", "/v1/agent/service/deregister/" + id, token, ""}, status, answer};
}
Fact Reading(const char* what, const char* target, int status, const char* answer,
             const char* token = "") {
  return {what, {"GET", target, token, ""}, status, answer};
}

constexpr char kWeb[] =
    R"({"ID": "t_web_80", "Name": "web", "Tags": ["b", "a", "b"], "Port": 80, "Address": "127.0.0.1",
        "Meta": {"mesos_task_id": "t"},
        "Check": {"HTTP": "http://127.0.0.1:9/", "Interval": "10000h", "Timeout": "2.5s",
                  "Status": "passing", "DeregisterCriticalServiceAfter": "15m"}})";

const Fact kWithoutAcls[] = {
    {"register", {"PUT", kRegister, "", kWeb}, 200, ""},
    Reading(
        "the agent shows it, with its tags as they were", "/v1/agent/services", 200,
        R"({"t_web_80": {"ID": "t_web_80", "Service": "web", "Tags": ["b", "a", "b"], "Port": 80,
                "Address": "127.0.0.1", "Meta": {"mesos_task_id": "t"}}})"),
    Reading("the agent shows it alone", "/v1/agent/service/t_web_80", 200,
            R"({"ID": "t_web_80", "Service": "web", "Port": 80})"),
    Reading(
        "its check", "/v1/agent/checks", 200,
        R"({"service:t_web_80": {"Status": "passing", "ServiceID": "t_web_80", "Type": "http"}})"),
    Registering("again, as critical",
                R"({"ID": "t_web_80", "Name": "web", "Port": 81,
                    "Check": {"HTTP": "http://127.0.0.1:9/", "Interval": "10000h", "Status": "critical"}})",
                200, ""),
    Reading("a check that is there keeps its status", "/v1/agent/checks", 200,
            R"({"service:t_web_80": {"Status": "passing"}})"),
    Reading("the rest is replaced", "/v1/agent/service/t_web_80", 200,
            R"({"Port": 81, "Address": "", "Tags": [], "Meta": {}})"),
    Reading("an unknown one", "/v1/agent/service/nope", 404, "unknown service ID: nope"),
    Registering("with a TTL check of ours",
                R"({"ID": "ttl", "Name": "ttl",
                    "Check": {"TTL": "10m", "Status": "passing", "DeregisterCriticalServiceAfter": "15m"}})",
                200, ""),
    {"it is told another status",
     {"PUT", "/v1/agent/check/update/service:ttl", "", R"({"Status": "critical", "Output": "x"})"},
     200,
     ""},
    Reading("and says so", "/v1/agent/checks", 200,
            R"({"service:ttl": {"Status": "critical", "Type": "ttl"}})"),
    {"no such status",
     {"PUT", "/v1/agent/check/update/service:ttl", "", R"({"Status": "fine"})"},
     400,
     "Invalid check status: 'fine'"},
    {"a check that Consul runs itself is told nothing",
     {"PUT", "/v1/agent/check/update/service:t_web_80", "", R"({"Status": "passing"})"},
     500,
     "CheckID \"service:t_web_80\" does not have associated TTL"},
    {"nor one that is not there",
     {"PUT", "/v1/agent/check/update/service:nope", "", R"({"Status": "passing"})"},
     500,
     "CheckID \"service:nope\" does not have associated TTL"},
    Registering("a TTL check in place of the other",
                R"({"ID": "t_web_80", "Name": "web", "Port": 81,
                    "Check": {"TTL": "10m", "Status": "critical"}})",
                200, ""),
    Reading("is of its kind and keeps the status", "/v1/agent/checks", 200,
            R"({"service:t_web_80": {"Status": "passing", "Type": "ttl"}})"),
    Registering("no check any more", R"({"ID": "t_web_80", "Name": "web", "Port": 81})", 200, ""),
    Reading("leaves the old one", "/v1/agent/checks", 200,
            R"({"service:t_web_80": {"Status": "passing", "Type": "ttl"}})"),
    Registering("no check", R"({"ID": "plain", "Name": "plain", "Port": 70000})", 200, ""),
    Registering("no id", R"({"Name": "named"})", 200, ""),
    Reading("ids by default", "/v1/agent/service/named", 200,
            R"({"ID": "named", "Service": "named"})"),
    Registering("no status",
                R"({"Name": "c", "Check": {"TCP": "127.0.0.1:9", "Interval": "10000h"}})", 200, ""),
    Reading("is critical", "/v1/agent/checks", 200,
            R"({"service:c": {"Status": "critical", "Type": "tcp"}})"),
    Registering("no name", R"({"ID": "x"})", 400, "Missing service name"),
    Registering("unknown field", R"({"Name": "x", "Bogus": 1})", 400,
                "Request decode failed: json: unknown field \"Bogus\""),
    Registering("unknown field in the check", R"({"Name": "x", "Check": {"Bogus": 1}})", 400,
                "Request decode failed: json: unknown field \"Bogus\""),
    Registering("half", R"({"Name":)", 400, "Request decode failed: unexpected EOF"),
    Registering("nothing", "", 400, "Request decode failed: EOF"),
    Registering("wrong type", R"({"Name": "x", "Port": "80"})", 400,
                "Request decode failed: json: cannot unmarshal string into Go struct field "
                ".Alias.Port of type int"),
    Registering("no interval", R"({"Name": "x", "Check": {"HTTP": "http://127.0.0.1/"}})", 400,
                "Invalid check: Interval must be > 0 for Script, HTTP, H2PING, or TCP checks"),
    Registering("no kind of check", R"({"Name": "x", "Check": {"Interval": "10s"}})", 400,
                "Invalid check: TTL must be > 0 for TTL checks"),
    Registering("no duration", R"({"Name": "x", "Check": {"TCP": "x:1", "Interval": "ten"}})", 400,
                "Request decode failed: time: invalid duration \"ten\""),
    Registering("no such status",
                R"({"Name": "x", "Check": {"TCP": "x:1", "Interval": "1s", "Status": "fine"}})",
                400, "Status for checks must 'passing', 'warning', 'critical'"),
    Registering("bad meta", R"({"Name": "x", "Meta": {"a b": "c"}})", 400,
                "Invalid Service Meta: Couldn't load metadata pair ('a b', 'c'): Key contains "
                "invalid characters"),
    {"not PUT", {"POST", kRegister, "", "{}"}, 405, "method POST not allowed"},
    Reading("not PUT either", kRegister, 405, "method GET not allowed"),
    {"not GET", {"PUT", "/v1/agent/services", "", ""}, 405, "method PUT not allowed"},
    Reading("no such page", "/v1/nonsense", 404, ""),
    Removing("remove", "t_web_80", 200, ""),
    Removing("again", "t_web_80", 200, ""),
    Removing("no id", "", 500, "ServiceID missing"),
    Reading("it is gone", "/v1/agent/service/t_web_80", 404, "unknown service ID: t_web_80"),
};

const Fact kWithAcls[] = {
    Registering("no token", R"({"Name": "svc"})", 403,
                "Permission denied: Missing service:write on svc"),
    Registering("bad token", R"({"Name": "svc"})", 403, "ACL not found", "bad"),
    Registering("decoded first", R"({"Bogus": 1})", 400,
                "Request decode failed: json: unknown field \"Bogus\""),
    Registering("with the token", R"({"ID": "s1", "Name": "svc"})", 200, "", kToken),
    Reading("without a token nothing is seen", "/v1/agent/services", 200, "{}"),
    Reading("nor here", "/v1/agent/checks", 200, "{}"),
    Reading("nor there", "/v1/catalog/service/svc", 200, "[]"),
    Reading("nor in its health", "/v1/health/service/svc", 200, "[]"),
    Reading("nor the node", "/v1/catalog/nodes", 200, "[]"),
    Reading("by id it is refused", "/v1/agent/service/s1", 403, "Permission denied"),
    Reading("a bad token is refused", "/v1/agent/services", 403, "ACL not found", "bad"),
    Reading("with the token", "/v1/agent/services", 200, R"({"s1": {"Service": "svc"}})", kToken),
    {"token as a parameter",
     {"GET", "/v1/agent/service/s1?token=11111111-1111-1111-1111-111111111111", "", ""},
     200,
     R"({"Service": "svc"})"},
    Registering("with a TTL check", R"({"ID": "s1", "Name": "svc", "Check": {"TTL": "10m"}})", 200,
                "", kToken),
    {"told without a token",
     {"PUT", "/v1/agent/check/update/service:s1", "", R"({"Status": "passing"})"},
     403,
     "Permission denied: Missing service:write on svc"},
    {"told with a bad one",
     {"PUT", "/v1/agent/check/update/service:s1", "bad", R"({"Status": "passing"})"},
     403,
     "ACL not found"},
    {"told with the token",
     {"PUT", "/v1/agent/check/update/service:s1", kToken, R"({"Status": "passing"})"},
     200,
     ""},
    Removing("no token", "s1", 403, "Permission denied: Missing service:write on svc"),
    Removing("bad token", "s1", 403, "ACL not found", "bad"),
    Removing("with the token", "s1", 200, "", kToken),
    Removing("again", "s1", 500, "Unknown service \"s1\"", kToken),
    Removing("unknown, without a token", "s1", 500, "Unknown service \"s1\""),
};

// Whether all of `part` is in `whole`.
bool Contains(const json& whole, const json& part) {
  if (!part.is_object() || part.empty()) return whole == part;
  if (!whole.is_object()) return false;
  for (const auto& [name, value] : part.items()) {
    if (!whole.contains(name) || !Contains(whole[name], value)) return false;
  }
  return true;
}

struct Kind {
  bool real;
  bool acls;
};
void PrintTo(const Kind& kind, std::ostream* out) {
  *out << (kind.real ? "real" : "fake") << (kind.acls ? " with ACLs" : "");
}

class ConsulFactsTest : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    const std::string token = GetParam().acls ? kToken : "";
    if (!GetParam().real) {
      fake_ = std::make_unique<FakeConsul>(token);
      port_ = fake_->port();
      return;
    }
    if (ConsulBinary().empty()) GTEST_SKIP() << "no Consul: set CONSUL_BIN to its path";
    auto real = RealConsul::Start(ConsulBinary(), {.token = token});
    ASSERT_TRUE(real.ok()) << real.status();
    real_ = *std::move(real);
    port_ = real_->port();
  }

  void Check(const Fact& fact) {
    SCOPED_TRACE(fact.what);
    const auto answer = AskConsul(port_, fact.question);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->status, fact.status) << answer->body;
    if (answer->status == 405) {
      EXPECT_EQ(answer->Header("Allow").substr(0, 8), "OPTIONS,");
    }
    const std::string type = answer->Header("Content-Type");
    if (type == "application/json") {
      EXPECT_TRUE(Contains(json::parse(answer->body, nullptr, false),
                           json::parse(fact.answer, nullptr, false)))
          << answer->body << "\nlacks\n"
          << fact.answer;
    } else {
      EXPECT_EQ(answer->body, fact.answer);
    }
  }

  std::unique_ptr<FakeConsul> fake_;
  std::unique_ptr<RealConsul> real_;
  uint16_t port_ = 0;
};

TEST_P(ConsulFactsTest, Answers) {
  if (GetParam().acls) {
    for (const Fact& fact : kWithAcls) Check(fact);
  } else {
    for (const Fact& fact : kWithoutAcls) Check(fact);
  }
}

// Encoded once, whatever is in it: Consul decodes the path once and takes it as it is.
TEST_P(ConsulFactsTest, IdsMayHoldAnythingPrintable) {
  const std::string token = GetParam().acls ? kToken : "";
  const std::pair<const char*, const char*> kIds[] = {
      {"a b", "a%20b"},   {"a/b", "a%2Fb"},       {"/g/x", "%2Fg%2Fx"},     {"a//b", "a%2F%2Fb"},
      {"../x", "..%2Fx"}, {"a%b", "a%25b"},       {"a%41", "a%2541"},       {"a?b#c", "a%3Fb%23c"},
      {"a+b", "a%2Bb"},   {"\xC3\xA9", "%C3%A9"}, {"a/../b", "a%2F..%2Fb"},
  };
  for (const auto& [id, encoded] : kIds) {
    const json body = {{"ID", id}, {"Name", "x"}};
    ASSERT_EQ(AskConsul(port_, {"PUT", kRegister, token, body.dump()})->status, 200) << id;
    const auto held = [&, id = id] {
      return json::parse(AskConsul(port_, {"GET", "/v1/agent/services", token, ""})->body)
          .contains(id);
    };
    EXPECT_TRUE(held()) << id;
    const auto removed = AskConsul(
        port_, {"PUT", std::string("/v1/agent/service/deregister/") + encoded, token, ""});
    EXPECT_EQ(removed->status, 200) << id;
    EXPECT_FALSE(held()) << id;
  }
}

// Go's unicode.IsPrint is asked before anything else, so that what was registered stays for ever.
TEST_P(ConsulFactsTest, IdsThatAreNotPrintableAreRegisteredAndCannotBeRemoved) {
  const std::string token = GetParam().acls ? kToken : "";
  const std::pair<const char*, const char*> kIds[] = {
      {"a\tb", "a%09b"},
      {"a\nb", "a%0Ab"},
      {"\x7F", "%7F"},
      {"\xC2\xA0", "%C2%A0"},         // No-break space.
      {"\xC2\xAD", "%C2%AD"},         // Soft hyphen.
      {"\xE2\x80\x8B", "%E2%80%8B"},  // Zero-width space.
      {"\xE3\x80\x80", "%E3%80%80"},  // Ideographic space.
      {"\xEF\xBB\xBF", "%EF%BB%BF"},  // Byte order mark.
      {"\xEE\x80\x80", "%EE%80%80"},  // Private use.
  };
  for (const auto& [id, encoded] : kIds) {
    const json body = {{"ID", id}, {"Name", "x"}};
    ASSERT_EQ(AskConsul(port_, {"PUT", kRegister, token, body.dump()})->status, 200) << encoded;
    const auto removed = AskConsul(
        port_, {"PUT", std::string("/v1/agent/service/deregister/") + encoded, token, ""});
    EXPECT_EQ(removed->status, 400) << encoded;
    EXPECT_EQ(removed->body, "") << encoded;
    const auto listed = AskConsul(port_, {"GET", "/v1/agent/services", token, ""});
    EXPECT_TRUE(json::parse(listed->body).contains(id)) << encoded;
  }
}

INSTANTIATE_TEST_SUITE_P(Both, ConsulFactsTest,
                         ::testing::Values(Kind{false, false}, Kind{false, true}, Kind{true, false},
                                           Kind{true, true}),
                         [](const auto& info) {
                           return std::string(info.param.real ? "Real" : "Fake") +
                                  (info.param.acls ? "WithAcls" : "WithoutAcls");
                         });

}  // namespace
}  // namespace mesos_executor::fake_consul
