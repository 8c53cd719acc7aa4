// What our code relies on of VaaS' API, asked of the stand-in in one life, in this order. The
// answers are those that were recorded of a real one.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "integration/fake_vaas/vaas.h"

namespace mesos_executor::fake_vaas {
namespace {

using nlohmann::json;

constexpr char kAuth[] = "ApiKey user:key";
constexpr char kTask[] = "/api/v0.1/task/00000000-0000-4000-8000-00000000000";

struct Fact {
  const char* what;
  Question question;
  int status;
  // JSON that must be part of the answer (objects may have more members), or the text, word for
  // word.
  std::string answer;
  std::string location;
};

Fact Reading(const char* what, const std::string& path, int status, const char* answer) {
  return {what,
          {.method = "GET", .target = "/api/v0.1/" + path, .authorization = kAuth},
          status,
          answer,
          ""};
}

Fact Adding(const char* what, const char* body, int status, const std::string& answer,
            const std::string& location = "", const char* prefer = "") {
  return {what,
          {.method = "POST",
           .target = "/api/v0.1/backend/",
           .authorization = kAuth,
           .prefer = prefer,
           .content_type = "application/json",
           .body = body},
          status,
          answer,
          location};
}

Fact Removing(const char* what, int id, int status, const std::string& answer = "",
              const std::string& location = "", const char* prefer = "") {
  return {what,
          {.method = "DELETE", .target = BackendUri(id), .authorization = kAuth, .prefer = prefer},
          status,
          answer,
          location};
}

Fact Unauthorized(const char* what, const char* target, const char* authorization) {
  return {what, {.method = "GET", .target = target, .authorization = authorization}, 401, "", ""};
}

// The data centre has the id 1, the director `web` 2, and `bare`, without a cluster, 3.
Vaas NewVaas() {
  Vaas vaas("user", "key");
  vaas.AddDc("dc1");
  vaas.AddDirector("web", true);
  vaas.AddDirector("bare", false);
  return vaas;
}

// Whether all of `part` is in `whole`.
bool Contains(const json& whole, const json& part) {
  if (!part.is_object()) return whole == part;
  if (!whole.is_object()) return false;
  for (const auto& [name, value] : part.items()) {
    if (!whole.contains(name) || !Contains(whole[name], value)) return false;
  }
  return true;
}

Reply Check(Vaas& vaas, const Fact& fact) {
  SCOPED_TRACE(fact.what);
  const Reply reply = vaas.Answer(fact.question);
  EXPECT_TRUE(reply.answered);
  EXPECT_EQ(reply.status, fact.status) << reply.body;
  EXPECT_EQ(reply.location, fact.location);
  if (reply.content_type == "application/json") {
    EXPECT_TRUE(
        Contains(json::parse(reply.body, nullptr, false), json::parse(fact.answer, nullptr, false)))
        << reply.body << "\nlacks\n"
        << fact.answer;
  } else {
    EXPECT_EQ(reply.content_type, "text/html; charset=utf-8");
    EXPECT_EQ(reply.body, fact.answer);
  }
  return reply;
}

constexpr char kBackend[] =
    R"({"address": "10.0.0.7", "port": 80, "director": "/api/v0.1/director/2/",
    "dc": "/api/v0.1/dc/1/", "inherit_time_profile": true, "weight": 5, "tags": ["canary"]})";
constexpr char kAnother[] =
    R"({"address": "10.0.0.7", "port": 81, "director": "/api/v0.1/director/2/",
    "dc": {"id": 1, "name": "dc1", "symbol": "dc1", "resource_uri": "/api/v0.1/dc/1/"}})";
constexpr char kBare[] = R"({"address": "10.0.0.7", "port": 80, "director": "/api/v0.1/director/3/",
    "dc": "/api/v0.1/dc/1/"})";

std::string With(const char* name, const json& value) {
  json body = json::parse(kBackend);
  body[name] = value;
  return body.dump();
}
std::string Without(const char* name) {
  json body = json::parse(kBackend);
  body.erase(name);
  return body.dump();
}

