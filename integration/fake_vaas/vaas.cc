#include "integration/fake_vaas/vaas.h"

#include <nlohmann/json.hpp>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "integration/fake_vaas/backend_form.h"

namespace mesos_executor::fake_vaas {
namespace {

using nlohmann::json;

constexpr absl::string_view kApi = "/api/v0.1/";

Reply Html(int status, std::string body = "") {
  return {.status = status,
          .content_type = "text/html; charset=utf-8",
          .location = "",
          .body = std::move(body)};
}

Reply Json(int status, const json& body, std::string location = "") {
  return {.status = status,
          .content_type = "application/json",
          .location = std::move(location),
          .body = body.dump()};
}

// Whether each filter that this list knows fits the row; the others are ignored.
bool Fits(const Query& query,
          const std::vector<std::pair<absl::string_view, std::string>>& columns) {
  for (const auto& [name, column] : columns) {
    const std::string wanted = Value(query, name);
    if (!wanted.empty() && wanted != column) return false;
  }
  return true;
}

}  // namespace

int64_t Vaas::AddDc(const std::string& symbol) {
  tables_.dcs[++last_id_] = symbol;
  return last_id_;
}

int64_t Vaas::AddDirector(const std::string& name, bool has_cluster) {
  tables_.directors[++last_id_] = {.name = name, .has_cluster = has_cluster};
  return last_id_;
}

Reply Vaas::Answer(const Question& question) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(question.target, absl::MaxSplits('?', 1));
  const absl::string_view path = parts[0];
  const Query query = ParseQuery(parts.size() > 1 ? parts[1] : "");
  if (!absl::StartsWith(path, kApi)) return Html(404);
  if (!absl::EndsWith(path, "/")) {
    Reply moved = Html(301);
    moved.location =
        absl::StrCat(path, "/", parts.size() > 1 ? "?" : "", parts.size() > 1 ? parts[1] : "");
    return moved;
  }
  if (!IsAuthorized(question, query)) return Html(401);

  absl::string_view rest = absl::StripPrefix(path, kApi);
  const bool get = question.method == "GET";
  if (rest == "dc/" || rest == "director/" || rest == "backend/") {
    if (get) return List(path, query);
    if (rest == "backend/" && question.method == "POST") return Add(question);
  } else if (absl::ConsumePrefix(&rest, "backend/") && absl::ConsumeSuffix(&rest, "/")) {
    int64_t id = 0;
    if (!absl::SimpleAtoi(rest, &id) || tables_.backends.count(id) == 0) return Html(404);
    if (get) return Json(200, BackendJson(tables_, id));
    if (question.method == "PATCH") return SetWeight(id, question);
    if (question.method == "DELETE") return Delete(id, question.prefer == "respond-async");
  } else if (absl::ConsumePrefix(&rest, "task/") && absl::ConsumeSuffix(&rest, "/") && get) {
    return LookAtTask(std::string(rest));
  }
  return Html(501, "This stand-in does not know what VaaS would answer.");
}

bool Vaas::IsAuthorized(const Question& question, const Query& query) const {
  if (question.authorization.empty()) {
    return Value(query, "username") == username_ && Value(query, "api_key") == key_;
  }
  return question.authorization == absl::StrCat("ApiKey ", username_, ":", key_);
}

Reply Vaas::List(absl::string_view path, const Query& query) const {
  std::vector<json> rows;
  if (absl::EndsWith(path, "/dc/")) {
    for (const auto& [id, symbol] : tables_.dcs) {
      if (Fits(query, {{"symbol", symbol}})) rows.push_back(DcJson(tables_, id));
    }
  } else if (absl::EndsWith(path, "/director/")) {
    for (const auto& [id, director] : tables_.directors) {
      if (Fits(query, {{"name", director.name}})) rows.push_back(DirectorJson(tables_, id));
    }
  } else {
    for (const auto& [id, backend] : tables_.backends) {
      if (Fits(query, {{"address", backend.address},
                       {"port", absl::StrCat(backend.port)},
                       {"director", absl::StrCat(backend.director_id)},
                       {"dc", absl::StrCat(backend.dc_id)}})) {
        rows.push_back(BackendJson(tables_, id));
      }
    }
  }
  return ListReply(path, query, std::move(rows));
}

Reply Vaas::Add(const Question& question) {
  if (!absl::StartsWith(question.content_type, "application/json")) {
    return Json(415, {{"error_message",
                       "Sorry, this request could not be processed. Please try again later."}});
  }
  auto form = ReadBackendForm(question.body, tables_, newest_);
  if (const auto* error = std::get_if<FormError>(&form)) return Json(400, *error);
  const Backend& backend = std::get<Backend>(form);
  tables_.backends[++last_id_] = backend;
  return Changed(backend.director_id, question.prefer == "respond-async",
                 Json(201, BackendJson(tables_, last_id_), BackendUri(last_id_)));
}

Reply Vaas::SetWeight(int64_t id, const Question& question) {
  const json form = json::parse(question.body, nullptr, /*allow_exceptions=*/false);
  const bool good = form.is_object() && form.size() == 1 && form.contains("weight") &&
                    form["weight"].is_number_unsigned() && form["weight"] <= 100u;
  if (!good) return Html(501, "This stand-in changes nothing but weights from 0 to 100.");
  tables_.backends.at(id).weight = form["weight"].get<int64_t>();
  return Changed(tables_.backends.at(id).director_id, question.prefer == "respond-async",
                 Json(202, BackendJson(tables_, id)));
}

Reply Vaas::Delete(int64_t id, bool async) {
  const int64_t director_id = tables_.backends.at(id).director_id;
  tables_.backends.erase(id);
  return Changed(director_id, async, {.status = 204, .content_type = "text/html; charset=utf-8"});
}

Reply Vaas::Changed(int64_t director_id, bool async, Reply done) {
  if (!tables_.directors.at(director_id).has_cluster) return done;
  const bool hangs = reload_ == Reload::kQueueDown || (reload_ == Reload::kWorkerDown && !async);
  if (hangs) {
    done.answered = false;
  } else if (async) {
    const std::string id = absl::StrFormat("00000000-0000-4000-8000-%012d", tasks_.size() + 1);
    tasks_[id] = {.pending_looks = pending_looks_, .fails = reload_ == Reload::kFails};
    done.status = 202;
    done.location = absl::StrCat(kApi, "task/", id, "/");
  } else if (reload_ == Reload::kFails) {
    return Html(500, "VclLoadException: Cannot reload the configuration of Varnish");
  }
  return done;
}

Reply Vaas::LookAtTask(const std::string& id) {
  const auto say = [&id](const char* status, const char* info) {
    return Json(200, {{"info", info},
                      {"resource_uri", absl::StrCat(kApi, "task/", id, "/")},
                      {"status", status}});
  };
  const auto task = tasks_.find(id);
  const bool nobody_works = reload_ == Reload::kWorkerDown || reload_ == Reload::kQueueDown;
  if (task == tasks_.end() || nobody_works) return say("PENDING", "None");
  if (task->second.pending_looks > 0) {
    --task->second.pending_looks;
    return say("PENDING", "None");
  }
  if (task->second.fails) return say("FAILURE", "Cannot reload the configuration of Varnish");
  return say("SUCCESS", "True");
}

}  // namespace mesos_executor::fake_vaas
