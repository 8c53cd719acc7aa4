#include "sidecars/vaas_registrar/vaas_answers.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace mesos_executor::vaas {
namespace {

using Json = nlohmann::json;

// As much of an answer's text as a message needs.
constexpr size_t kMaxText = 200;
// A UUID has 36.
constexpr size_t kMaxTaskId = 64;

std::string Shown(absl::string_view text) {
  return absl::CHexEscape(absl::StripAsciiWhitespace(text).substr(0, kMaxText));
}

Json Parse(const HttpResponse& response) {
  return Json::parse(response.body, nullptr, /*allow_exceptions=*/false);
}

// Null where there is none.
const Json& Member(const Json& object, const char* name) {
  static const Json* const kNull = new Json();
  if (!object.is_object()) return *kNull;
  const auto found = object.find(name);
  return found == object.end() ? *kNull : *found;
}

std::string Text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

// -1 for what is no such number.
int64_t Number(const Json& value, int64_t max = std::numeric_limits<int64_t>::max()) {
  if (!value.is_number_unsigned() || value.get<uint64_t>() > static_cast<uint64_t>(max)) return -1;
  return value.get<int64_t>();
}

absl::Status Unreadable(absl::string_view what) {
  return absl::UnavailableError(absl::StrCat("VaaS answered with ", what));
}

// Whether VaaS says that the backend is there: {"backend": {"__all__": ["… already exists."]}}.
bool SaysDuplicate(const Json& json) {
  const Json& errors = Member(Member(json, "backend"), "__all__");
  return errors.is_array() && std::any_of(errors.begin(), errors.end(), [](const Json& error) {
           return absl::StrContains(Text(error), "already exists");
         });
}

// OK for 2xx.
absl::Status Check(const Answer& answer) {
  if (!answer.ok()) {
    // A request that could not even be made will not get better.
    if (absl::IsInvalidArgument(answer.status())) return answer.status();
    return absl::UnavailableError(answer.status().message());
  }
  const int status = answer->status;
  if (status >= 200 && status < 300) return absl::OkStatus();
  const std::string said = absl::StrCat("VaaS answered ", status, " ", Shown(answer->body));
  if (status == 401 || status == 403) {
    return absl::PermissionDeniedError(
        absl::StrCat(said, ": check VAAS_USERNAME, VAAS_TOKEN and what that user may do"));
  }
  if (status >= 500 || status == 408 || status == 429) return absl::UnavailableError(said);
  return absl::FailedPreconditionError(said);
}

// Whether VaaS found something wrong with what it was sent: {"backend": {"port": ["…"]}}, or
// {"error": "…"}.
bool IsFormError(const Json& json) {
  return Member(json, "backend").is_object() || Member(json, "error").is_string();
}

// The last part of a path such as /api/v0.1/director/7/, be it behind a host; empty where it is
// none.
absl::string_view LastPart(absl::string_view uri, absl::string_view path) {
  const size_t start = uri.find(path);
  if (start == absl::string_view::npos) return {};
  absl::string_view part = uri.substr(start + path.size());
  if (!absl::ConsumeSuffix(&part, "/") || absl::StrContains(part, '/')) return {};
  return part;
}

// Of a task that was begun for an asynchronous request.
absl::StatusOr<std::string> TaskId(const HttpResponse& response) {
  const std::string location = response.Header("Location");
  const absl::string_view id = LastPart(location, "/api/v0.1/task/");
  const bool fits =
      std::all_of(id.begin(), id.end(), [](char c) { return absl::ascii_isalnum(c) || c == '-'; });
  if (id.empty() || id.size() > kMaxTaskId || !fits) {
    return Unreadable(absl::StrCat("202 but names no task: \"", Shown(location), "\""));
  }
  return std::string(id);
}

std::optional<HeldBackend> ReadBackend(const Json& json) {
  HeldBackend backend;
  backend.id = Number(Member(json, "id"));
  const int64_t port = Number(Member(json, "port"), std::numeric_limits<uint16_t>::max());
  const std::string director = Text(Member(json, "director"));
  if (backend.id < 1 || port < 0 ||
      !absl::SimpleAtoi(LastPart(director, "/api/v0.1/director/"), &backend.key.director_id)) {
    return std::nullopt;
  }
  backend.key.port = static_cast<uint16_t>(port);
  backend.key.address = Text(Member(json, "address"));
  const int64_t weight = Number(Member(json, "weight"), std::numeric_limits<int>::max());
  if (weight >= 0) backend.weight = static_cast<int>(weight);
  for (const Json& tag : Member(json, "tags")) {
    if (tag.is_string()) backend.tags.push_back(tag.get<std::string>());
  }
  return backend;
}

// `read` gives the row as it should be returned, if it is the one.
template <typename Row, typename F>
absl::StatusOr<Page<Row>> ReadPage(const Answer& answer, size_t offset, F read) {
  if (auto status = Check(answer); !status.ok()) return status;
  const Json json = Parse(*answer);
  const Json& rows = Member(json, "objects");
  const Json& meta = Member(json, "meta");
  if (!rows.is_array() || !meta.is_object()) return Unreadable("something else than a list");
  Page<Row> page;
  for (const Json& row : rows) {
    page.found = read(row);
    if (page.found.has_value()) return page;
  }
  // The path in `next` is not used: it may hold credentials, and could lead anywhere.
  if (Member(meta, "next").is_null()) return page;
  if (rows.empty()) return Unreadable("an empty page that is not the last");
  page.next_offset = offset + rows.size();
  return page;
}

absl::StatusOr<Page<int64_t>> ReadNamePage(const Answer& answer, const char* field,
                                           absl::string_view value, size_t offset) {
  return ReadPage<int64_t>(answer, offset, [&](const Json& row) -> std::optional<int64_t> {
    const int64_t id = Number(Member(row, "id"));
    if (id < 1 || Text(Member(row, field)) != value) return std::nullopt;
    return id;
  });
}

}  // namespace