TEST(VaasFactsTest, WhoMayAsk) {
  Vaas vaas = NewVaas();
  Check(vaas, Unauthorized("nobody", "/api/v0.1/dc/", ""));
  Check(vaas, Unauthorized("wrong key", "/api/v0.1/dc/", "ApiKey user:wrong"));
  Check(vaas, Unauthorized("unknown user", "/api/v0.1/dc/", "ApiKey other:key"));
  Check(vaas, Unauthorized("another scheme", "/api/v0.1/dc/", "Basic user:key"));
  Check(vaas, Unauthorized("wrong key in the URL", "/api/v0.1/dc/?username=user&api_key=no", ""));
  Check(vaas, {"by URL",
               {.method = "GET", .target = "/api/v0.1/dc/?username=user&api_key=key"},
               200,
               R"({"meta": {"total_count": 1}})",
               ""});
  Check(vaas, {"refused before it is read",
               {.method = "POST", .target = "/api/v0.1/backend/", .body = "{"},
               401,
               "",
               ""});
}

TEST(VaasFactsTest, Lists) {
  Vaas vaas = NewVaas();
  Check(vaas, Reading("a data centre", "dc/?symbol=dc1", 200,
                      R"({"meta": {"limit": 20, "next": null, "offset": 0, "previous": null,
                                   "total_count": 1},
                          "objects": [{"id": 1, "name": "dc1", "resource_uri": "/api/v0.1/dc/1/",
                                       "symbol": "dc1"}]})"));
  Check(vaas, Reading("an unknown director is no error", "director/?name=nope", 200,
                      R"({"meta": {"total_count": 0}, "objects": []})"));
  Check(vaas, Reading("values are decoded", "director/?name=%77eb", 200,
                      R"({"meta": {"total_count": 1}})"));
  Check(vaas, Reading("an unknown filter is ignored", "director/?nmae=web", 200,
                      R"({"meta": {"total_count": 2}})"));
  Check(vaas, Reading("the other's filter is ignored", "director/?symbol=web", 200,
                      R"({"meta": {"total_count": 2}})"));
  Check(vaas, {"no slash at the end",
               {.method = "GET", .target = "/api/v0.1/dc?limit=1", .authorization = kAuth},
               301,
               "",
               "/api/v0.1/dc/?limit=1"});
}

TEST(VaasFactsTest, ListsArePagedAndTheWayToTheNextPageRepeatsTheCredentials) {
  Vaas vaas = NewVaas();
  for (int i = 0; i < 1003; ++i) vaas.AddDc("x" + std::to_string(i));
  const auto ask = [&](const std::string& target) {
    const Reply reply = vaas.Answer({.method = "GET", .target = target});
    EXPECT_EQ(reply.status, 200) << target;
    return json::parse(reply.body);
  };
  json page = ask("/api/v0.1/dc/?username=user&api_key=key");
  EXPECT_EQ(page["objects"].size(), 20u);
  EXPECT_EQ(page["meta"]["next"], "/api/v0.1/dc/?username=user&api_key=key&limit=20&offset=20");
  page = ask(page["meta"]["next"]);
  EXPECT_EQ(page["objects"].size(), 20u);
  EXPECT_EQ(page["meta"]["previous"], "/api/v0.1/dc/?username=user&api_key=key&limit=20&offset=0");
  EXPECT_EQ(page["meta"]["total_count"], 1004);

  page = ask("/api/v0.1/dc/?username=user&api_key=key&limit=0");
  EXPECT_EQ(page["meta"]["limit"], 1000);
  EXPECT_EQ(page["objects"].size(), 1000u);
  page = ask(page["meta"]["next"]);
  EXPECT_EQ(page["objects"].size(), 4u);
  EXPECT_TRUE(page["meta"]["next"].is_null());
  EXPECT_EQ(ask("/api/v0.1/dc/?username=user&api_key=key&offset=5000")["objects"], json::array());
  for (const char* query : {"limit=x", "limit=-1", "offset=-1", "offset=1x"}) {
    EXPECT_EQ(vaas.Answer({.method = "GET",
                           .target = std::string("/api/v0.1/dc/?") + query,
                           .authorization = kAuth})
                  .status,
              400)
        << query;
  }
}

