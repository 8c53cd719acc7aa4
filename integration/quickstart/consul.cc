#include "integration/quickstart/consul.h"

#include <stdlib.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace mesos_executor::quickstart {
namespace {

// As a shell finds it; "" if there is none.
std::string FindOnPath(const std::string& program) {
  const char* const path = getenv("PATH");
  const std::vector<std::string> folders = absl::StrSplit(path == nullptr ? "" : path, ':');
  for (const std::string& folder : folders) {
    std::string candidate = absl::StrCat(folder.empty() ? "." : folder, "/", program);
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "";
}

}  // namespace

absl::StatusOr<Consul> Consul::Start() {
  Consul consul;
  const std::string named = fake_consul::ConsulBinary();
  const std::string binary = named.empty() ? FindOnPath("consul") : named;
  if (binary.empty()) {
    consul.stand_in_ = std::make_unique<fake_consul::FakeConsul>();
    consul.description_ =
        "embedded stand-in with Consul's catalogue (no $CONSUL_BIN, no consul on PATH)";
    return consul;
  }
  auto real = fake_consul::RealConsul::Start(binary);
  if (!real.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("Consul (", binary, ", from ", named.empty() ? "PATH" : "$CONSUL_BIN",
                     ") does not start: ", real.status().message()));
  }
  consul.real_ = *std::move(real);
  consul.description_ = absl::StrCat(binary, " in development mode");
  return consul;
}

uint16_t Consul::port() const { return real_ != nullptr ? real_->port() : stand_in_->port(); }

}  // namespace mesos_executor::quickstart
