#include "integration/quickstart/consul_view.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::quickstart {
namespace {

std::string Text(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

absl::StatusOr<nlohmann::json> ParseObject(absl::string_view text, const char* what) {
  nlohmann::json json =
      nlohmann::json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  const bool good = json.is_object() && std::all_of(json.begin(), json.end(),
                                                    [](const auto& e) { return e.is_object(); });
  if (!good) return absl::InternalError(absl::StrCat("Consul's answer is no list of ", what));
  return json;
}

// Worse is greater.
int Badness(const std::string& status) {
  const std::vector<std::string> known = {"unchecked", "passing", "warning", "critical"};
  return static_cast<int>(std::find(known.begin(), known.end(), status) - known.begin());
}

}  // namespace

absl::StatusOr<std::vector<ConsulService>> ParseConsulServices(absl::string_view services,
                                                               absl::string_view checks,
                                                               absl::string_view prefix) {
  const auto listed = ParseObject(services, "services");
  if (!listed.ok()) return listed.status();
  const auto checked = ParseObject(checks, "checks");
  if (!checked.ok()) return checked.status();
  std::vector<ConsulService> found;
  for (const auto& [id, entry] : listed->items()) {
    if (!absl::StartsWith(id, prefix)) continue;
    ConsulService service{.id = id,
                          .name = Text(entry, "Service"),
                          .address = Text(entry, "Address"),
                          .status = "unchecked"};
    if (const auto port = entry.find("Port"); port != entry.end() && port->is_number_integer()) {
      service.port = port->get<int>();
    }
    if (const auto tags = entry.find("Tags"); tags != entry.end()) {
      for (const auto& tag : *tags) {
        if (tag.is_string()) service.tags.push_back(tag.get<std::string>());
      }
    }
    for (const auto& check : *checked) {
      const std::string status = Text(check, "Status");
      if (Text(check, "ServiceID") == id && Badness(status) > Badness(service.status)) {
        service.status = status;
      }
    }
    found.push_back(std::move(service));
  }
  return found;
}

ConsulView::ConsulView(HttpClient* client, Endpoint consul, std::string prefix)
    : client_(client), consul_(std::move(consul)), prefix_(std::move(prefix)) {}

void ConsulView::Look(Done done) {
  done_ = std::move(done);
  Ask("/v1/agent/services", [this](std::string services) {
    Ask("/v1/agent/checks", [this, services = std::move(services)](std::string checks) {
      std::exchange(done_, nullptr)(ParseConsulServices(services, checks, prefix_));
    });
  });
}

void ConsulView::Ask(std::string target, absl::AnyInvocable<void(std::string body)> then) {
  HttpRequest request{.endpoint = consul_, .target = std::move(target), .max_body = 16 << 20};
  request_ = client_->Send(std::move(request), [this, then = std::move(then)](
                                                   absl::StatusOr<HttpResponse> response) mutable {
    if (response.ok() && response->status != 200) {
      response = absl::InternalError(absl::StrCat("Consul answered ", response->status));
    }
    if (!response.ok()) {
      std::exchange(done_, nullptr)(response.status());
      return;
    }
    // The callback may send the next request, and with it destroy this one and what it holds.
    auto next = std::move(then);
    next(std::move(response->body));
  });
}

}  // namespace mesos_executor::quickstart
