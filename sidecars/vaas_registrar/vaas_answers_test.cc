#include "sidecars/vaas_registrar/vaas_answers.h"

#include <gtest/gtest.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor::vaas {
namespace {

using Code = absl::StatusCode;

const BackendKey kKey{7, "10.0.0.7", 80};

HttpResponse Response(int status, std::string body = "", std::string location = "") {
  HttpResponse response{.status = status, .headers = {}, .body = std::move(body)};
  if (!location.empty()) response.headers.emplace_back("location", std::move(location));
  return response;
}

std::string List(const std::string& rows, bool last = true) {
  return absl::StrCat(R"({"meta": {"limit": 1000, "offset": 0, "previous": null, "next": )",
                      last ? "null" : R"("/api/v0.1/x/?api_key=secret")",
                      R"(, "total_count": 9}, "objects": [)", rows, "]}");
}

// As VaaS shows it: decimals as strings, the data centre whole.
std::string Row(const std::string& id, const std::string& port = "80",
                const std::string& address = "10.0.0.7", const std::string& director = "7") {
  return absl::StrCat(R"({"id": )", id, R"(, "port": )", port, R"(, "address": ")", address,
                      R"(", "director": "/api/v0.1/director/)", director,
                      R"(/", "dc": {"id": 1, "symbol": "dc1"}, "connect_timeout": "0.30",
                         "weight": 3, "tags": ["canary"]})");
}

TEST(VaasAnswersTest, FindsTheRowOfExactlyThisNameAmongOthers) {
  const Answer answer = Response(200, List(R"({"id": 1, "name": "web2", "symbol": "web"},
      {"id": "2", "name": "web"}, {"id": 0, "name": "web"}, 5, null, {"name": "web"},
      {"id": -3, "name": "web"}, {"id": 3, "name": "web"}, {"id": 4, "name": "web"})"));
  EXPECT_EQ(ReadDirectorPage(answer, "web", 0)->found, 3);
  EXPECT_EQ(ReadDcPage(answer, "web", 0)->found, 1);
  const auto none = ReadDirectorPage(answer, "We", 0);
  EXPECT_EQ(none->found, std::nullopt);
  EXPECT_EQ(none->next_offset, std::nullopt);
}

TEST(VaasAnswersTest, FindsTheBackendAmongOthers) {
  const Answer answer = Response(
      200, List(absl::StrCat(Row("1", "81"), ",", Row("2", "80", "10.0.0.8"), ",",
                             Row("3", "80", "10.0.0.7", "77"), ",", Row("4", "65616"), ",",
                             Row("5", "\"80\""), ",", Row("6", "80", "10.0.0.7", "7/x"), ",",
                             Row("99999999999999999999"), ",", Row("8"), ",", Row("9"))));
  const auto page = ReadBackendPage(answer, kKey, 0);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->found, (HeldBackend{8, kKey, 3, {"canary"}}));
}

TEST(VaasAnswersTest, GoesOnToTheNextPageByCountingRows) {
  const auto page = ReadDcPage(Response(200, List(R"({}, {"id": 1, "symbol": "a"})", false)), "b",
                               /*offset=*/1000);
  EXPECT_EQ(page->found, std::nullopt);
  EXPECT_EQ(page->next_offset, 1002u);
  // Found: what comes after it is of no interest.
  EXPECT_EQ(
      ReadDcPage(Response(200, List(R"({"id": 1, "symbol": "b"})", false)), "b", 0)->next_offset,
      std::nullopt);
  EXPECT_EQ(ReadDcPage(Response(200, List("", false)), "b", 0).status().code(), Code::kUnavailable);
}

TEST(VaasAnswersTest, AListThatIsNoneIsNotTakenForAnEmptyOne) {
  for (const char* body : {"", "[]", "null", "{\"objects\":", R"({"objects": []})",
                           R"({"meta": {}, "objects": {}})", R"({"meta": 1, "objects": []})"}) {
    for (const auto& code : {ReadDcPage(Response(200, body), "a", 0).status().code(),
                             ReadBackendPage(Response(200, body), kKey, 0).status().code()}) {
      EXPECT_EQ(code, Code::kUnavailable) << body;
    }
  }
}