absl::StatusOr<Page<int64_t>> ReadDcPage(const Answer& answer, absl::string_view symbol,
                                         size_t offset) {
  return ReadNamePage(answer, "symbol", symbol, offset);
}

absl::StatusOr<Page<int64_t>> ReadDirectorPage(const Answer& answer, absl::string_view name,
                                               size_t offset) {
  return ReadNamePage(answer, "name", name, offset);
}

absl::StatusOr<Page<HeldBackend>> ReadBackendPage(const Answer& answer, const BackendKey& key,
                                                  size_t offset) {
  return ReadPage<HeldBackend>(answer, offset, [&](const Json& row) {
    std::optional<HeldBackend> backend = ReadBackend(row);
    if (backend.has_value() && backend->key != key) backend.reset();
    return backend;
  });
}

absl::StatusOr<BackendRows> ReadBackendRows(const Answer& answer, absl::string_view address,
                                            size_t offset) {
  BackendRows rows;
  // Collects them all, by finding none.
  const auto page =
      ReadPage<HeldBackend>(answer, offset, [&](const Json& row) -> std::optional<HeldBackend> {
        std::optional<HeldBackend> backend = ReadBackend(row);
        if (backend.has_value() && backend->key.address == address) {
          rows.backends.push_back(*std::move(backend));
        }
        return std::nullopt;
      });
  if (!page.ok()) return page.status();
  rows.next_offset = page->next_offset;
  return rows;
}

absl::StatusOr<Added> ReadAddAnswer(const Answer& answer, const BackendKey& key) {
  if (auto status = Check(answer); !status.ok()) {
    if (!answer.ok() || answer->status != 400) return status;
    const Json json = Parse(*answer);
    if (SaysDuplicate(json)) return absl::AlreadyExistsError(status.message());
    if (absl::StrContains(Text(Member(json, "error")), "Could not find the provided")) {
      return absl::NotFoundError(status.message());
    }
    return IsFormError(json) ? absl::InvalidArgumentError(status.message()) : status;
  }
  const auto backend = ReadBackend(Parse(*answer));
  if (!backend.has_value()) return Unreadable("something else than the new backend");
  if (backend->key != key) return Unreadable("another backend than the new one");
  Added added{.id = backend->id, .task_id = ""};
  if (answer->status == 202) {
    auto task_id = TaskId(*answer);
    if (!task_id.ok()) return task_id.status();
    added.task_id = *std::move(task_id);
  }
  return added;
}

absl::StatusOr<std::string> ReadDeleteAnswer(const Answer& answer) {
  if (answer.ok() && answer->status == 404) {
    if (answer->body.empty()) return "";
    return Unreadable(absl::StrCat("404 and a text, unlike VaaS: ", Shown(answer->body)));
  }
  if (auto status = Check(answer); !status.ok()) return status;
  if (answer->status == 202) return TaskId(*answer);
  return "";
}

absl::StatusOr<std::string> ReadSetWeightAnswer(const Answer& answer) {
  if (answer.ok() && answer->status == 404) {
    return absl::NotFoundError("VaaS has no such backend any more");
  }
  if (answer.ok() && answer->status == 501) {
    return absl::InvalidArgumentError("VaaS answered 501");
  }
  if (auto status = Check(answer); absl::IsFailedPrecondition(status)) {
    return absl::InvalidArgumentError(status.message());
  } else if (!status.ok()) {
    return status;
  }
  // Synchronously VaaS answers a PATCH with 202, too.
  if (answer->status == 202 && !answer->Header("Location").empty()) return TaskId(*answer);
  return "";
}

absl::StatusOr<TaskProgress> ReadTaskAnswer(const Answer& answer) {
  if (auto status = Check(answer); !status.ok()) return status;
  const Json json = Parse(*answer);
  const std::string status = Text(Member(json, "status"));
  if (status == "SUCCESS") return TaskProgress::kDone;
  if (status == "FAILURE") {
    return absl::AbortedError(absl::StrCat("VaaS keeps the change, but Varnish did not take it: ",
                                           Shown(Text(Member(json, "info")))));
  }
  // Celery, which runs the tasks, has more states on the way (RECEIVED, STARTED, RETRY).
  if (!status.empty()) return TaskProgress::kPending;
  return Unreadable("something else than a task");
}

}  // namespace mesos_executor::vaas
