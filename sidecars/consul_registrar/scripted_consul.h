// For tests in simulated time: a Consul behind the interface of the HTTP client, as well or ill as
// the test wants it.
#ifndef SIDECARS_CONSUL_REGISTRAR_SCRIPTED_CONSUL_H_
#define SIDECARS_CONSUL_REGISTRAR_SCRIPTED_CONSUL_H_

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "sidecars/runtime/resolver.h"
#include "supervisor/base/http_client.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::consul {

// Outlives what it makes.
class ScriptedConsul final {
 public:
  enum class Mood {
    kWell,     // Answers at the loop's next turn.
    kSlow,     // Acts at once, and answers after `slowness`, if anybody still waits then.
    kAway,     // Nobody listens.
    kSilent,   // Accepts, and never answers.
    kRefuses,  // Permission denied.
    kInvalid,  // Every registration is a bad request, and every update of a check.
    kFails,    // 500
  };

  explicit ScriptedConsul(EventLoop* loop) : loop_(loop) {}

  std::unique_ptr<HttpClient> NewHttpClient();
  std::unique_ptr<sidecar::Resolver> NewResolver();

  Mood mood = Mood::kWell;
  absl::Duration slowness = absl::Seconds(3);
  // Empty: anybody may do anything.
  std::string token;
  // The ids of the services that may not be changed.
  std::set<std::string> locked;
  bool resolvable = true;
  std::vector<std::string> addresses = {"127.0.0.1"};
  // What is registered, by id: the bodies of the registrations, but that a check keeps its status,
  // as in the real one.
  std::map<std::string, nlohmann::json> services;
  // Method and target of all requests, in the order of sending, and the last one whole.
  std::vector<std::string> requests;
  HttpRequest last;
  int questions = 0;
  // Requests that are neither answered nor cancelled, and the most that there ever were.
  int open = 0;
  int most_open = 0;

  // What the service's check says.
  std::string StatusOf(const std::string& id) const {
    return services.at(id).at("Check").at("Status");
  }
  // How many of the requests start like this.
  int Count(const std::string& start) const;

 private:
  class Http;
  class Names;

  std::unique_ptr<Pending> Send(HttpRequest request, HttpClient::Done done);
  std::unique_ptr<Pending> Resolve(const std::string& host, sidecar::Resolver::Done done);
  absl::StatusOr<HttpResponse> Answer(const HttpRequest& request);
  HttpResponse Register(const HttpRequest& request);
  HttpResponse UpdateCheck(const std::string& id, const HttpRequest& request);
  std::string ListServices() const;
  std::string ListChecks() const;

  EventLoop* const loop_;
};

}  // namespace mesos_executor::consul

#endif  // SIDECARS_CONSUL_REGISTRAR_SCRIPTED_CONSUL_H_