TEST(VaasAnswersTest, AnswersToAnAdditionMean) {
  const std::pair<Answer, Code> kCases[] = {
      {Response(400, R"({"backend": {"__all__":
           ["Backend with this Address, Port and Director already exists."]}})"),
       Code::kAlreadyExists},
      {Response(400, R"({"error": "Could not find the provided director object via resource URI )"
                     R"('/api/v0.1/director/999/'."})"),
       Code::kNotFound},
      {Response(400, R"({"error": "Request is not valid JSON."})"), Code::kInvalidArgument},
      {Response(400,
                R"({"backend": {"port": ["Ensure this value is less than or equal to 65535."]}})"),
       Code::kInvalidArgument},
      {Response(400, "already exists"), Code::kFailedPrecondition},
      {Response(415, "{}"), Code::kFailedPrecondition},
      {Response(301), Code::kFailedPrecondition},
      {Response(404), Code::kFailedPrecondition},
      {Response(401), Code::kPermissionDenied},
      {Response(403), Code::kPermissionDenied},
      {Response(429), Code::kUnavailable},
      {Response(500, "VclLoadException: x"), Code::kUnavailable},
      {Response(504), Code::kUnavailable},
      {absl::DeadlineExceededError("slow"), Code::kUnavailable},
      {absl::ResourceExhaustedError("long"), Code::kUnavailable},
      {absl::InvalidArgumentError("bad request"), Code::kInvalidArgument},
      {Response(201, ""), Code::kUnavailable},
      {Response(201, "[]"), Code::kUnavailable},
      {Response(201, Row("1", "81")), Code::kUnavailable},
      {Response(202, Row("1")), Code::kUnavailable},
      {Response(202, Row("1"), "/api/v0.1/backend/1/"), Code::kUnavailable},
      {Response(202, Row("1"), "/api/v0.1/task//"), Code::kUnavailable},
      {Response(202, Row("1"), "/api/v0.1/task/../dc/"), Code::kUnavailable},
      {Response(202, Row("1"), "/api/v0.1/task/a?b/"), Code::kUnavailable},
      {Response(202, Row("1"), "/api/v0.1/task/" + std::string(65, 'a') + "/"), Code::kUnavailable},
      {Response(201, Row("1"), "/api/v0.1/backend/1/"), Code::kOk},
      {Response(202, Row("1"), "/api/v0.1/task/0a-1b/"), Code::kOk},
  };
  for (const auto& [answer, code] : kCases) {
    EXPECT_EQ(ReadAddAnswer(answer, kKey).status().code(), code)
        << (answer.ok() ? absl::StrCat(answer->status, answer->body) : answer.status().ToString());
  }
}

TEST(VaasAnswersTest, AnAdditionGivesTheIdAndTheTaskToFollow) {
  const auto done = ReadAddAnswer(Response(201, Row("12345678901")), kKey);
  EXPECT_EQ(done->id, 12345678901);
  EXPECT_EQ(done->task_id, "");
  // Older versions of Django send the whole URL.
  const auto begun =
      ReadAddAnswer(Response(202, Row("5"), "http://vaas:80/api/v0.1/task/0a-1b/"), kKey);
  EXPECT_EQ(begun->id, 5);
  EXPECT_EQ(begun->task_id, "0a-1b");
}

