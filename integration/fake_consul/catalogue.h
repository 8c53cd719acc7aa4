// What a Consul agent would answer: its catalogue of services and the part of its HTTP API that
// people and our sidecars use to write and read it, as Consul 1.10 was recorded to answer.
// consul_facts_test asks the real one and this one the same questions.
#ifndef INTEGRATION_FAKE_CONSUL_CATALOGUE_H_
#define INTEGRATION_FAKE_CONSUL_CATALOGUE_H_

#include <map>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "integration/fake_consul/service.h"

namespace mesos_executor::fake_consul {

struct Question {
  std::string method;
  // Path and query, as sent.
  std::string target;
  // From X-Consul-Token or Authorization: Bearer; ?token= is found in the target.
  std::string token;
  std::string body;
};

struct Reply {
  int status = 200;
  // Empty, or for a 405.
  std::string allow;
  // JSON where `json` is set, else plain text.
  bool json = false;
  std::string body;
};

class Catalogue {
 public:
  // With a token, that token may do anything and everybody else nothing (ACLs, denied by default).
  explicit Catalogue(std::string token) : token_(std::move(token)) {}

  Reply Answer(const Question& question);

  const std::map<std::string, Service>& services() const { return services_; }
  void Remove(const std::string& id) { services_.erase(id); }
  void Clear() { services_.clear(); }

 private:
  enum class Right { kAll, kNothing, kUnknownToken };

  Right RightOf(const std::string& token) const;
  Reply Register(const std::string& body, Right right);
  Reply Deregister(const std::string& id, Right right);
  Reply UpdateCheck(const std::string& check_id, const std::string& body, Right right);
  Reply Read(absl::string_view path, bool only_passing, Right right) const;

  const std::string token_;
  std::map<std::string, Service> services_;
};

}  // namespace mesos_executor::fake_consul

#endif  // INTEGRATION_FAKE_CONSUL_CATALOGUE_H_