TEST(VaasFactsTest, ABackendsLife) {
  Vaas vaas = NewVaas();
  Check(vaas, Adding("add", kBackend, 201,
                     R"({"id": 4, "address": "10.0.0.7", "port": 80, "weight": 5,
                         "director": "/api/v0.1/director/2/", "dc": {"id": 1, "symbol": "dc1"},
                         "inherit_time_profile": true, "tags": ["canary"],
                         "connect_timeout": "0.30", "resource_uri": "/api/v0.1/backend/4/"})",
                     "/api/v0.1/backend/4/"));
  Check(vaas, Adding("by the whole data centre", kAnother, 201,
                     R"({"id": 5, "weight": 1, "tags": [], "inherit_time_profile": false})",
                     "/api/v0.1/backend/5/"));
  Check(vaas, Adding("the same again", kBackend, 400,
                     R"({"backend": {"__all__":
                         ["Backend with this Address, Port and Director already exists."]}})"));
  Check(vaas,
        Adding("the same in another director", kBare, 201, R"({"id": 6})", "/api/v0.1/backend/6/"));
  Check(vaas, Reading("by its key", "backend/?director=2&address=10.0.0.7&port=81", 200,
                      R"({"meta": {"total_count": 1}})"));
  Check(vaas, Reading("alone", "backend/5/", 200, R"({"id": 5, "port": 81})"));
  Check(vaas, Reading("the director has them", "director/2/", 501,
                      "This stand-in does not know what VaaS would answer."));
  Check(vaas, Removing("remove", 4, 204));
  Check(vaas, Removing("again", 4, 404));
  Check(vaas, Removing("never there", 999, 404));
  Check(vaas, Reading("it is gone", "backend/4/", 404, ""));
  Check(vaas, Adding("ids are new", kBackend, 201, R"({"id": 7})", "/api/v0.1/backend/7/"));
}

TEST(VaasFactsTest, WhatIsRefused) {
  Vaas vaas = NewVaas();
  Check(
      vaas,
      {"no type",
       {.method = "POST", .target = "/api/v0.1/backend/", .authorization = kAuth, .body = kBackend},
       415,
       R"({"error_message":
                   "Sorry, this request could not be processed. Please try again later."})",
       ""});
  for (const char* body : {"", "{", "[]", "7"}) {
    Check(vaas, Adding(body, body, 400, R"({"error": "Request is not valid JSON."})"));
  }
  for (const char* field : {"dc", "director", "address"}) {
    const json error = {
        {"error", "The '" + std::string(field) +
                      "' field has no data and doesn't allow a default or null value."}};
    Check(vaas, Adding(field, Without(field).c_str(), 400, error.dump()));
    Check(vaas, Adding(field, With(field, nullptr).c_str(), 400, error.dump()));
  }
  Check(vaas, Adding("no such director", With("director", "/api/v0.1/director/999/").c_str(), 400,
                     R"({"error": "Could not find the provided director object via resource URI )"
                     R"('/api/v0.1/director/999/'."})"));
  Check(vaas, Adding("no such data centre", With("dc", "/api/v0.1/dc/999/").c_str(), 400,
                     R"({"error": "Could not find the provided dc object via resource URI )"
                     R"('/api/v0.1/dc/999/'."})"));
  Check(vaas,
        Adding("no port", With("port", 65536).c_str(), 400,
               R"({"backend": {"port": ["Ensure this value is less than or equal to 65535."]}})"));
  Check(vaas, Adding("too heavy", With("weight", 101).c_str(), 400, R"({"backend": {}})"));
  Check(vaas, Adding("no weight", With("weight", -1).c_str(), 400, R"({"backend": {}})"));
  Check(vaas, Adding("a name", With("address", "host.example").c_str(), 400, R"({"backend": {}})"));
  Check(vaas, Adding("IPv6", With("address", "fd00::7").c_str(), 400, R"({"backend": {}})"));
  EXPECT_TRUE(vaas.backends().empty());
}

TEST(VaasFactsTest, TheNewestWantsAConnectTimeoutAndOneTag) {
  Vaas vaas = NewVaas();
  vaas.set_newest(true);
  Check(vaas, Adding("no timeout", kBackend, 400,
                     R"({"error": "The 'connect_timeout' field has no data and doesn't allow a )"
                     R"(default or null value."})"));
  json body = json::parse(kBackend);
  body["connect_timeout"] = "0.30";
  body["tags"] = {"a", "b"};
  Check(vaas, Adding("two tags", body.dump().c_str(), 400, R"({"backend": {}})"));
  body["tags"] = {"a"};
  Check(vaas,
        Adding("as it wants it", body.dump().c_str(), 201, R"({"id": 4})", "/api/v0.1/backend/4/"));
}

