// One request to VaaS, as far as it matters, and its answer.
#ifndef INTEGRATION_FAKE_VAAS_EXCHANGE_H_
#define INTEGRATION_FAKE_VAAS_EXCHANGE_H_

#include <string>

namespace mesos_executor::fake_vaas {

struct Question {
  std::string method;
  // Path and query, as sent.
  std::string target;
  // Headers.
  std::string authorization;
  std::string prefer;
  std::string content_type;
  std::string body;
};

struct Reply {
  int status = 200;
  std::string content_type;
  std::string location;
  std::string body;
  // Not set: nothing is ever said, and the connection stays open.
  bool answered = true;
};

}  // namespace mesos_executor::fake_vaas

#endif  // INTEGRATION_FAKE_VAAS_EXCHANGE_H_
