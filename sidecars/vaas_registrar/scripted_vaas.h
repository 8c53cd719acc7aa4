// For tests in simulated time: VaaS behind the interface of the HTTP client. What it answers is
// integration/fake_vaas' matter; when, and whether, is the test's.
#ifndef SIDECARS_VAAS_REGISTRAR_SCRIPTED_VAAS_H_
#define SIDECARS_VAAS_REGISTRAR_SCRIPTED_VAAS_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "integration/fake_vaas/exchange.h"
#include "integration/fake_vaas/vaas.h"
#include "supervisor/base/http_client.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::vaas {

// Outlives what it makes. Has the data centre dc1 (id 1) and the directors web (2) and admin (3),
// and lets in user with key.
class ScriptedVaas final {
 public:
  enum class Mood {
    kWell,
    kAway,      // Nobody listens.
    kSilent,    // Accepts, does nothing, and never answers.
    kSwallows,  // Does what it is asked, and never answers.
    kFails,     // Does what it is asked, and answers 500.
    kBroken,    // Does nothing, and answers 500.
    kRefuses,   // 401
  };

  explicit ScriptedVaas(EventLoop* loop);

  std::unique_ptr<HttpClient> NewHttpClient();

  fake_vaas::Vaas vaas{"user", "key"};
  Mood mood = Mood::kWell;
  // Of what is changed (POST, PATCH, DELETE) alone.
  std::optional<Mood> mood_of_changes;
  // How long each answer takes; the deed is done at once.
  absl::Duration delay;
  // Instead of VaaS, where it gives an answer.
  std::function<std::optional<fake_vaas::Reply>(const fake_vaas::Question&)> instead;

  // Method and target of all requests, in the order of sending.
  std::vector<std::string> requests;
  // Requests that are neither answered nor cancelled, and the most that there ever were.
  int open = 0;
  int most_open = 0;

  // How many of the requests start like this.
  int Count(const std::string& start) const;

  // "director:address:port weight" of all backends.
  std::vector<std::string> Backends() const;

 private:
  class Http;

  std::unique_ptr<Pending> Send(HttpRequest request, HttpClient::Done done);

  EventLoop* const loop_;
};

}  // namespace mesos_executor::vaas

#endif  // SIDECARS_VAAS_REGISTRAR_SCRIPTED_VAAS_H_