TEST(VaasAnswersTest, AnswersToADeletionMean) {
  EXPECT_EQ(*ReadDeleteAnswer(Response(204)), "");
  EXPECT_EQ(*ReadDeleteAnswer(Response(404)), "");
  EXPECT_EQ(ReadDeleteAnswer(Response(404, "no route")).status().code(), Code::kUnavailable);
  EXPECT_EQ(*ReadDeleteAnswer(Response(202, "", "/api/v0.1/task/0a-1b/")), "0a-1b");
  EXPECT_EQ(ReadDeleteAnswer(Response(202)).status().code(), Code::kUnavailable);
  EXPECT_EQ(ReadDeleteAnswer(Response(500)).status().code(), Code::kUnavailable);
  EXPECT_EQ(ReadDeleteAnswer(Response(401)).status().code(), Code::kPermissionDenied);
  EXPECT_EQ(ReadDeleteAnswer(absl::UnavailableError("refused")).status().code(),
            Code::kUnavailable);
}

TEST(VaasAnswersTest, AListOfAnAddressHoldsItsRowsAlone) {
  const auto rows = ReadBackendRows(
      Response(200, List(absl::StrCat(Row("1", "81"), ",", Row("2", "80", "10.0.0.8"), ",{},",
                                      Row("3", "80", "10.0.0.7", "9")),
                         false)),
      "10.0.0.7", /*offset=*/10);
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->backends.size(), 2u);
  EXPECT_EQ(rows->backends[0].id, 1);
  EXPECT_EQ(rows->backends[1].key.director_id, 9);
  EXPECT_EQ(rows->next_offset, 14u);
  EXPECT_EQ(ReadBackendRows(Response(200, "[]"), "10.0.0.7", 0).status().code(),
            Code::kUnavailable);
}

TEST(VaasAnswersTest, AnswersToAChangeOfTheWeightMean) {
  EXPECT_TRUE(ReadSetWeightAnswer(Response(200)).ok());
  EXPECT_EQ(*ReadSetWeightAnswer(Response(202)), "");
  EXPECT_EQ(*ReadSetWeightAnswer(Response(202, "", "/api/v0.1/task/0a-1b/")), "0a-1b");
  EXPECT_TRUE(ReadSetWeightAnswer(Response(204)).ok());
  EXPECT_EQ(ReadSetWeightAnswer(Response(404)).status().code(), Code::kNotFound);
  EXPECT_EQ(ReadSetWeightAnswer(Response(405)).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(ReadSetWeightAnswer(Response(501)).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(ReadSetWeightAnswer(Response(401)).status().code(), Code::kPermissionDenied);
  EXPECT_EQ(ReadSetWeightAnswer(Response(500)).status().code(), Code::kUnavailable);
}

TEST(VaasAnswersTest, ATaskIsPendingUntilItEndsWellOrBadly) {
  const auto read = [](const std::string& status) {
    return ReadTaskAnswer(Response(200, R"({"info": "no backends", "status": ")" + status + "\"}"));
  };
  EXPECT_EQ(*read("PENDING"), TaskProgress::kPending);
  EXPECT_EQ(*read("STARTED"), TaskProgress::kPending);
  EXPECT_EQ(*read("SUCCESS"), TaskProgress::kDone);
  EXPECT_EQ(read("FAILURE").status().code(), Code::kAborted);
  EXPECT_NE(read("FAILURE").status().message().find("no backends"), std::string::npos);
  EXPECT_EQ(read("").status().code(), Code::kUnavailable);
  EXPECT_EQ(ReadTaskAnswer(Response(200, "7")).status().code(), Code::kUnavailable);
  EXPECT_EQ(ReadTaskAnswer(Response(500)).status().code(), Code::kUnavailable);
}

TEST(VaasAnswersTest, ARefusalTellsWhatVaasSaidBoundedAndPrintable) {
  const auto bad = ReadDeleteAnswer(Response(400, "Bad\n" + std::string(100000, 'x'))).status();
  EXPECT_NE(bad.message().find("VaaS answered 400 Bad\\n"), std::string::npos);
  EXPECT_LT(bad.message().size(), 400u);
  EXPECT_NE(ReadDeleteAnswer(Response(401)).status().message().find("VAAS_TOKEN"),
            std::string::npos);
}

}  // namespace
}  // namespace mesos_executor::vaas