TEST(VaasFactsTest, AsynchronousChangesHaveATask) {
  Vaas vaas = NewVaas();
  const char* const kAsync = "respond-async";
  Check(vaas, Adding("add", kBackend, 202, R"({"id": 4})", std::string(kTask) + "1/", kAsync));
  Check(vaas, Reading("at first", "task/00000000-0000-4000-8000-000000000001/", 200,
                      R"({"info": "None", "status": "PENDING"})"));
  Check(vaas, Reading("then", "task/00000000-0000-4000-8000-000000000001/", 200,
                      R"({"info": "True", "status": "SUCCESS"})"));
  Check(vaas, Reading("an unknown one", "task/nope/", 200, R"({"status": "PENDING"})"));
  Check(vaas, Adding("the same again", kBackend, 400, R"({"backend": {}})", "", kAsync));
  Check(vaas, Removing("remove", 4, 202, "", std::string(kTask) + "2/", kAsync));
  EXPECT_TRUE(vaas.backends().empty());
  Check(vaas, Removing("again", 4, 404, "", "", kAsync));
  Check(vaas, Adding("no cluster", kBare, 201, R"({"id": 5})", "/api/v0.1/backend/5/", kAsync));
  Check(vaas, Removing("no cluster", 5, 204, "", "", kAsync));
}

TEST(VaasFactsTest, WhereVarnishFailsTheChangeIsKept) {
  Vaas vaas = NewVaas();
  vaas.set_reload(Reload::kFails);
  vaas.set_pending_looks(0);
  const std::string why = "VclLoadException: Cannot reload the configuration of Varnish";
  Check(vaas, Adding("add", kBackend, 500, why));
  EXPECT_EQ(vaas.backends().size(), 1u);
  Check(vaas, Removing("remove", 4, 500, why));
  EXPECT_TRUE(vaas.backends().empty());
  Check(vaas, Removing("again", 4, 404));
  Check(vaas,
        Adding("add", kBackend, 202, R"({"id": 5})", std::string(kTask) + "1/", "respond-async"));
  Check(vaas, Reading("its task", "task/00000000-0000-4000-8000-000000000001/", 200,
                      R"({"info": "Cannot reload the configuration of Varnish",
                          "status": "FAILURE"})"));
  Check(vaas, Adding("no cluster", kBare, 201, R"({"id": 6})", "/api/v0.1/backend/6/"));
}

TEST(VaasFactsTest, WhereNobodyWorksTheChangeIsKeptAndNotAnswered) {
  Vaas vaas = NewVaas();
  const auto add = Adding("", kBackend, 0, "");
  const auto remove = [](int id) { return Removing("", id, 0).question; };
  auto add_async = add.question;
  add_async.prefer = "respond-async";

  vaas.set_reload(Reload::kWorkerDown);
  EXPECT_FALSE(vaas.Answer(add.question).answered);
  EXPECT_EQ(vaas.backends().count(4), 1u);
  EXPECT_FALSE(vaas.Answer(remove(4)).answered);
  EXPECT_EQ(vaas.backends().count(4), 0u);
  vaas.set_pending_looks(0);
  EXPECT_EQ(vaas.Answer(add_async).status, 202);
  const auto look = [&] {
    return Reading("", "task/00000000-0000-4000-8000-000000000001/", 0, "").question;
  };
  EXPECT_NE(vaas.Answer(look()).body.find("PENDING"), std::string::npos);
  EXPECT_NE(vaas.Answer(look()).body.find("PENDING"), std::string::npos);
  vaas.set_reload(Reload::kWorks);
  EXPECT_NE(vaas.Answer(look()).body.find("SUCCESS"), std::string::npos);

  vaas.set_reload(Reload::kQueueDown);
  EXPECT_FALSE(vaas.Answer(remove(5)).answered);
  EXPECT_FALSE(vaas.Answer(add_async).answered);
  EXPECT_EQ(vaas.backends().count(6), 1u);
}

}  // namespace
}  // namespace mesos_executor::fake_vaas
