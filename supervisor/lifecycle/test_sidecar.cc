// A private sidecar for tests: `test_sidecar HOW --private FD --settings-fd FD
// [--descriptors-fd FD]`. It answers
// everything OK, before-start with its settings and what it sees of itself as variables, and exits
// when the stream ends. HOW is `well`; or `dies`: then it exits when it is told of STARTED; or
// `slowly`: then TERMINATED is still pending when the stream ends.
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <fstream>
#include <mutex>
#include <string>

#include "supervisor/lifecycle/test_daemon.h"

namespace lifecycle = mesos_executor::lifecycle;
namespace v1 = mesos_executor::lifecycle::v1;

namespace {

void Add(v1::Answer& answer, const std::string& name, const std::string& value) {
  v1::EnvironmentVariable* variable = answer.add_environment();
  variable->set_name(name);
  variable->set_value(value);
}

v1::Answer Facts(const char* settings_fd, const char* descriptors_fd) {
  v1::Answer facts;
  facts.set_outcome(v1::Answer::OK);
  std::ifstream settings("/proc/self/fd/" + std::string(settings_fd));
  for (std::string entry; std::getline(settings, entry, '\0');) {
    Add(facts, entry.substr(0, entry.find('=')), entry.substr(entry.find('=') + 1));
  }
  std::string names;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    names += std::string(*variable, strcspn(*variable, "=")) + ",";
  }
  Add(facts, "ENVIRONMENT_NAMES", names);
  Add(facts, "LEADS_ITS_GROUP", getpgid(0) == getpid() ? "yes" : "no");
  if (descriptors_fd != nullptr) {
    char bytes[64];
    const ssize_t size = recv(atoi(descriptors_fd), bytes, sizeof(bytes), 0);
    Add(facts, "SPOOLS", std::string(bytes, size < 0 ? 0 : size));
  }
  return facts;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6 || strcmp(argv[2], "--private") != 0 || strcmp(argv[4], "--settings-fd") != 0 ||
      (argc > 6 && (argc != 8 || strcmp(argv[6], "--descriptors-fd") != 0))) {
    return 2;
  }
  const bool dies = strcmp(argv[1], "dies") == 0;
  const bool slowly = strcmp(argv[1], "slowly") == 0;
  const v1::Answer facts = Facts(argv[5], argc > 6 ? argv[7] : nullptr);
  std::mutex mutex;
  std::condition_variable ended;
  bool has_ended = false;
  const lifecycle::TestDaemon daemon(
      mesos_executor::UniqueFd(atoi(argv[3])), [&](lifecycle::Conversation& supervisor) {
        supervisor.Accept();
        while (const auto event = supervisor.ReadEvent()) {
          if (dies && event->phase() == v1::STARTED) _exit(1);
          v1::Answer answer;
          const bool pending = slowly && event->phase() == v1::TERMINATED;
          answer.set_outcome(pending ? v1::Answer::PENDING : v1::Answer::OK);
          supervisor.Answer(event->seq(), event->phase() == v1::BEFORE_START ? facts : answer);
        }
        const std::lock_guard<std::mutex> lock(mutex);
        has_ended = true;
        ended.notify_all();
        return grpc::Status::OK;
      });
  std::unique_lock<std::mutex> lock(mutex);
  ended.wait(lock, [&] { return has_ended; });
  lock.unlock();
  return 0;
}
